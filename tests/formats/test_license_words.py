"""Licence fields as distributions write them, and what may be said of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing

from generator.formats.license_names import NAMES, reference_of
from generator.formats.license_words import combined, normalise
from generator.formats.package import PackageFormat


@pytest.mark.parametrize(
    ("kind", "text", "expression", "certainty", "unknown"),
    [
        ("apk", "GPL-2.0-only AND MIT", "GPL-2.0-only AND MIT", "spdx", ()),
        ("apk", "GPL2", "GPL-2.0-only", "spdx", ()),
        ("apk", "zlib", "Zlib", "spdx", ()),
        ("apk", "custom", "", "unknown", ("custom",)),
        ("apk", "BSD", "", "unknown", ("BSD",)),
        ("apk", "MIT BSD GPL2+", "", "partly", ("BSD",)),
        ("apk", "ISC AND (BSD-3-Clause OR MIT)", "ISC AND (BSD-3-Clause OR MIT)", "spdx", ()),
        ("apk", "", "", "none", ()),
        ("deb", "GPL-2+", "GPL-2.0-or-later", "spdx", ()),
        ("deb", "GPL-2.0+", "GPL-2.0-or-later", "spdx", ()),
        ("deb", "GPL", "", "unknown", ("GPL",)),
        ("deb", "Expat or GPL-3", "MIT OR GPL-3.0-only", "spdx", ()),
        ("deb", "GPL-2+ or Expat, and BSD-3-clause", "(GPL-2.0-or-later OR MIT) AND BSD-3-Clause", "spdx", ()),
        ("deb", "public-domain", "", "unknown", ("public-domain",)),
        ("deb", "public-domain and MIT", "LicenseRef-public-domain AND MIT", "partly", ("public-domain",)),
        ("deb", "GPL-2+ with OpenSSL exception", "", "unknown", ("GPL-2+ with OpenSSL exception",)),
        (
            "deb",
            "GPL-2+ with Classpath-exception-2.0",
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
            "spdx",
            (),
        ),
        ("rpm", "GPLv2+ and MIT", "GPL-2.0-or-later AND MIT", "spdx", ()),
        ("rpm", "ASL 2.0", "Apache-2.0", "spdx", ()),
        ("rpm", "LGPLv2+", "", "unknown", ("LGPLv2+",)),
        ("rpm", "(GPLv3+ and MIT", "", "partly", ("(GPLv3+ and MIT",)),
        ("rpm", "MIT AND", "", "partly", ("MIT AND",)),
    ],
)
def test_fields(kind: PackageFormat, text: str, expression: str, certainty: str, unknown: tuple[str, ...]) -> None:
    """Names known to SPDX or to a table are normalised, families and free words are not, operators stay."""
    found = normalise(text, kind)
    assert (found.expression, found.certainty, found.unknown) == (expression, certainty, unknown)
    assert bool(found.reason) == (certainty != "spdx")


def test_side_by_side() -> None:
    """Names without an operator are known one by one, and how they belong together is not."""
    found = normalise("MIT BSD GPL2+", "apk")
    assert (found.known, found.reason) == (("GPL-2.0-or-later", "MIT"), "unjoined")


def test_several_fields_hold_together() -> None:
    """The licences of a package's files are joined with AND, each once; an unknown word keeps its place."""
    assert combined(["GPL-2+ or MIT", "Expat", "Expat"], "deb").expression == "(GPL-2.0-or-later OR MIT) AND MIT"
    assert combined(["GPL-2 and MIT", "MIT and ISC"], "deb").expression == "GPL-2.0-only AND MIT AND ISC"
    partly = combined(["Expat", "public-domain"], "deb")
    assert (partly.expression, partly.certainty) == ("MIT AND LicenseRef-public-domain", "partly")
    assert combined(["public-domain", "permissive"], "deb").certainty == "unknown"
    assert combined([], "deb").certainty == "none"


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_tables_lead_to_spdx(kind: PackageFormat) -> None:
    """Every name in a table is written in lower case and stands for an identifier of SPDX that is not deprecated."""
    licensing = get_spdx_licensing()
    for name, identifier in NAMES[kind].items():
        assert name == name.lower()
        assert licensing.known_symbols[identifier].key == identifier
        assert normalise(name.upper(), kind).expression == identifier


def test_references_keep_words_apart() -> None:
    """Different words have different references, and each fits SPDX's grammar."""
    words = ["BSD", "GPL+", "GPL-", "GPL", "a b", "a-b", "%", "$", ""]
    references = [reference_of(one) for one in words]
    assert len(set(references)) == len(words)
    assert all(one.removeprefix("LicenseRef-").replace("-", "").replace(".", "").isalnum() for one in references)


@given(
    st.sampled_from(sorted(NAMES)),
    st.lists(
        st.sampled_from(["MIT", "GPL2+", "GPL-2+", " and ", " or ", " with ", "(", ")", ", and ", " x ", "+", "\0"])
    ).map("".join)
    | st.text(),
)
def test_any_text(kind: PackageFormat, text: str) -> None:
    """Any text gives words; what comes out as an expression is one, of known identifiers and references alone."""
    found = normalise(text, kind)
    assert found.certainty in ("spdx", "partly", "unknown", "none")
    assert (found.certainty == "none") == (not text.split())
    if found.expression:
        keys = get_spdx_licensing().license_keys(found.expression)
        references = {reference_of(one) for one in found.unknown}
        assert {key for key in keys if key.startswith("LicenseRef-")} == references
    if found.certainty == "spdx":
        assert found.known
        assert not found.unknown


def test_hostile_text_ends_soon() -> None:
    """Deep, long and wide expressions are given up, not computed."""
    for text in ("(" * 5000 + "MIT" + ")" * 5000, " or ".join(["MIT"] * 5000), "MIT " * 100_000):
        assert normalise(text, "rpm").reason == "syntax"
