"""The configurations of two documents: every setting that is not the same."""

from collections.abc import Mapping
from typing import Final

from generator.analysis.document import Document
from generator.compare.changes import SettingChange, SettingValue, Unknown
from generator.compare.known import unknown
from generator.oci.documents import Config

_LISTS: Final = ("entrypoint", "cmd", "shell", "healthcheck")
_TEXTS: Final = ("user", "working_dir", "stop_signal", "author")
_SETS: Final = ("exposed_ports", "volumes", "on_build")


def changes(before: Document, after: Document) -> tuple[SettingChange, ...] | Unknown:
    """Compare the configurations, in the order in which a page shows them."""
    ours, theirs = before.config, after.config
    if ours is None or theirs is None:
        return unknown("" if ours else "no-config", "" if theirs else "no-config") or ()
    values, other_values = values_of(ours), values_of(theirs)
    return tuple(
        SettingChange(field, name, values.get((field, name)), other_values.get((field, name)))
        for field, name in dict.fromkeys((*values, *other_values))
        if values.get((field, name)) != other_values.get((field, name))
    )


def values_of(config: Config) -> Mapping[tuple[str, str], SettingValue]:
    """Return every setting by field and name."""
    found: dict[tuple[str, str], SettingValue] = {}
    for field in _LISTS:
        found[field, ""] = getattr(config, field)
    for field in _TEXTS:
        found[field, ""] = (getattr(config, field),) if getattr(config, field) else None
    for field in _SETS:
        found[field, ""] = tuple(sorted(getattr(config, field))) or None
    for variable in config.env:
        name, _, value = variable.partition("=")
        found["env", name] = (value,)
    for name, value in sorted(config.labels.items()):
        found["labels", name] = (value,)
    return found
