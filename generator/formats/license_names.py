"""Licence names that distributions wrote before SPDX, and the SPDX identifiers that mean the same. Reviewed by hand.

A name is here only where its source defines it as one licence. Families ("BSD", "Artistic", "GPL" without a version,
Fedora's "LGPLv2+", which stood for 2.0 and 2.1 alike) are left out on purpose: they stay unknown.
"""

import hashlib
import re
from typing import Final

from generator.formats.package import PackageFormat


def _debian() -> dict[str, str]:
    names = {"expat": "MIT", "cc0": "CC0-1.0", "zope-1.1": "ZPL-1.1", "zope-2.0": "ZPL-2.0", "zope-2.1": "ZPL-2.1"}
    names |= {"w3c-software": "W3C", "apache-1": "Apache-1.0", "apache-2": "Apache-2.0"}
    names |= {"artistic-2": "Artistic-2.0", "mpl-1": "MPL-1.0", "mpl-2": "MPL-2.0"}
    for family, versions in {
        "GPL": ("1", "2", "3"), "LGPL": ("2", "2.1", "3"), "AGPL": ("3",), "GFDL": ("1.1", "1.2", "1.3"),
    }.items():  # fmt: skip
        for version in versions:
            whole = version if "." in version else f"{version}.0"
            for written in {version, whole}:
                names[f"{family}-{written}".lower()] = f"{family}-{whole}-only"
                names[f"{family}-{written}+".lower()] = f"{family}-{whole}-or-later"
    for version in ("1.1", "1.2", "1.3"):
        names[f"gfdl-niv-{version}"] = f"GFDL-{version}-no-invariants-only"
        names[f"gfdl-niv-{version}+"] = f"GFDL-{version}-no-invariants-or-later"
    return names


DEBIAN: Final = _debian()
"""Machine-readable debian/copyright format 1.0, section "Short name": the keywords, "+" for any later version, and
trailing ".0" that makes no difference. Its "Expat" is SPDX's MIT."""

FEDORA: Final = {
    "gpl+": "GPL-1.0-or-later", "gplv1": "GPL-1.0-only", "gplv2": "GPL-2.0-only", "gplv2+": "GPL-2.0-or-later",
    "gplv3": "GPL-3.0-only", "gplv3+": "GPL-3.0-or-later", "lgplv3": "LGPL-3.0-only", "lgplv3+": "LGPL-3.0-or-later",
    "agplv3": "AGPL-3.0-only", "agplv3+": "AGPL-3.0-or-later", "asl 1.0": "Apache-1.0", "asl 1.1": "Apache-1.1",
    "asl 2.0": "Apache-2.0", "mplv1.0": "MPL-1.0", "mplv1.1": "MPL-1.1", "mplv2.0": "MPL-2.0",
    "artistic 2.0": "Artistic-2.0", "boost": "BSL-1.0", "cc0": "CC0-1.0",
}  # fmt: skip
"""Fedora's "Good Licenses" short names (the Callaway system), as the fedora-license-data project maps them one to one
to SPDX."""

ALPINE: Final = {
    "gpl2": "GPL-2.0-only", "gpl2+": "GPL-2.0-or-later", "gpl3": "GPL-3.0-only", "gpl3+": "GPL-3.0-or-later",
    "lgpl2.1": "LGPL-2.1-only", "lgpl2.1+": "LGPL-2.1-or-later", "lgpl3": "LGPL-3.0-only",
    "lgpl3+": "LGPL-3.0-or-later", "agpl3": "AGPL-3.0-only", "agpl3+": "AGPL-3.0-or-later",
    "apache2": "Apache-2.0", "mpl2": "MPL-2.0",
}  # fmt: skip
"""Names that Alpine's APKBUILDs had until aports moved to SPDX (2018 to 2020), and Arch Linux's before them."""

NAMES: Final[dict[PackageFormat, dict[str, str]]] = {"apk": ALPINE, "deb": DEBIAN, "rpm": FEDORA}
"""Old name in lower case → SPDX identifier, by the packages' format."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*\Z")


def reference_of(words: str) -> str:
    """Return the `LicenseRef-…` that stands for words which SPDX does not know, the same for the same words.

    Where the words do not fit the grammar of such names, eight digits of their hash keep two of them apart.
    """
    if _PLAIN.match(words) and len(words) <= 60:
        return f"LicenseRef-{words}"
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", words).strip("-.")[:40]
    digits = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"LicenseRef-{plain}-{digits}" if plain else f"LicenseRef-{digits}"
