"""One document → what the browser needs to set it beside any other: small maps whose equality is the comparison.

Each facet is a map of keys to texts: two images differ in a key when its texts differ, and the keys and texts are
made of the same values that `between` compares, so both say the same. A facet that the document cannot tell has a
reason in place of rows. After a tab stands what a text shows beyond what counts. Files have columns of their own,
which lie beside those of the tree. The document's own secrets must be masked before it comes here.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from generator.analysis import tree_view
from generator.analysis.document import Document, Tree
from generator.compare import capabilities, command_changes, packages, settings, surroundings
from generator.compare.changes import Reason, SettingValue
from generator.compare.known import reason
from generator.compare.matrix import SIZE_NAMES
from generator.language import LANGUAGES, speaking

CONTENT_DIGITS: Final = 16
"""Hex digits of a file's digest by which contents are held against each other, together with their sizes."""

_EXEC_FORMS: Final = ("entrypoint", "cmd", "shell", "healthcheck")

Facet = dict[str, Any]


def beside(document: Document) -> dict[str, Any]:
    """Return the facets of one image."""
    return {
        "subject": document.subject,
        "sizes": {name: getattr(document.sizes, name) for name in SIZE_NAMES},
        "layers": [[one.diff_id, one.chain_id, one.docker_size] for one in document.layers],
        "sheet": {language: _sheet(document, language) for language in LANGUAGES},
        "libraries": _libraries(document),
        "facets": {
            "config": _config(document),
            "packages": _packages(document),
            "commands": _commands(document),
            "certificates": _certificates(document),
            "zones": _zones(document),
            "places": _places(document),
            "users": _accounts(document, "users", "user_count"),
            "groups": _accounts(document, "groups", "group_count"),
            "setuid": _marked(document, "setuid_files", "setuid_count"),
            "capable": _capable(document),
            "writable": _marked(document, "world_writable", "world_writable_count"),
        },
    }


def contents(tree: Tree) -> dict[str, Any]:
    """Return what tells the tree's files apart beyond the columns that the image's page has."""
    digests = [
        tree_view.digest_of(tree, number)[:CONTENT_DIGITS] for number in range(len(tree.digests) // len("0" * 64))
    ]
    return {
        "digits": CONTENT_DIGITS,
        "contents": tree.contents,
        "digests": "".join(digests),
        "rawNames": tree.raw_names,
        "rawTargets": tree.raw_targets,
        "attributes": {entry: json.dumps(found, sort_keys=True) for entry, found in tree.xattrs.items()},
    }


def _facet(why: Reason, rows: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> Facet:
    return {"reason": why} if why else {"rows": dict(rows)}


def _sheet(document: Document, language: str) -> list[list[str]]:
    with speaking(language):
        return [[one.name, one.title, one.state, one.words] for one in capabilities.sheet(document)]


def _config(document: Document) -> Facet:
    if document.config is None:
        return _facet("no-config")
    values = settings.values_of(document.config)
    return _facet(
        "",
        (
            (f"{field} {name}".strip(), _written(field, value))
            for (field, name), value in values.items()
            if value is not None
        ),
    )


def _written(field: str, value: SettingValue) -> str:
    if field in _EXEC_FORMS:
        return json.dumps(value, ensure_ascii=False)
    return ", ".join(value or ())


def _packages(document: Document) -> Facet:
    section = document.sections.packages
    found = packages.by_key(section)
    return _facet(
        reason(section),
        (
            ("\t".join(key), ", ".join(sorted(map(packages.full_version, found[key]))))
            for key in sorted(found, key=lambda one: (one[1], one))
        ),
    )


def _commands(document: Document) -> Facet:
    found = command_changes.providers(document)
    return _facet(
        reason(document.sections.commands),
        ((name, f"{provider.family}\t{provider.version}") for name, (_, provider) in found.items()),
    )


def _libraries(document: Document) -> Facet:
    """Return files and what is asked for; under which name a library is known depends on all that is compared."""
    section = document.sections.elf
    why = reason(section)
    if why or section is None or section.found is None:
        return {"reason": why} if why else {"files": [], "needed": [], "libc": ""}
    files = [one.path.rpartition("/")[2] for one in section.found.files if one.role == "shared library"]
    return {
        "files": sorted({name for name in files if name.startswith(("lib", "ld-"))}),
        "needed": sorted({name for one in section.found.files for name in one.needed}),
        "libc": ", ".join(dict.fromkeys(f"{one.flavour} {one.version}".strip() for one in section.found.libraries)),
    }


def _certificates(document: Document) -> Facet:
    section = document.sections.certificates
    found = section.found if section else None
    trusted = surroundings.trusted(found)
    rows = ((f"{one.name}\t{one.fingerprint}", one.not_after[:10]) for one in sorted(trusted, key=lambda c: c.name))
    return _facet(surroundings.trust_reason(section, found), rows)


def _zones(document: Document) -> Facet:
    section = document.sections.time_zones
    system = section.found.system if section and section.found else None
    return _facet(
        reason(section), {"count": str(system.zone_count if system else 0), "version": system.version if system else ""}
    )


def _places(document: Document) -> Facet:
    section = document.sections.identity
    places = section.found.places if section and section.found else ()
    return _facet(
        reason(section),
        ((one.path, f"{_mode(one.kind, one.mode)} {one.uid}:{one.gid}") for one in places if one.real_path),
    )


def _accounts(document: Document, name: str, count: str) -> Facet:
    section = document.sections.identity
    found = section.found if section else None
    listed = getattr(found, name) if found else ()
    why = reason(section) or ("cut" if found and (getattr(found, count) or 0) > len(listed) else "")
    rows: dict[str, str] = {}
    for one in listed:
        text = (
            f"{one.uid}:{one.gid} {one.home} {one.shell}" if name == "users" else f"{one.gid} {','.join(one.members)}"
        )
        rows.setdefault(one.name, text.strip())
    return _facet(why, rows)


def _marked(document: Document, name: str, count: str) -> Facet:
    section = document.sections.permissions
    found = section.found if section else None
    listed = getattr(found, name) if found else ()
    why = reason(section) or ("cut" if found and getattr(found, count) > len(listed) else "")
    return _facet(why, ((one.path, f"{one.mode:04o} {one.uid}:{one.gid}") for one in listed))


def _capable(document: Document) -> Facet:
    section = document.sections.permissions
    found = section.found if section else None
    listed = found.capable_files if found else ()
    why = reason(section) or ("cut" if found and found.capable_count > len(listed) else "")
    rows = ((one.path, _powers(one.permitted, one.inheritable, effective=one.effective)) for one in listed)
    return _facet(why, rows)


def _powers(permitted: tuple[str, ...], inheritable: tuple[str, ...], *, effective: bool) -> str:
    """Write capabilities as getcap(8) does."""
    both = ",".join(permitted) + ("=ep" if effective else "=p")
    return f"{both} {','.join(inheritable)}=i" if inheritable else both


def _mode(kind: str, mode: int | None) -> str:
    return kind if mode is None else tree_view.mode_text(kind, mode)
