"""Fixtures of the tests of formats."""

from tests.advisories.conftest import ask_apk, shared_advisories
from tests.formats.unpacked import roots

__all__ = ["ask_apk", "roots", "shared_advisories"]
