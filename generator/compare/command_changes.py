"""Commands of two documents: which go, which come, and which are another program under the same name."""

from generator.analysis import tree_view
from generator.analysis.document import Document
from generator.analysis.sections.commands import Command
from generator.compare.changes import CommandChange, CommandChanges, Provider, Unknown
from generator.compare.command_order import place_of
from generator.compare.known import unless_known
from generator.compare.lost_options import documented_count, lost
from generator.compare.options import options_of
from generator.compare.packages import full_version


def changes(before: Document, after: Document) -> CommandChanges | Unknown:
    """Compare what can be called on PATH."""
    unknown = unless_known(before.sections.commands, after.sections.commands)
    if unknown:
        return unknown
    ours, theirs = _commands(before), _commands(after)
    owners, other_owners = _owners(before), _owners(after)
    return CommandChanges(
        removed=tuple((one, _provider(one, owners)) for one in _ordered(ours, theirs)),
        added=tuple((one, _provider(one, other_owners)) for one in _ordered(theirs, ours)),
        both=tuple(
            _change(ours[name], owners, theirs[name], other_owners)
            for name in sorted(ours.keys() & theirs.keys(), key=place_of)
        ),
    )


def providers(document: Document) -> dict[str, tuple[Command, Provider]]:
    """Return what can be called on PATH, by name, and who provides it; the important ones first."""
    commands, owners = _commands(document), _owners(document)
    return {name: (commands[name], _provider(commands[name], owners)) for name in sorted(commands, key=place_of)}


def _commands(document: Document) -> dict[str, Command]:
    section = document.sections.commands
    return {one.name: one for one in section.found.commands} if section and section.found else {}


def _ordered(here: dict[str, Command], there: dict[str, Command]) -> list[Command]:
    return [here[name] for name in sorted(here.keys() - there.keys(), key=place_of)]


_Owners = dict[str, tuple[str, str]]
"""Name and version of the package that owns a file, by the file's path."""


def _change(before: Command, owners: _Owners, after: Command, other_owners: _Owners) -> CommandChange:
    same = before.options == after.options  # as for most commands of one image over time
    ours = options_of(before.options)
    theirs = ours if same else options_of(after.options)
    return CommandChange(
        name=before.name,
        before=before,
        after=after,
        provider_before=_provider(before, owners),
        provider_after=_provider(after, other_owners),
        lost=() if same else lost(ours, theirs),
        gained_count=0 if same else len(lost(theirs, ours)),
        compared=ours.analysed and theirs.analysed,
        documented_count=documented_count(ours),
    )


def _provider(command: Command, owners: _Owners) -> Provider:
    """Return who provides a command: the multi-call program, else the owning package, else the file itself."""
    if command.kind == "applet":
        family, _, version = command.program.partition(" ")
        return Provider(family, version, command.kind)
    name, version = owners.get(command.provider, (command.provider.removeprefix("/usr"), ""))
    return Provider(name, version, command.kind)


def _owners(document: Document) -> _Owners:
    """Return who owns the files behind the document's commands; nothing for those that no package owns."""
    section = document.sections.packages
    if section is None or section.found is None:
        return {}
    wanted = {one.provider for one in _commands(document).values()}
    names = {path.rpartition("/")[2] for path in wanted}
    found: _Owners = {}
    for entry, owner in enumerate(section.found.owners):
        if owner >= 0 and document.tree.names[entry] in names:
            path = tree_view.path_of(document.tree, entry)
            if path in wanted:
                package = section.found.packages[owner]
                found[path] = (package.name, full_version(package))
    return found
