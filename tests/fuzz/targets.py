"""What is fuzzed: each parser of generator/formats and generator/advisories, with valid samples, nothing but bytes in.

A parser that takes text, or several files, is given them cut out of the bytes. Samples are small and made here or by
the builders of the parsers' own tests; mutation starts from them. Modules without a parser are named with the reason.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.serialization import PrivateFormat

from generator.formats import busybox, getopt_tables, go_build, script, toybox, versions
from generator.formats.apk_db import parse_apk_db
from generator.formats.busybox_options import applet_options, usage_options
from generator.formats.deb822 import stanzas
from generator.formats.dpkg_copyright import parse_copyright
from generator.formats.dpkg_status import parse_dpkg_status, parse_status_folder, with_lists
from generator.formats.elf import read_elf
from generator.formats.elf_facts import elf_facts
from generator.formats.file_capabilities import parse_capabilities
from generator.formats.group import parse_group
from generator.formats.help_text import help_options
from generator.formats.license_words import combined, normalise
from generator.formats.nsswitch import parse_nsswitch
from generator.formats.os_release import parse_os_release
from generator.formats.package import PathBound
from generator.formats.passwd import parse_passwd, parse_shadow
from generator.formats.pem import parse_pem
from generator.formats.purl import package_url
from generator.formats.rpm_database import parse_rpm_database
from generator.formats.rpm_header import parse_rpm_header
from generator.formats.secret_names import secret_name
from generator.formats.tzif import parse_tzif
from generator.formats.x509 import parse_certificate
from tests import certificates
from tests.formats import test_apk_db, test_busybox, test_dpkg_copyright, test_dpkg_status, test_toybox
from tests.formats.elf_builder import ElfBuilder
from tests.formats.rpm_tools import bdb, ndb
from tests.formats.test_elf import LAYOUTS, go_program, program
from tests.formats.test_getopt_tables import seed
from tests.formats.test_pem import der
from tests.formats.test_rpm_database import HEADER, LONG_HEADER, REAL_NDB, sqlite_of
from tests.formats.tzif_builder import zone
from tests.fuzz import advised

PATH: Final = "in/image"
CUT: Final = b"\n%%\n"
"""Between the parts of an input that stands for several files."""


class Target(NamedTuple):
    """One parser, or one way into several that belong together."""

    name: str
    modules: tuple[str, ...]
    """Modules of generator.formats that it goes through; () for the readers of advisories."""
    read: Callable[[bytes], object]
    samples: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()
    """Pieces that have a meaning in the format."""


NO_PARSER: Final = {
    "busybox_curated": "a table",
    "license_names": "tables; license_words goes through them",
    "option": "values; every parser of options makes them",
}
"""Modules of generator.formats that read nothing, with what they are."""


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _elf(content: bytes) -> object:
    return elf_facts(read_elf(content, path=PATH))


def _options(content: bytes) -> object:
    return getopt_tables.read_options(read_elf(content, path=PATH))


def _go(content: bytes) -> object:
    return go_build.read_go_build(read_elf(content, path=PATH))


def _busybox(content: bytes) -> object:
    return applet_options(busybox.parse_busybox(content, path=PATH))


def _usage(content: bytes) -> object:
    applet, _, usage = content.decode("latin-1").partition("\n")
    return usage_options(usage, applet=applet)


def _toybox(content: bytes) -> object:
    return toybox.parse_toybox(content, path=PATH)


def _option_string(content: bytes) -> object:
    return list(toybox.option_string(content.decode("latin-1")))


def _stanzas(content: bytes) -> object:
    wanted = frozenset({"package", "version", "description"})
    return [list(stanzas(content, wanted, path=PATH, strict=strict)) for strict in (False, True)]


def _dpkg(content: bytes) -> object:
    status, _, listed = content.partition(CUT)
    packages = with_lists(parse_dpkg_status(status, path=PATH), {"libc6.list": listed, "waiting.list": b""}, path=PATH)
    return [package_url(one, distribution="debian", release="12") for one in packages]


def _status_folder(content: bytes) -> object:
    one, _, sums = content.partition(CUT)
    return parse_status_folder({"one": one, "one.md5sums": sums, "b25l": one}, path=PATH)


def _accounts(content: bytes) -> object:
    return parse_passwd(content, path=PATH), parse_shadow(content, path=PATH)


def _orders(content: bytes) -> object:
    """Compare two versions both ways, as each package system does: the answers must be each other's opposite."""
    before, _, after = content.decode("utf-8", "surrogateescape").partition(CUT.decode())
    found = {}
    for system in ("apk", "dpkg", "rpm"):
        there, back = versions.order(system, before, after), versions.order(system, after, before)
        assert (there is None) == (back is None) and (there is None or there == -(back or 0)), (system, there, back)
        found[system] = there
    return found


def _apk(content: bytes) -> object:
    return [package_url(one, distribution="alpine") for one in parse_apk_db(content, path=PATH)]


def _rpm(content: bytes) -> object:
    return [package_url(one, distribution="fedora") for one in parse_rpm_database(content, path=PATH)]


def _rpm_header(content: bytes) -> object:
    return parse_rpm_header(content, path=PATH, number=1, bound=PathBound(PATH))


def _licenses(content: bytes) -> object:
    words = content.decode("utf-8", "replace")
    kinds = ("apk", "deb", "rpm")
    return [normalise(words, kind) for kind in kinds], combined(words.split("\n")[:50], "deb")  # type: ignore[arg-type]


_ELF_SAMPLES: Final = (
    *(program(bits, order, machine).build() for bits, order, machine, _ in LAYOUTS[:4]),
    ElfBuilder(kind=2).build(),
)
_GO: Final = go_program(
    b"go1.22.1", b"path\tx.invalid/c\nmod\tx.invalid\tv1\t\ndep\ta\tv2\th1:=\n=>\t./y\t\nbuild\tA=0\n"
)
_PEM: Final = certificates.certificate()
_KEY: Final = certificates.private_key(PrivateFormat.TraditionalOpenSSL, encrypted=True)
_PASSWD: Final = b"root:x:0:0:root:/root:/bin/sh\n+nis::::::\nn:$6$salt$x:65532:65532::/home/n:/sbin/nologin\n"
_MD5SUMS: Final = b"d41d8cd98f00b204e9800998ecf8427e  usr/share/doc/x\nd41d8cd98f00b204e9800998ecf8427e  a\\x2db\n"

TARGETS: Final = (
    Target(
        "versions",
        ("versions",),
        _orders,
        (b"1.2.3-r0" + CUT + b"1.2.3_rc1-r1", b"1:2.0~rc1-3+b1" + CUT + b"2.0-1", b"1.0^git1-2.el9" + CUT + b"1.0-2"),
        (CUT, b"~", b"^", b":", b"-", b"_rc", b"-r", b"0", b"."),
    ),
    Target("apk_db", ("apk_db", "package", "purl"), _apk, (test_apk_db.SAMPLE,), (b"\n\n", b"P:", b"F:", b"R:", b"V:")),
    Target("busybox", ("busybox", "busybox_options"), _busybox, (test_busybox.SEED,), (b"BZh9", b"\0\0", b"BusyBox v")),
    Target(
        "busybox usage",
        ("busybox_options",),
        _usage,
        (
            b"ls\n[-1AaCx] [-w WIDTH] [--color[=WHEN]] [FILE]...\n\n\t-1\tOne\n\t-w N,--width N\tx\n",
            b"tar\nc|x [-f F]\n\n\tc\tx",
        ),
        (b"[", b"]", b"|", b"\n\t-", b"--", b"[=", b"..."),
    ),
    Target("deb822", ("deb822",), _stanzas, (test_dpkg_status.STATUS,), (b"\n ", b"\n\n", b"Package: ")),
    Target(
        "dpkg_copyright",
        ("dpkg_copyright",),
        lambda content: parse_copyright(content, path=PATH),
        (test_dpkg_copyright.SAMPLE, b"see /usr/share/common-licenses/GPL-2.\n"),
        (b"\nFiles: *\n", b"License: "),
    ),
    Target(
        "dpkg_status",
        ("dpkg_status",),
        _dpkg,
        (test_dpkg_status.STATUS + CUT + b"/.\n/usr\n/usr/lib\n",),
        (b"\n\n", b"Status: install ok installed\n", CUT),
    ),
    Target(
        "dpkg status.d", ("dpkg_status",), _status_folder, (test_dpkg_status.STATUS + CUT + _MD5SUMS,), (CUT, b"  ")
    ),
    Target("elf", ("elf", "elf_facts"), _elf, (*_ELF_SAMPLES, _GO)),
    Target(
        "file_capabilities",
        ("file_capabilities",),
        lambda content: parse_capabilities(content, path=PATH),
        (
            bytes.fromhex("0100000200200000000000000000000000000000"),
            bytes.fromhex("0100000300200000" + "00" * 12 + "e8030000"),
        ),
    ),
    Target("getopt_tables", ("getopt_tables",), _options, (seed(),)),
    Target("go_build", ("go_build",), _go, (_GO,), (b"\xff Go buildinf:\x08\x02", b"\ndep\t", b"\n=>\t")),
    Target(
        "group",
        ("group",),
        lambda content: parse_group(content, path=PATH),
        (b"root:x:0:\nadm:x:4:a,b\n",),
        (b":", b","),
    ),
    Target(
        "help_text",
        ("help_text",),
        help_options,
        (b"\0Usage:\n  -a, --all[=X]  all\n  --b=FILE, -c D\n\0",),
        (b"\n  -", b"--", b"[="),
    ),
    Target(
        "license_words",
        ("license_words",),
        _licenses,
        (b"GPL-2.0-or-later AND (MIT OR Apache-2.0 WITH LLVM-exception)", b"GPLv2+ and BSD, or MIT"),
        (b"(", b")", b" and ", b" OR ", b" WITH ", b"+", b"GPL-2", b"LicenseRef-"),
    ),
    Target(
        "nsswitch",
        ("nsswitch",),
        lambda content: parse_nsswitch(content, path=PATH),
        (b"hosts: files [!UNAVAIL=return] dns # x\n",),
    ),
    Target(
        "os_release",
        ("os_release",),
        lambda content: parse_os_release(content, path=PATH),
        (b'NAME="Alpine\\"x"\nID=alpine\n# c\nV=\'a\'"b"\\ c\n',),
        (b'"', b"'", b"\\", b"=", b"$"),
    ),
    Target("passwd", ("passwd",), _accounts, (_PASSWD,), (b":", b"4294967296", b"-1")),
    Target(
        "pem",
        ("pem",),
        parse_pem,
        (_PEM, _KEY, b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: aes256-cbc\nComment: x\nPublic-Lines: 1\nAAAA\n"),
        (b"-----BEGIN ", b"-----END ", b"CERTIFICATE-----\n", b"PRIVATE KEY-----\n", b"Proc-Type: 4,ENCRYPTED\n"),
    ),
    Target("rpm_header", ("rpm_header",), _rpm_header, (HEADER,)),
    Target("rpm_bdb", ("rpm_bdb", "rpm_database"), _rpm, (bdb([HEADER, LONG_HEADER]), bdb([HEADER], ">"))),
    Target("rpm_ndb", ("rpm_ndb",), _rpm, (ndb([HEADER, HEADER]), REAL_NDB)),
    Target(
        "rpm_sqlite",
        ("rpm_sqlite",),
        _rpm,
        (sqlite_of([HEADER] * 3), sqlite_of([LONG_HEADER] * 2)),
        (b"CREATE TABLE", b"VIRTUAL", b"Packages", b"blob", b"VIEW"),
    ),
    Target("script", ("script",), script.read_script, (b"#!/usr/bin/env -S A=b python3 -u\n", b"#! /bin/sh -e\n")),
    Target(
        "secret_names",
        ("secret_names",),
        lambda content: secret_name(_text(content)),
        (b"root/.ssh/id_rsa", b"a/.aws/credentials"),
    ),
    Target("toybox", ("toybox",), _toybox, (test_toybox.SEED, test_toybox.executable(32, ">", "rel"))),
    Target(
        "toybox option string",
        ("toybox",),
        _option_string,
        (b"<1(preserve):;D(parents)rt:T[-HL][+Rr]",),
        (b"(", b")", b"[", b"]", b"#<1>9=5", b":;", b"&"),
    ),
    Target("tzif", ("tzif",), parse_tzif, (zone(), zone(version=b"\0"), zone(version=b"4", leaps=2))),
    Target("x509", ("x509",), parse_certificate, (der(_PEM),)),
    Target(
        "osv", (), advised.read_advisory, advised.ADVISORIES, (b'"fixed": "', b'"limit": "', b"null", b"CVE-2026-1")
    ),
    Target("secdb", (), advised.read_database, advised.DATABASES, (b"\n- ", b": ", b"&a ", b"*a", b"[", b"{", b"? ")),
    Target("vex", (), advised.read_statements, advised.STATEMENTS, (b"pkg:", b"@", b"%00", b"?epoch=", b"null", b"{}")),
    Target("opinions", (), advised.read_report, advised.REPORTS, (b"null", b"[]", b"{}", b"\\ud800", b'"Results": ')),
)
