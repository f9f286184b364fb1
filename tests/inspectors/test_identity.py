"""The identity inspector: who a process is and what it finds around it."""

import tarfile
from typing import Any

import pytest

from generator.analysis.sections.identity import DefaultUser, IdentitySection, Place, ProcessIdentity
from tests.builders import directory, file, image, symlink, tar
from tests.opened import analyzed, opened

Entries = list[tuple[tarfile.TarInfo, bytes]]
PASSWD = b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:100:App:/home/app:/usr/sbin/nologin\n0:x:7:7::/:/bin/sh\n"
GROUP = b"root:x:0:\nusers:x:100:\nextra:x:300:app\n"
ACCOUNTS: Entries = [file("etc/passwd", PASSWD), file("etc/group", GROUP)]


def section(*layers: Entries, **run: Any) -> IdentitySection:
    """Analyze layers and return the section."""
    found = analyzed(image([tar(layer) for layer in layers], run=run)).sections.identity
    assert found is not None
    return found


def inspected(*layers: Entries, **run: Any) -> ProcessIdentity:
    """Analyze layers and return what was found."""
    found = section(*layers, **run)
    assert found.found is not None, found.failure
    return found.found


def user(said: str, entries: Entries = ACCOUNTS) -> DefaultUser:
    """Return the default user of a configuration."""
    found = inspected(entries, User=said).default_user
    assert found is not None
    return found


def place(found: ProcessIdentity, path: str) -> Place:
    """Return one of the places."""
    return next(one for one in found.places if one.path == path)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", (0, 0, "root", "/root", True)),
        ("root", (0, 0, "root", "/root", True)),
        ("0", (0, 0, "root", "/root", True)),
        ("app", (1000, 100, "app", "/home/app", False)),
        ("1000", (1000, 100, "app", "/home/app", False)),
        ("app:root", (1000, 0, "app", "/home/app", False)),
        ("1000:300", (1000, 300, "app", "/home/app", False)),
        ("4711", (4711, 0, "", "/", False)),
        ("4711:users", (4711, 100, "", "/", False)),
        (":users", (0, 100, "root", "/root", True)),
    ],
)
def test_default_user(said: str, told: tuple[object, ...]) -> None:
    """User is read as engines read it: a number is a uid even where a name looks like it, accounts give the rest."""
    found = user(said)
    assert (found.uid, found.gid, found.name, found.home, found.is_root) == told
    assert found.problem == ""


@pytest.mark.parametrize("said", ["nobody", "app:nogroup", "-1", "4294967295"])
def test_a_user_as_whom_nothing_starts(said: str) -> None:
    """A name that the files do not have is a problem, not root."""
    assert user(said).problem
    assert user(said).is_root is not True


def test_a_user_without_any_accounts() -> None:
    """Without /etc/passwd a number still works and a name does not."""
    assert user("65532", []).uid == 65532
    assert user("nonroot", []).is_root is None


def test_places_and_who_may_write_there() -> None:
    """The first of owner, group and others that applies decides; what is not there is neither writable nor not."""
    entries = [
        *ACCOUNTS,
        directory("tmp", mode=0o1777),
        directory("home/app", mode=0o755, uid=1000),
        directory("srv/owner", mode=0o077, uid=1000),
        directory("srv/group", mode=0o070, gid=300),
        symlink("var/tmp", "/nowhere"),
        symlink("run", "srv"),
    ]
    found = inspected(entries, User="app", WorkingDir="/srv/group")
    assert place(found, "/tmp") == Place("/tmp", "/tmp", "d", 0, 0o1777, 0, 0, True)
    assert place(found, "/home/app").is_writable is True
    assert place(found, "/srv/group").is_writable is True, "by a further group of the account"
    assert place(found, "/etc/passwd").is_writable is False
    assert place(found, "/var/tmp") == Place("/var/tmp", "", "l", None, None, None, None, None)
    assert place(found, "/root") == Place("/root", "", "", None, None, None, None, None)
    assert (place(found, "/run").real_path, place(found, "/run").layer) == ("/srv", -1)
    assert place(inspected(entries, User="app", WorkingDir="/srv/owner"), "/srv/owner").is_writable is False
    assert place(inspected(entries, User="app:app"), "/tmp").is_writable is None, "nobody runs at all"
    assert place(inspected(entries), "/etc/passwd").is_writable is True


def test_accounts_and_passwords() -> None:
    """Shells that are not there let nobody in; an empty password is told, and no encrypted one is anywhere."""
    secret = "$6$salt$Encrypted"
    layer = [
        file("etc/passwd", PASSWD + b"nopass::5:5::/:\nbad line\nghost:x:6:6::/:/bin/zsh\n"),
        file("etc/shadow", f"root:{secret}:1::::::\napp::1\n".encode(), mode=0o640),
        file("bin/sh", b"#!"),
    ]
    found = inspected(layer)
    assert [(one.name, one.can_log_in, one.password) for one in found.users] == [
        ("root", True, "set"),
        ("app", False, "empty"),
        ("0", True, "missing"),
        ("nopass", True, "empty"),
        ("ghost", False, "missing"),
    ]
    assert (found.user_count, found.group_count, found.malformed_count, found.empty_password_count) == (5, None, 1, 2)
    assert "Encrypted" not in repr(found)


def test_services_and_locales() -> None:
    """Name services, compiled locales and language settings are told; none of them is not the same as empty."""
    found = inspected(
        [
            file("etc/nsswitch.conf", b"hosts: files dns\n"),
            file("usr/lib/locale/C.utf8/LC_CTYPE", b"x"),
            file("usr/lib/locale/README/nothing", b"x"),
            file("usr/lib/locale/locale-archive", b"x"),
        ],
        Env=["LANG=C.UTF-8", "PATH=/bin", "LC_ALL=", "LANGUAGE=de:en"],
    )
    assert found.name_services == {"hosts": "files dns"}
    assert (found.locales, found.locale_archive) == (("C.utf8",), "/usr/lib/locale/locale-archive")
    assert found.locale_environment == {"LANG": "C.UTF-8", "LANGUAGE": "de:en", "LC_ALL": ""}
    assert inspected([file("etc/nsswitch.conf")]).name_services == {}
    assert inspected([file("a")]).name_services is None


def test_without_a_configuration() -> None:
    """A bare root file system has no default user that is known; without any of its places it has nothing to tell."""
    for entries, state in ((ACCOUNTS, "found"), ([file("a")], "absent")):
        built = image([tar(entries)])
        found = analyzed(opened(built, manifest=None, config=None)).sections.identity
        assert found is not None
        assert found.state == state
        if found.found is not None:
            assert found.found.default_user is None
            assert found.found.locale_environment is None
            assert place(found.found, "/etc/passwd").is_writable is None


@pytest.mark.parametrize("entry", [file("etc/passwd", b"\x7fELF\0"), file("etc/group", b"x" * (1 << 20) + b"x")])
def test_failed(entry: tuple[tarfile.TarInfo, bytes]) -> None:
    """A binary or huge file of accounts fails this section and names the file."""
    found = section([entry])
    assert (found.state, found.found) == ("failed", None)
    assert found.failure is not None
    assert "/" + entry[0].name in found.failure.text
