"""Brings the parts of a site that stand beside the package into wheels; a working copy has them where they are."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Shipped(BuildHookInterface):  # type: ignore[type-arg,unused-ignore]
    """See `generator/shipped.py`, which looks for them there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add them, unless this is an editable installation."""
        if version != "editable":
            for name in ("mkdocs.yml", "zh.yml", "site_src", "templates"):
                build_data["force_include"][name] = f"generator/shipped/{name}"
