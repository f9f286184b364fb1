"""Platforms: `os/architecture[/variant]`, as indexes and configurations name them (image-index.md)."""

import re
from typing import Final, Self

import msgspec

from generator.errors import InvalidPlatform

_PART: Final = re.compile(r"[a-z0-9][a-z0-9_.-]*\Z")
_ALIASES: Final = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "armhf": "arm"}
_DEFAULT_VARIANTS: Final = {"arm64": "v8", "arm": "v7"}


class Platform(msgspec.Struct, frozen=True, order=True):
    """A platform; compare with `matches`, which knows default variants, rather than with ==."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str = ""
    os_version: str = msgspec.field(default="", name="os.version")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `os/architecture[/variant]`; raise InvalidPlatform."""
        parts = text.lower().split("/")
        if len(parts) not in (2, 3) or not all(_PART.match(part) for part in parts):
            raise InvalidPlatform(platform=text, reason="write OS/ARCHITECTURE[/VARIANT], such as linux/arm64/v8")
        return cls(parts[0], _ALIASES.get(parts[1], parts[1]), parts[2] if len(parts) == 3 else "")

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    @property
    def slug(self) -> str:
        """The platform as one part of an address or file name, `linux-arm64-v8`."""
        return re.sub(r"[^a-z0-9_.-]", "_", str(self).lower().replace("/", "-"))

    def matches(self, other: "Platform") -> bool:
        """Tell whether an image for `other` is what someone asking for `self` wants.

        A variant left out means the architecture's default (arm64 v8, arm v7), as container engines have it.
        """
        default = _DEFAULT_VARIANTS.get(self.architecture, "")
        return (
            self.os == other.os
            and self.architecture == other.architecture
            and (self.variant or default) == (other.variant or default)
            and (not self.os_version or self.os_version == other.os_version)
        )
