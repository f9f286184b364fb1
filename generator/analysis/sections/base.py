"""What every section of the document is made of, and its three states."""

import msgspec


class Part(msgspec.Struct, frozen=True, omit_defaults=False):
    """Base of every struct in the document: frozen, written out in full."""


class Failure(Part, frozen=True):
    """Why a section could not be made."""

    slug: str
    text: str


class Section(Part, frozen=True):
    """What one inspector found: exactly one of three states, never confused with one another.

    Every section adds `found`, its own struct, None unless the state is "found".
    """

    state: str
    """found, absent (looked, and it is not there) or failed (could not tell; `failure` says why)."""
    failure: Failure | None = None
