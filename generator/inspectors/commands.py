"""Commands: every name that can be called, the file behind it, what it is by trade, which options it documents.

A name on PATH is the first one that a shell would find. What is executable outside PATH's directories is listed
apart. Options are those that the file itself documents (formats.option): never a claim that others are refused.
"""

from typing import Final

from generator.analysis.sections.commands import Command, CommandOptionsFound, Commands, CommandsSection
from generator.formats.option import Argument, CommandOptions
from generator.inspectors.base import Filesystem, Inspector
from generator.inspectors.names import Name, names, path_folders
from generator.inspectors.trades import trades_of
from generator.oci.documents import Config
from generator.text import visible

_SIGNS: Final[dict[Argument, str]] = {"none": "", "required": "=", "optional": "[=]", "unknown": "?"}


def inspect(filesystem: Filesystem, config: Config | None) -> CommandsSection:
    """List what can be called."""
    folders = path_folders(filesystem, config)
    order = {folder: number for number, folder in enumerate(folders)}
    by_name: dict[str, list[Name]] = {}
    beyond: list[Name] = []
    for one in names(filesystem):
        if one.folder in order:
            by_name.setdefault(one.name, []).append(one)
        else:
            beyond.append(one)
    if not by_name and not beyond:
        return CommandsSection(state="absent")
    has_path = config is not None and any(variable.startswith("PATH=") for variable in config.env)
    commands = []
    for _, same in sorted(by_name.items()):
        same.sort(key=lambda one: order[one.folder])
        commands.append(
            _command(same[0], on_path=True, other_paths=tuple(visible(f"/{other.path}") for other in same[1:]))
        )
    return CommandsSection(
        state="found",
        found=Commands(
            path_folders=tuple(visible(f"/{folder}") for folder in folders),
            path_from="configuration" if has_path else "default",
            commands=tuple(commands),
            beyond=tuple(_command(one, on_path=False) for one in beyond if one.link == "file"),
        ),
    )


def _command(one: Name, *, on_path: bool, other_paths: tuple[str, ...] = ()) -> Command:
    facts = one.facts
    applet = bool(facts.applets) and one.name in facts.applets
    options = facts.applet_options.get(one.name) if facts.applets else facts.options
    program = f"{facts.family} {facts.version}".strip() if facts.applets else facts.interpreter
    return Command(
        name=visible(one.name),
        path=visible(f"/{one.path}"),
        provider=visible(f"/{one.provider}"),
        layer=one.file.layer,
        kind="applet" if applet else facts.kind,
        on_path=on_path,
        program=visible(program),
        via_alternatives=one.via_alternatives,
        trades=trades_of(one.name, applet=applet),
        other_paths=other_paths,
        options=_options(options) if options is not None and options.analysed and on_path else None,
        unread=visible(one.unread),
    )


def _options(options: CommandOptions) -> CommandOptionsFound:
    by_evidence: dict[str, list[str]] = {}
    for option in options.options:
        by_evidence.setdefault(option.evidence, []).append(visible(option.name) + _SIGNS[option.argument])
    return CommandOptionsFound(
        count=len(options.options),
        by_evidence={evidence: tuple(found) for evidence, found in sorted(by_evidence.items())},
        undocumented=tuple(visible(option.name) for option in options.options if not option.documented),
        long_table=options.long_table,
        predicates=options.predicates,
        union=options.union,
    )


INSPECTOR: Final = Inspector(name="commands", keeps=frozenset(), kept_size=0, inspect=inspect, failed=CommandsSection)
