"""Package URLs, by the examples of the specification and its types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.formats.package import Package, PackageFormat
from generator.formats.purl import package_url


@pytest.mark.parametrize(
    ("package", "distribution", "release", "expected"),
    [
        (
            Package(format="deb", name="curl", version="7.50.3-1", architecture="i386"),
            "debian",
            "12",
            "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=debian-12",
        ),
        (
            Package(format="deb", name="attr", version="1:2.4.47-2+b1", architecture="amd64"),
            "debian",
            "",
            "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64&distro=debian",
        ),
        (
            Package(format="apk", name="libcrypto3", version="3.5.5-r0", architecture="x86_64"),
            "alpine",
            "3.20.3",
            "pkg:apk/alpine/libcrypto3@3.5.5-r0?arch=x86_64&distro=alpine-3.20.3",
        ),
        (
            Package(format="rpm", name="ImageMagick-c++", version="6.9~rc1-1.fc39", epoch=1, architecture="x86_64"),
            "Fedora",
            "39",
            "pkg:rpm/fedora/ImageMagick-c%2B%2B@6.9~rc1-1.fc39?arch=x86_64&distro=Fedora-39&epoch=1",
        ),
        (
            Package(format="rpm", name="centerim", version="4.22.10-1.el6", epoch=0),
            "",
            "",
            "pkg:rpm/centerim@4.22.10-1.el6?epoch=0",
        ),
    ],
)
def test_examples(package: Package, distribution: str, release: str, expected: str) -> None:
    """Plus signs are encoded, colons are not, qualifiers are sorted, only apk's and deb's names become lower case."""
    assert package_url(package, distribution=distribution, release=release) == expected


@given(st.sampled_from(["apk", "deb", "rpm"]), st.text(min_size=1), st.text(), st.text(), st.text(), st.text())
def test_any_text(kind: PackageFormat, name: str, version: str, arch: str, distribution: str, release: str) -> None:
    """Whatever the fields hold, the URL is of unreserved characters and its own separators, each in its place."""
    package = Package(format=kind, name=name, version=version, architecture=arch)
    url = package_url(package, distribution=distribution, release=release)
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    head, _, query = url.partition("?")
    assert head.startswith(f"pkg:{kind}/")
    assert head.count("/") == (2 if distribution else 1)
    assert head.count("@") == (1 if version else 0)
    keys = [pair.partition("=")[0] for pair in query.split("&") if pair]
    assert keys == [key for key, value in (("arch", arch), ("distro", distribution)) if value]
