"""Logging in at a registry: challenges, tokens, where a password may go, and where logins are kept."""

import base64
import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from generator.errors import SourceRefused, UnsafeAddress
from generator.oci.reference import Reference
from generator.source.base import Surroundings
from generator.source.registry_auth import Challenge, Login, find_login, parse_challenges, read_token
from tests.source import hostile_registry as hostile
from tests.source.hostile_registry import HostileRegistry, Seen, asks_for_login, redirects, says, serving
from tests.source.registry_fixtures import AMD64, a_source, an_image, names, pull, surroundings_in

IMAGE = an_image()
TOKEN = b'{"token": "t0ken", "expires_in": 300}'


def basic(user: str, password: str) -> str:
    """Return what stands in an Authorization header and, behind `Basic `, in a configuration's `auth`."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def registry() -> Iterator[HostileRegistry]:
    """Give a registry with one image."""
    with serving(IMAGE) as registry:
        yield registry


@pytest.fixture
def realm() -> Iterator[HostileRegistry]:
    """Give a server that hands out tokens, on another port."""
    with serving() as realm:
        realm.on("/token", says(200, TOKEN))
        yield realm


def bearer(realm: HostileRegistry, **more: str) -> str:
    """Return a challenge that sends to the realm."""
    rest = "".join(f',{key}="{value}"' for key, value in more.items())
    return f'Bearer realm="http://{realm.host}/token"{rest}'


def with_config(folder: Path, **config: object) -> Surroundings:
    """Make surroundings whose environment names a Docker configuration."""
    (folder / "docker").mkdir(exist_ok=True)
    (folder / "docker" / "config.json").write_text(json.dumps(config))
    return surroundings_in(folder, environment={"DOCKER_CONFIG": str(folder / "docker")})


def query_of(seen: Seen) -> dict[str, list[str]]:
    """Return a request's query."""
    return parse_qs(urlsplit(seen.path).query)


# Tokens


def test_an_anonymous_token_carries_no_credentials(
    registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path
) -> None:
    """Without a login the realm is asked with nothing but service and scope, once for the whole image."""
    registry.on("", asks_for_login(bearer(realm, service="reg", scope="repository:a/b:pull"), ["Bearer t0ken"]))
    surroundings = with_config(tmp_path, auths={"other.invalid": {"auth": basic("me", "pw")[6:]}})
    assert pull(a_source(), f"{registry.host}/a/b", surroundings)[1] == IMAGE.layers
    (asked,) = realm.seen
    assert query_of(asked) == {"service": ["reg"], "scope": ["repository:a/b:pull"]}
    assert "authorization" not in asked.headers
    assert len(registry.seen) == 4  # the refused one, and three with the token


def test_a_token_with_a_login(
    registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The password goes to the realm, which the log names, and not to the registry."""
    caplog.set_level(logging.INFO)
    registry.on("", asks_for_login(bearer(realm), ["Bearer t0ken"]))
    surroundings = with_config(tmp_path, auths={registry.host: {"auth": basic("me", "pw")[6:]}})
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == IMAGE.layers
    assert realm.seen[0].headers["authorization"] == basic("me", "pw")
    assert {seen.headers.get("authorization") for seen in registry.seen} == {None, "Bearer t0ken"}
    assert f"{registry.host}: the login goes to {realm.host}" in caplog.text


def test_an_identity_token_is_exchanged(registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path) -> None:
    """An OAuth 2 refresh token is posted to the realm, in the body and nowhere else."""
    realm.on("POST /oauth", says(200, b'{"access_token": "t0ken"}'))
    challenge = f'Bearer realm="http://{realm.host}/oauth",service="reg"'
    registry.on("", asks_for_login(challenge, ["Bearer t0ken"]))
    surroundings = with_config(tmp_path, auths={registry.host: {"auth": "", "identitytoken": "refresh-me"}})
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == IMAGE.layers
    (asked,) = realm.seen
    form = parse_qs(asked.body.decode())
    assert form["grant_type"] == ["refresh_token"] and form["refresh_token"] == ["refresh-me"]
    assert form["scope"] == ["repository:image:pull"] and form["service"] == ["reg"]
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "refresh-me" not in asked.path and "authorization" not in asked.headers


@pytest.mark.parametrize(
    "scope", ["repository:a/b:pull,push", "registry:catalog:*", "repository:a/b:pull x:y:delete", ""]
)
def test_no_more_than_pulling_is_asked_for(
    registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path, scope: str
) -> None:
    """Whatever scope a registry suggests, a token for anything but pulling is never asked for."""
    registry.on("", asks_for_login(bearer(realm, scope=scope), ["Bearer t0ken"]))
    pull(a_source(), f"{registry.host}/image", surroundings_in(tmp_path))
    assert query_of(realm.seen[0])["scope"] == ["repository:image:pull"]


def test_a_token_that_expires_is_renewed(registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path) -> None:
    """A challenge in the middle of an image is answered with another token."""
    realm._rules.clear()
    realm.on("/token", says(200, b'{"token": "first"}'), times=1)
    realm.on("/token", says(200, b'{"token": "second"}'))
    registry.on("manifests", asks_for_login(bearer(realm), ["Bearer first"]))
    registry.on("", asks_for_login(bearer(realm), ["Bearer second"]))
    assert pull(a_source(), f"{registry.host}/image", surroundings_in(tmp_path))[1] == IMAGE.layers
    assert len(realm.seen) == 2


def test_a_challenge_after_a_token_is_an_error(
    registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path
) -> None:
    """A registry that challenges forever is answered once."""
    registry.on("", asks_for_login(bearer(realm), []))
    with pytest.raises(SourceRefused, match="401 Unauthorized: UNAUTHORIZED: the login is missing") as caught:
        pull(a_source(), f"{registry.host}/image", surroundings_in(tmp_path))
    assert (len(registry.seen), len(realm.seen)) == (2, 1)
    assert not caught.value.temporary


@pytest.mark.parametrize(
    "challenge",
    ["", "Negotiate", "Bearer", 'Bearer service="x"', "Bearer realm=", '=,="', 'Digest realm="x", nonce="y"', "\x80 ="],
)
def test_a_challenge_that_means_nothing(registry: HostileRegistry, tmp_path: Path, challenge: str) -> None:
    """A challenge in no known words is a typed error that quotes it."""
    registry.on("", says(401, WWW_Authenticate=challenge))
    with pytest.raises(SourceRefused, match="asks for a login in a way that is not understood"):
        pull(a_source(), f"{registry.host}/image", surroundings_in(tmp_path))
    assert len(registry.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        says(200, b"<html>"),
        says(200, b"{}"),
        says(200, b'{"token": ""}'),
        says(200, b'{"token": "a\\r\\nX-Evil: b"}'),
        says(200, b'{"token": 5}'),
        says(200, b"[" * 100_000),
    ],
)
def test_a_token_that_is_none(
    registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path, answer: hostile.Action
) -> None:
    """A realm's answer without a token that could stand in a header is a typed error."""
    realm._rules.clear()
    realm.on("", answer)
    registry.on("", asks_for_login(bearer(realm), ["Bearer t0ken"]))
    with pytest.raises(SourceRefused, match=f"{realm.host} answers without a token"):
        pull(a_source(), f"{registry.host}/image", surroundings_in(tmp_path))


def test_a_realm_that_refuses(registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path) -> None:
    """The error tells a wrong login from a missing one, and names who refused; the password is in neither."""
    realm._rules.clear()
    realm.on("", says(401, b'{"details": "incorrect username or password"}'))
    registry.on("", asks_for_login(bearer(realm), []))
    with pytest.raises(SourceRefused, match=f"{realm.host} gives no token without a login"):
        pull(a_source(), f"{registry.host}/image", surroundings_in(tmp_path))
    surroundings = with_config(tmp_path, auths={registry.host: {"auth": basic("me", "s3cret")[6:]}})
    with pytest.raises(
        SourceRefused, match=f"{realm.host} does not accept the configured login: .*incorrect"
    ) as caught:
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert "s3cret" not in str(caught.value) and basic("me", "s3cret")[6:] not in str(caught.value)


def test_a_realm_that_fails_for_now(registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path) -> None:
    """A token is asked for again like anything else."""
    realm._rules.clear()
    realm.on("/token", says(503), times=2)
    realm.on("/token", says(200, TOKEN))
    registry.on("", asks_for_login(bearer(realm), ["Bearer t0ken"]))
    assert pull(a_source(), f"{registry.host}/image", surroundings_in(tmp_path))[1] == IMAGE.layers


# Where a password may go


@pytest.mark.parametrize(
    ("realm", "reason"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("https://10.0.0.1/token", "a private address"),
        ("https://169.254.169.254/token", "a link-local address"),
        ("https://auth.invalid/token", r"auth.invalid \(192.168.1.1\): a private address"),
        ("http://auth.invalid/token", "another host, without TLS"),
        ("https://user@auth.invalid/token", "carries a user name"),
        ("http://[", "not an address"),
    ],
)
def test_where_no_realm_may_be(registry: HostileRegistry, tmp_path: Path, realm: str, reason: str) -> None:
    """A realm is held to the same rules as a redirect, before a password is sent anywhere."""
    registry.on("", says(401, WWW_Authenticate=f'Bearer realm="{realm}"'))
    surroundings = with_config(tmp_path, auths={registry.host: {"auth": basic("me", "pw")[6:]}})
    with pytest.raises(UnsafeAddress, match=reason):
        pull(a_source(network=names({"auth.invalid": "192.168.1.1"})), f"{registry.host}/image", surroundings)
    assert len(registry.seen) == 1 and "authorization" not in registry.seen[0].headers


def test_a_realm_that_sends_on_gets_no_password_there(
    registry: HostileRegistry, realm: HostileRegistry, tmp_path: Path
) -> None:
    """The password stays at the realm's origin; a refresh token does not follow a redirect at all."""
    with serving() as elsewhere:
        elsewhere.on("", says(200, TOKEN))
        realm._rules.clear()
        realm.on("", redirects(f"http://{elsewhere.host}/there"))
        registry.on("", asks_for_login(bearer(realm), ["Bearer t0ken"]))
        surroundings = with_config(tmp_path, auths={registry.host: {"auth": basic("me", "pw")[6:]}})
        pull(a_source(), f"{registry.host}/image", surroundings)
        assert realm.seen[0].headers["authorization"] == basic("me", "pw")
        assert "authorization" not in elsewhere.seen[0].headers
        elsewhere.seen.clear()
        surroundings = with_config(tmp_path, auths={registry.host: {"identitytoken": "refresh-me"}})
        with pytest.raises(UnsafeAddress, match="a login does not follow"):
            pull(a_source(), f"{registry.host}/image", surroundings)
        assert elsewhere.seen == []


def test_a_redirect_target_cannot_ask_for_the_login(registry: HostileRegistry, tmp_path: Path) -> None:
    """A challenge from another origin is a refusal, not a challenge."""
    with serving() as storage:
        storage.on("", says(401, WWW_Authenticate='Basic realm="x"'))
        registry.on("blobs", redirects(f"http://{storage.host}{{path}}"))
        surroundings = with_config(
            tmp_path, auths={host: {"auth": basic("me", "pw")[6:]} for host in (registry.host, storage.host)}
        )
        with pytest.raises(SourceRefused, match=f"401 Unauthorized .at {storage.host}"):
            pull(a_source(), f"{registry.host}/image", surroundings)
        assert all("authorization" not in seen.headers for seen in storage.seen)


# Basic


def test_a_basic_login(registry: HostileRegistry, tmp_path: Path) -> None:
    """User and password are sent once asked for, and from then on unasked."""
    registry.on("", asks_for_login('Basic realm="x"', [basic("me", "pässword:with:colons")]))
    surroundings = with_config(tmp_path, auths={registry.host: {"auth": basic("me", "pässword:with:colons")[6:]}})
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == IMAGE.layers
    assert len(registry.seen) == 4
    registry.seen.clear()
    assert a_source().fingerprint(f"{registry.host}/image", AMD64, surroundings) == IMAGE.digest
    assert [seen.method for seen in registry.seen] == ["HEAD", "HEAD"]


def test_a_basic_login_that_is_missing_or_wrong(registry: HostileRegistry, tmp_path: Path) -> None:
    """The two have errors of their own, and a wrong password is sent once only."""
    registry.on("", asks_for_login('Basic realm="x"', []))
    with pytest.raises(SourceRefused, match="asks for a user name and password, and none is configured"):
        pull(a_source(), f"{registry.host}/image", surroundings_in(tmp_path))
    registry.seen.clear()
    surroundings = with_config(tmp_path, auths={registry.host: {"auth": basic("me", "wrong")[6:]}})
    with pytest.raises(SourceRefused, match="401 Unauthorized: UNAUTHORIZED"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.seen) == 2


# Reading challenges and tokens


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Bearer realm="https://a/t",service="s, t",scope="x:y:pull,push"',
         [("bearer", {"realm": "https://a/t", "service": "s, t", "scope": "x:y:pull,push"})]),
        ('Basic realm="a", Bearer realm="b"', [("basic", {"realm": "a"}), ("bearer", {"realm": "b"})]),
        ("bearer  REALM = plain , x=y", [("bearer", {"realm": "plain", "x": "y"})]),
        (r'Basic realm="a \"quoted\" word"', [("basic", {"realm": 'a "quoted" word'})]),
        ('Negotiate, Basic realm="x"', [("negotiate", {}), ("basic", {"realm": "x"})]),
        ('Bearer realm="first",realm="second"', [("bearer", {"realm": "first"})]),
        ('realm="x"', []),
        ('Bearer realm="unfinished', [("bearer", {})]),
    ],
)  # fmt: skip
def test_challenges_are_read(header: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    """Several challenges, quotes, spaces and letter case are as RFC 9110 has them; nonsense ends the list."""
    assert parse_challenges(header) == tuple(Challenge(scheme, values) for scheme, values in expected)


@pytest.mark.timeout(20)
def test_a_long_challenge_takes_no_time() -> None:
    """A header as long as they get is read in a moment, whatever is in it."""
    for piece in (" ", ",", '"', '\\"', "a=", 'a="', "a ", "=,"):
        parse_challenges("Bearer " + piece * (60_000 // len(piece)))


def test_either_name_of_a_token() -> None:
    """`token` and `access_token` mean the same; null is none."""
    assert read_token(b'{"token": null, "access_token": "x"}') == "x"
    assert read_token(b'{"token": "y", "access_token": "x"}') == "y"
    assert read_token(b'{"token": null}') is None


# Where logins are kept


def write(path: Path, content: object) -> None:
    """Write a JSON file, folders and all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def entry(user: str) -> dict[str, str]:
    """Return an entry of `auths`."""
    return {"auth": basic(user, "pw")[6:]}


def user_of(reference: str, environment: dict[str, str]) -> str | None:
    """Return the user name that would be used."""
    login = find_login(Reference.parse(reference), environment)
    return login.user if login else None


def test_docker_hub_has_a_key_of_its_own(tmp_path: Path) -> None:
    """The login for docker.io stands under its old index address."""
    write(
        tmp_path / ".docker/config.json",
        {"auths": {"https://index.docker.io/v1/": entry("hub"), "ghcr.io": entry("gh")}},
    )
    environment = {"HOME": str(tmp_path)}
    assert user_of("alpine", environment) == "hub"
    assert user_of("docker.io/team/image", environment) == "hub"
    assert user_of("ghcr.io/team/image", environment) == "gh"
    assert user_of("quay.io/team/image", environment) is None
    assert user_of("alpine", {}) is None


def test_old_keys_with_addresses(tmp_path: Path) -> None:
    """A key that is a whole address means its host."""
    write(tmp_path / "config.json", {"auths": {"https://registry.invalid/v1/": entry("old")}})
    assert user_of("registry.invalid/image", {"DOCKER_CONFIG": str(tmp_path)}) == "old"


def test_podman_keeps_logins_for_namespaces(tmp_path: Path) -> None:
    """The longest part of the name that has a login wins, and no login is used outside its namespace."""
    write(
        tmp_path / "auth.json",
        {"auths": {"quay.invalid/team": entry("team"), "quay.invalid/team/secret": entry("secret")}},
    )
    environment = {"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}
    assert user_of("quay.invalid/team/image", environment) == "team"
    assert user_of("quay.invalid/team/secret", environment) == "secret"
    assert user_of("quay.invalid/teamwork/image", environment) is None
    assert user_of("quay.invalid/other/image", environment) is None


def test_the_first_file_with_a_login_wins(tmp_path: Path) -> None:
    """Podman's explicit file, Docker's, then podman's usual places; a file without the host is passed by."""
    places = {
        "explicit/auth.json": "1",
        "docker/config.json": "2",
        "run/containers/auth.json": "3",
        "home/.config/containers/auth.json": "4",
    }
    for place, user in places.items():
        write(tmp_path / place, {"auths": {"registry.invalid": entry(user)}})
    environment = {
        "REGISTRY_AUTH_FILE": str(tmp_path / "explicit/auth.json"),
        "DOCKER_CONFIG": str(tmp_path / "docker"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "HOME": str(tmp_path / "home"),
    }
    for place, user in places.items():
        assert user_of("registry.invalid/image", environment) == user
        write(tmp_path / place, {"auths": {"other.invalid": entry("x")}, "detachKeys": "ctrl-x"})
    assert user_of("registry.invalid/image", environment) is None


@pytest.fixture
def credential_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a credential helper in the path; it answers from files named by server, and keeps what it was asked."""
    program = tmp_path / "bin" / "docker-credential-test"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nread -r server\necho "$1 $server" >> "$HELPER_FOLDER/asked"\n'
        'cat "$HELPER_FOLDER/$(echo "$server" | tr /: __)" 2>/dev/null && exit\n'
        "echo credentials not found in native keychain; exit 1\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return tmp_path / "bin"


def test_a_credential_helper_is_asked(credential_helper: Path, tmp_path: Path) -> None:
    """A helper for the host, or for all hosts, gives user and password or an identity token, or nothing."""
    environment = {"DOCKER_CONFIG": str(tmp_path), "HELPER_FOLDER": str(credential_helper)}
    write(credential_helper / "registry.invalid", {"ServerURL": "x", "Username": "helped", "Secret": "pw"})
    write(credential_helper / "token.invalid", {"ServerURL": "x", "Username": "<token>", "Secret": "refresh"})
    write(credential_helper / "https___index.docker.io_v1_", {"ServerURL": "x", "Username": "hub", "Secret": "pw"})
    write(tmp_path / "config.json", {"credHelpers": {"registry.invalid": "test", "token.invalid": "test"}})
    assert user_of("registry.invalid/image", environment) == "helped"
    assert find_login(Reference.parse("token.invalid/image"), environment) == Login(identity_token="refresh")
    assert user_of("other.invalid/image", environment) is None
    write(tmp_path / "config.json", {"credsStore": "test", "auths": {"file.invalid": entry("file")}})
    assert user_of("alpine", environment) == "hub"
    assert user_of("file.invalid/image", environment) == "file"
    assert "get https://index.docker.io/v1/" in (credential_helper / "asked").read_text()


@pytest.mark.parametrize(
    "content",
    [
        "not json",
        "[1]",
        '{"auths": [1]}',
        '{"auths": {"registry.invalid": "x"}}',
        '{"auths": {"registry.invalid": {"auth": "!"}}}',
        '{"auths": {"registry.invalid": {"auth": "bm8tY29sb24="}}}',
        '{"credsStore": "not-installed-here"}',
        '{"credHelpers": {"registry.invalid": "not-installed-here"}}',
        "[" * 100_000,
    ],
)
def test_logins_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    """A broken configuration is named, rather than being taken for no login."""
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(SourceRefused, match=rf"the logins in {tmp_path}/config.json cannot be used \("):
        find_login(Reference.parse("registry.invalid/image"), {"DOCKER_CONFIG": str(tmp_path)})


def test_a_helper_that_fails(credential_helper: Path, tmp_path: Path) -> None:
    """A helper's failure is told in its words."""
    (credential_helper / "docker-credential-test").write_text("#!/bin/sh\necho the keychain is locked; exit 2\n")
    write(tmp_path / "config.json", {"credsStore": "test"})
    with pytest.raises(SourceRefused, match="the keychain is locked"):
        find_login(Reference.parse("registry.invalid/image"), {"DOCKER_CONFIG": str(tmp_path)})


def test_a_login_is_never_shown() -> None:
    """A login has no representation that a traceback or a log could give away."""
    assert "s3cret" not in repr(Login("me", "s3cret", "s3cret"))
