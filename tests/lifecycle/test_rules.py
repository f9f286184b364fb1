"""From os-release to a release and its dates: the fields of real images, and those that no rule meets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.analysis.sections.os_release import OsRelease, OsReleaseSection
from generator.formats.os_release import parse_os_release
from generator.lifecycle.calendar import shipped
from generator.lifecycle.rules import PRODUCTS, ROLLING, Standing, standing_of


def section(fields: dict[str, str]) -> OsReleaseSection:
    """Make the section as the inspector does."""
    found = OsRelease(
        path="/etc/os-release",
        layer=0,
        id=fields.get("ID", "linux"),
        name=fields.get("NAME", "Linux"),
        pretty_name=fields.get("PRETTY_NAME", "Linux"),
        version=fields.get("VERSION", ""),
        version_id=fields.get("VERSION_ID", ""),
        version_codename=fields.get("VERSION_CODENAME", ""),
        id_like=tuple(fields.get("ID_LIKE", "").split()),
        variant=fields.get("VARIANT", ""),
        home_url="",
        fields=fields,
    )
    return OsReleaseSection("found", None, found)


def standing(written: str) -> Standing:
    """Return what an os-release file stands for."""
    return standing_of(section(parse_os_release(written.encode(), path="/etc/os-release")), shipped())


RELEASES = {
    'ID="almalinux"\nVERSION_ID="9.4"\nPRETTY_NAME="AlmaLinux 9.4 (Seafoam Ocelot)"': ("AlmaLinux OS 9", "2032-05-31"),
    'ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"': ("Alpine Linux 3.20", "2026-04-01"),
    'ID=alpine\nVERSION_ID=3.6.5\nPRETTY_NAME="Alpine Linux v3.6"': ("Alpine Linux 3.6", "2019-05-01"),
    'ID="amzn"\nVERSION_ID="2"\nPRETTY_NAME="Amazon Linux 2"': ("Amazon Linux 2", "2026-06-30"),
    'ID="amzn"\nVERSION_ID="2018.03"\nPRETTY_NAME="Amazon Linux AMI 2018.03"': ("Amazon Linux 2018.03", "2023-12-31"),
    'NAME="CentOS Linux"\nID="centos"\nVERSION_ID="8"': ("CentOS 8", "2021-12-31"),
    'NAME="CentOS Stream"\nID="centos"\nVERSION_ID="8"': ("CentOS Stream 8", "2024-05-31"),
    'NAME="CentOS Stream"\nID="centos"\nVERSION_ID="9"': ("CentOS Stream 9", "2027-05-31"),
    'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"': ("Debian 12", "2026-07-11"),
    "ID=fedora\nVERSION_ID=44\nVARIANT_ID=container": ("Fedora Linux 44", "2027-06-02"),
    'ID="ol"\nVERSION_ID="8.10"\nPRETTY_NAME="Oracle Linux Server 8.10"': ("Oracle Linux 8", "2029-07-31"),
    'ID="opensuse-leap"\nVERSION_ID="15.6"\nPRETTY_NAME="openSUSE Leap 15.6"': ("openSUSE 15.6", "2026-04-30"),
    "ID=photon\nVERSION_ID=4.0": ("VMware Photon 4.0", "2027-10-11"),
    'ID="rhel"\nVERSION_ID="9.6"\nNAME="Red Hat Enterprise Linux"': ("Red Hat Enterprise Linux 9", "2032-05-31"),
    'ID="rocky"\nVERSION_ID="8.9"': ("Rocky Linux 8", "2029-05-31"),
    'ID="sles"\nVERSION_ID="15.7"': ("SUSE Linux Enterprise Server 15.7", "2031-07-31"),
    'ID="sles"\nVERSION_ID="15"': ("SUSE Linux Enterprise Server 15.0", "2019-12-31"),
    'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.2 LTS"': ("Ubuntu 24.04", "2029-05-31"),
}


@pytest.mark.parametrize(("written", "wanted"), RELEASES.items())
def test_real_images_find_their_release(written: str, wanted: tuple[str, str]) -> None:
    """The os-release of every distribution that has a base image leads to its release and its end of life."""
    found = standing(written)
    assert found.release is not None
    assert (f"{found.title} {found.cycle}", found.release.ends) == wanted
    assert found.kind == "release"
    assert found.own_name == ""
    assert ("ID", written.split("ID=", 1)[1].split("\n")[0].strip('"')) in found.matched


OTHERS = {
    "ID=wolfi\nVERSION_ID=20230201": "rolling",
    "ID=arch\nBUILD_ID=rolling": "rolling",
    "ID=opensuse-tumbleweed\nVERSION_ID=20260801": "rolling",
    "ID=alpine\nVERSION_ID=3.24.0_alpha20260127": "development",
    'ID=debian\nVERSION_CODENAME=forky\nPRETTY_NAME="Debian GNU/Linux forky/sid"': "development",
    "ID=fedora\nVERSION_ID=46\nREDHAT_SUPPORT_PRODUCT_VERSION=rawhide": "development",
    "ID=fedora\nVERSION_ID=44\nVARIANT_ID=eln": "development",
    "ID=debian": "unknown-release",
    "ID=debian\nVERSION_ID=12.5": "unknown-release",
    "ID=alpine\nVERSION_ID=3.99.1": "unknown-release",
    "ID=alpine\nVERSION_ID=3.20-rogue": "unknown-release",
    "ID=alpine\nVERSION_ID=3": "unknown-release",
    "ID=ubuntu\nVERSION_ID=24": "unknown-release",
    "ID=sles\nVERSION_ID=": "unknown-release",
    "ID=raspbian\nID_LIKE=debian\nVERSION_ID=12": "unknown-distribution",
    "ID=Debian\nVERSION_ID=12": "unknown-distribution",
    "NAME=Debian\nVERSION_ID=12": "unknown-distribution",
    "": "unknown-distribution",
}


@pytest.mark.parametrize(("written", "kind"), OTHERS.items())
def test_what_has_no_date_gets_none(written: str, kind: str) -> None:
    """Rolling, not yet released, unknown release and unknown distribution are four answers, none of them a date."""
    found = standing(written)
    assert found.kind == kind
    assert found.release is None
    assert found.rule


def test_distroless_is_its_debian_release_and_says_so() -> None:
    """An image with Debian's ID and a name of its own counts as that Debian release, and its name is kept."""
    found = standing('PRETTY_NAME="Distroless"\nNAME="Debian GNU/Linux"\nID="debian"\nVERSION_ID="12"')
    assert (found.kind, found.cycle, found.own_name) == ("release", "12", "Distroless")
    assert found.extended == "Debian LTS"
    assert found.release is not None
    assert found.release.extended_until == "2028-06-30"


def test_a_derivative_takes_no_dates_over() -> None:
    """What a distribution says it is like is told, and nothing is concluded from it."""
    assert standing("ID=raspbian\nID_LIKE=debian\nVERSION_ID=12").id_like == "debian"


def test_no_os_release_and_an_unreadable_one_are_two_things() -> None:
    """An image without os-release names no distribution; one whose file is broken may."""
    assert standing_of(OsReleaseSection("absent"), shipped()).kind == "no-os-release"
    assert standing_of(OsReleaseSection("failed"), shipped()).kind == "unreadable"


def test_the_last_day_is_not_over() -> None:
    """On the very day of its end of life a release is not past it; on the next it is."""
    found = standing("ID=debian\nVERSION_ID=12")
    assert not found.ended_before("2026-07-11T23:59:59Z")
    assert found.ended_before("2026-07-12T00:00:00Z")
    assert not standing("ID=photon\nVERSION_ID=5.0").ended_before("2999-01-01")


def test_every_rule_has_its_dates() -> None:
    """The shipped calendar has the product of every rule, and no product that no rule leads to."""
    assert set(shipped().products) == PRODUCTS


@given(
    st.dictionaries(
        st.sampled_from(["ID", "VERSION_ID", "NAME", "PRETTY_NAME", "VARIANT_ID", "VERSION_CODENAME", "ID_LIKE"]),
        st.sampled_from(["debian", "alpine", "centos", "sles", "amzn", *ROLLING]) | st.text(max_size=12),
    )
)
def test_any_fields_give_a_standing(fields: dict[str, str]) -> None:
    """Whatever os-release says, there is an answer, and a date only for a release of the calendar."""
    found = standing_of(section(fields), shipped())
    releases = [release for product in shipped().products.values() for release in product.releases.values()]
    assert (found.kind == "release") == (found.release in releases)
