"""Package URLs (ECMA-427, the purl specification): packages of Linux distributions (apk, deb, rpm), images, Go modules.

Building only. Qualifiers as the types' definitions name them: `arch`, `distro`, and for rpm `epoch`; `arch`,
`repository_url` and `tag` for images (type oci).
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


def oci_url(name: str, digest: str, *, architecture: str = "", repository: str = "", tag: str = "") -> str:
    """Return the URL of an image: the last part of its name, in lower case, and the manifest's digest.

    `repository` is host and repository, "" when unknown; a tag says something only beside it.
    """
    qualifiers = {"arch": architecture, "repository_url": repository.lower(), "tag": tag if repository else ""}
    query = "&".join(f"{key}={_encoded(value, keep='/')}" for key, value in qualifiers.items() if value)
    last = name.rstrip("/").rpartition("/")[2].lower()
    return f"pkg:oci/{_encoded(last)}@{_encoded(digest)}" + (f"?{query}" if query else "")


def golang_url(module: str, version: str = "") -> str:
    """Return the URL of a Go module; "" for what is no module path (`command-line-arguments`)."""
    parts = module.lower().split("/")
    if "." not in parts[0] or not all(parts) or {".", ".."} & set(parts):
        return ""
    return "pkg:golang/" + "/".join(map(_encoded, parts)) + (f"@{_encoded(version)}" if version else "")


def _encoded(text: str, keep: str = "") -> str:
    # Letters, digits, `.-_~` and the colon stand for themselves, everything else is percent-encoded UTF-8.
    return quote(text.encode("utf-8", "replace"), safe=f":{keep}")
