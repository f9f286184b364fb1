"""Package URLs (ECMA-427, the purl specification) of packages of Linux distributions: types apk, deb and rpm.

Building only. Qualifiers: `arch`, `distro`, and for rpm `epoch`, as the types' definitions name them.
"""

from urllib.parse import quote

from generator.formats.package import Package


def package_url(package: Package, *, distribution: str, release: str = "") -> str:
    """Return the canonical URL of `package`.

    `distribution` is os-release's ID, the namespace (`debian`; empty when unknown); `release` its VERSION_ID, which
    makes the `distro` qualifier (`debian-12`).
    """
    namespace = distribution.lower()
    name = package.name if package.format == "rpm" else package.name.lower()
    parts = [package.format, *([namespace] if namespace else []), name]
    qualifiers = {
        "arch": package.architecture,
        "distro": f"{distribution}-{release}" if distribution and release else distribution,
        "epoch": "" if package.epoch is None else str(package.epoch),
    }
    version = f"@{_encoded(package.version)}" if package.version else ""
    query = "&".join(f"{key}={_encoded(value)}" for key, value in sorted(qualifiers.items()) if value)
    return "pkg:" + "/".join(map(_encoded, parts)) + version + (f"?{query}" if query else "")


def _encoded(text: str) -> str:
    # Letters, digits, `.-_~` and the colon stand for themselves, everything else is percent-encoded UTF-8.
    return quote(text.encode("utf-8", "replace"), safe=":")
