"""Fixtures of the tests of formats."""

from tests.formats.unpacked import roots

__all__ = ["roots"]
