"""Image references: HOST/REPOSITORY:TAG@DIGEST, with Docker's shorthand for docker.io.

Grammar: distribution/reference (the one that registries and engines use).
"""

import re
from typing import Final, Self

import msgspec

from generator.errors import InvalidDigest, InvalidReference
from generator.oci.digest import Digest, parse_digest

DEFAULT_HOST: Final = "docker.io"
DEFAULT_TAG: Final = "latest"

_HOST: Final = re.compile(
    r"(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
    r"(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?\Z"
)
_REPOSITORY: Final = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\Z")
_TAG: Final = re.compile(r"\w[\w.-]{0,127}\Z", re.ASCII)


class Reference(msgspec.Struct, frozen=True):
    """A fully spelled-out reference: host and repository always set, and a tag, a digest or both."""

    host: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference and spell it out (`alpine` is docker.io/library/alpine:latest); raise InvalidReference."""

        def refuse(reason: str) -> InvalidReference:
            return InvalidReference(reference=text, reason=reason)

        rest, at, digest_text = text.partition("@")
        try:
            digest = parse_digest(digest_text) if at else None
        except InvalidDigest as err:
            raise refuse("the part after @ is not a digest") from err
        head, slash, tail = rest.partition("/")
        if slash and ("." in head or ":" in head or head == "localhost" or head != head.lower()):
            host, path = head, tail
        else:
            host, path = DEFAULT_HOST, rest
        repository, colon, tag = path.partition(":")
        if colon and not _TAG.match(tag):
            raise refuse("the tag may have letters, digits, “_”, “.” and “-”, at most 128")
        if not _HOST.match(host):
            raise refuse(f"“{host}” is not a host")
        if host in ("index.docker.io", "registry-1.docker.io"):
            host = DEFAULT_HOST
        if host == DEFAULT_HOST and "/" not in repository:
            repository = f"library/{repository}"
        if not _REPOSITORY.match(repository) or len(repository) > 255:
            raise refuse("the repository must be lower-case words joined by / . _ or -")
        return cls(host, repository, tag if colon else None if digest else DEFAULT_TAG, digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"

    @property
    def name(self) -> str:
        """Host and repository without tag or digest."""
        return f"{self.host}/{self.repository}"

    def with_digest(self, digest: Digest) -> "Reference":
        """Return the same repository pinned to `digest`."""
        return Reference(self.host, self.repository, self.tag, digest)
