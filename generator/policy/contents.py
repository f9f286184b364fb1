"""Rules about what is in the image, and what is missing from it."""

import re
from collections.abc import Iterator

from generator.compare import capabilities
from generator.policy.subject import CannotTellError, Subject, found
from generator.policy.verdict import Finding, violation
from generator.text import visible


def no_trade(trade: str, subject: Subject, asked: bool) -> Iterator[Finding]:
    """No command is of this trade, on PATH or beyond."""
    commands = found(subject.document.sections.commands, "commands")
    # Beyond PATH a name says little: a script there called dpkg may be the daily job of the real one.
    beyond = [one for one in commands.beyond if one.kind != "script"] if commands else []
    for one in (*commands.commands, *beyond) if commands else ():
        if trade in one.trades:
            through = f", a name of {visible(one.provider)}" if one.provider != one.path else ""
            yield violation(f"{visible(one.path)} is a {trade}{through}", subject.evidence(one.path, one.layer))


def forbidden(subject: Subject, patterns: tuple[str, ...]) -> Iterator[Finding]:
    """No installed package has a forbidden name."""
    packages = found(subject.document.sections.packages, "packages")
    if packages is None:
        raise CannotTellError("there is no package database, so nothing names what is installed")
    for one in packages.packages:
        pattern = next((pattern for pattern in patterns if _matches(pattern, one.name)), None)
        if pattern is not None:
            database = packages.databases[one.database]
            name, version = visible(one.name), visible(one.version)
            because = "" if pattern == one.name else f", which “{visible(pattern)}” forbids"
            yield violation(
                f"the package {name} {version} is installed{because}",
                subject.evidence(database.path, database.layer, package=name, version=version),
            )


def _matches(pattern: str, name: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None


def setuid(subject: Subject, asked: bool) -> Iterator[Finding]:
    """No file is setuid or setgid but those that the policy allows."""
    permissions = found(subject.document.sections.permissions, "permissions")
    if permissions is None:
        return
    set_patterns = subject.target.policy.allowed_setuid
    patterns = set_patterns if isinstance(set_patterns, tuple) else ()
    for one in permissions.setuid_files:
        if not any(_matches(pattern, one.path) for pattern in patterns):
            bits = " and ".join(word for bit, word in ((0o4000, "setuid"), (0o2000, "setgid")) if one.mode & bit)
            yield violation(
                f"{visible(one.path)} is {bits}: mode {one.mode:04o}, owner {one.uid}:{one.gid}",
                subject.evidence(one.path, one.layer),
            )
    if permissions.setuid_count > len(permissions.setuid_files):
        unlisted = permissions.setuid_count - len(permissions.setuid_files)
        raise CannotTellError(f"{unlisted:,} further files have setuid or setgid and are not listed in the document")


def must_have(subject: Subject, names: tuple[str, ...]) -> Iterator[Finding]:
    """The capability sheet says yes to each of these lines."""
    lines = {line.name: line for line in capabilities.sheet(subject.document)}
    for name in dict.fromkeys(names):
        if lines[name].state == "no":
            yield violation(
                f"it does not have {name} ({lines[name].title}): {visible(lines[name].words)}",
                subject.evidence(capability=name),
            )
    unknown = [name for name in dict.fromkeys(names) if lines[name].state == "unknown"]
    if unknown:
        raise CannotTellError("; ".join(f"{name}: {visible(lines[name].words)}" for name in unknown))


def non_root(subject: Subject, asked: bool) -> Iterator[Finding]:
    """The configuration names a user who is not root."""
    identity = found(subject.document.sections.identity, "users")
    user = identity.default_user if identity else None
    if user is None:
        raise CannotTellError("there is no configuration that would name a user")
    if user.is_root is None:
        raise CannotTellError(f"the user “{visible(user.said)}” is not known: {visible(user.problem)}")
    if user.is_root:
        said = f"User is “{visible(user.said)}”" if user.said else "no User is set"
        yield violation(f"containers run as root: {said} in the configuration", subject.evidence())
