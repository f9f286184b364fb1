"""A change in one line, in the language being spoken: Summary in, plain words out, not escaped.

Pages, feeds and the command line show the same line. It names what weighs most first, at most `MOST` of it, and the
size at its end. What cannot be told is not in it: the change's page says so.
"""

from collections.abc import Iterator
from typing import Final

from generator.compare.summary import FileCounts, Gone, Named, PackageCounts, Summary
from generator.language import gettext as _
from generator.language import listed, ngettext
from generator.pages import figures

MOST: Final = 4
"""Things that a line names."""


def headline(summary: Summary) -> str:
    """Return the line, without a full stop."""
    clauses = list(_clauses(summary) if summary.compared else _from_figures(summary))
    size = size_words(summary.deltas.get("docker_size"))
    if clauses:
        words = listed(clauses[:MOST])
        if len(clauses) > MOST:
            words = _("%(what)s and more") % {"what": words}
        return _("%(what)s; %(size)s") % {"what": words, "size": size} if size else words
    if not summary.compared:
        return size or _("the image's bytes changed")
    return empty_words(summary)


def empty_words(summary: Summary) -> str:
    """Say of a change in which nothing that is compared is different what it is then."""
    if summary.only_times:
        return _("nothing but times changed")
    if summary.packing and summary.steps:
        return _("no package, file or setting changed; only the layers and the build history did")
    if summary.packing:
        return _("nothing but the layers changed: the same contents, stored in another way")
    if summary.steps:
        return _("no package, file or setting changed; only the build history did")
    return _("nothing that is compared here changed")


def size_words(delta: int | None) -> str:
    """Say how much larger or smaller; "" when it is neither, or not known."""
    if not delta:
        return ""
    words = _("%(size)s larger") if delta > 0 else _("%(size)s smaller")
    return words % {"size": figures.human(abs(delta))}


def _clauses(one: Summary) -> Iterator[str]:
    """Yield what changed, what weighs most first."""
    yield from _distribution(one)
    if one.packages:
        yield from package_clauses(one.packages)
    yield from _power(one)
    yield from _commands(one)
    if one.files:
        yield from _files(one.files, folded=bool(one.packages and one.packages.total))
    yield from _surroundings(one)
    if one.settings:
        yield ngettext("%(num)s setting changed", "%(num)s settings changed", one.settings) % _num(one.settings)


def _from_figures(one: Summary) -> Iterator[str]:
    """Yield what figures alone can tell."""
    yield from _distribution(one)
    for name, (more, fewer) in {
        "package_count": (_more_packages, _fewer_packages),
        "command_count": (_more_commands, _fewer_commands),
        "entry_count": (_more_entries, _fewer_entries),
    }.items():
        delta = one.deltas.get(name)
        if delta:
            yield (more if delta > 0 else fewer)(abs(delta))


def _distribution(one: Summary) -> Iterator[str]:
    before, after = one.distribution_before, one.distribution_after
    if before and after and before != after:
        yield _("%(before)s became %(after)s") % {"before": before, "after": after}


def package_clauses(one: PackageCounts) -> Iterator[str]:
    """Yield what became of packages; by name where they are few."""
    if one.named:
        yield from map(_named, one.named)
        return
    counts = (
        (one.upgraded, ngettext("%(num)s package upgraded", "%(num)s packages upgraded", one.upgraded)),
        (one.downgraded, ngettext("%(num)s package downgraded", "%(num)s packages downgraded", one.downgraded)),
        (
            one.changed,
            ngettext("%(num)s package of another version", "%(num)s packages of another version", one.changed),
        ),
        (one.added, ngettext("%(num)s package added", "%(num)s packages added", one.added)),
        (one.removed, ngettext("%(num)s package removed", "%(num)s packages removed", one.removed)),
    )
    yield from (words % _num(count) for count, words in counts if count)


def _named(one: Named) -> str:
    words = {
        "upgraded": _("%(name)s upgraded to %(after)s"),
        "downgraded": _("%(name)s downgraded to %(after)s"),
        "changed": _("%(name)s went from %(before)s to %(after)s"),
        "added": _("%(name)s %(after)s added"),
        "removed": _("%(name)s removed"),
    }[one.kind]
    return words % {"name": one.name, "before": one.before or "", "after": one.after or ""}


def _power(one: Summary) -> Iterator[str]:
    """Say what lends power: it weighs more than what a package brings along."""
    setuid, capable, writable = (
        found or Gone(added=0, removed=0) for found in (one.setuid, one.capable, one.world_writable)
    )
    counts = (
        (setuid.added, ngettext("%(num)s setuid file new", "%(num)s setuid files new", setuid.added)),
        (setuid.removed, ngettext("%(num)s setuid file gone", "%(num)s setuid files gone", setuid.removed)),
        (
            capable.added,
            ngettext("%(num)s file with capabilities new", "%(num)s files with capabilities new", capable.added),
        ),
        (
            writable.added,
            ngettext("%(num)s path writable by everyone new", "%(num)s paths writable by everyone new", writable.added),
        ),
    )
    yield from (words % _num(count) for count, words in counts if count)


def _commands(one: Summary) -> Iterator[str]:
    found = one.commands or Gone(added=0, removed=0)
    counts = (
        (found.removed, ngettext("%(num)s command lost", "%(num)s commands lost", found.removed)),
        (found.added, ngettext("%(num)s command gained", "%(num)s commands gained", found.added)),
        (
            found.changed,
            ngettext("%(num)s command is another program", "%(num)s commands are other programs", found.changed),
        ),
    )
    yield from (words % _num(count) for count, words in counts if count)


def _files(one: FileCounts, *, folded: bool) -> Iterator[str]:
    """Tell of files by what differs; in one figure when packages changed, which bring files along."""
    if folded and one.total:
        yield ngettext("%(num)s path different", "%(num)s paths different", one.total) % _num(one.total)
        return
    counts = (
        (one.removed, ngettext("%(num)s path removed", "%(num)s paths removed", one.removed)),
        (one.added, ngettext("%(num)s path added", "%(num)s paths added", one.added)),
        (one.content, ngettext("%(num)s file’s content changed", "%(num)s files’ contents changed", one.content)),
        (one.mode, ngettext("%(num)s path’s mode changed", "%(num)s paths’ modes changed", one.mode)),
        (one.owner, ngettext("%(num)s path’s owner changed", "%(num)s paths’ owners changed", one.owner)),
        (one.target, ngettext("%(num)s link leads elsewhere", "%(num)s links lead elsewhere", one.target)),
        (
            one.kind + one.device + one.attributes,
            ngettext(
                "%(num)s path changed in kind or attributes",
                "%(num)s paths changed in kind or attributes",
                one.kind + one.device + one.attributes,
            ),
        ),
    )
    yield from (words % _num(count) for count, words in counts if count)


def _surroundings(one: Summary) -> Iterator[str]:
    for found, added, removed in (
        (one.certificates, _more_certificates, _fewer_certificates),
        (one.users, _more_users, _fewer_users),
    ):
        if found and found.added:
            yield added(found.added)
        if found and found.removed:
            yield removed(found.removed)
    if one.zones_before != one.zones_after and one.zones_after:
        yield _("time zones of %(version)s") % {"version": one.zones_after}


def _num(count: int) -> dict[str, str]:
    return {"num": figures.exact(count)}


def _more_packages(count: int) -> str:
    return ngettext("%(num)s package more", "%(num)s packages more", count) % _num(count)


def _fewer_packages(count: int) -> str:
    return ngettext("%(num)s package fewer", "%(num)s packages fewer", count) % _num(count)


def _more_commands(count: int) -> str:
    return ngettext("%(num)s command more", "%(num)s commands more", count) % _num(count)


def _fewer_commands(count: int) -> str:
    return ngettext("%(num)s command fewer", "%(num)s commands fewer", count) % _num(count)


def _more_entries(count: int) -> str:
    return ngettext("%(num)s path more", "%(num)s paths more", count) % _num(count)


def _fewer_entries(count: int) -> str:
    return ngettext("%(num)s path fewer", "%(num)s paths fewer", count) % _num(count)


def _more_certificates(count: int) -> str:
    return ngettext("%(num)s certificate new", "%(num)s certificates new", count) % _num(count)


def _fewer_certificates(count: int) -> str:
    return ngettext("%(num)s certificate gone", "%(num)s certificates gone", count) % _num(count)


def _more_users(count: int) -> str:
    return ngettext("%(num)s user new", "%(num)s users new", count) % _num(count)


def _fewer_users(count: int) -> str:
    return ngettext("%(num)s user gone", "%(num)s users gone", count) % _num(count)
