"""Registries that misbehave on the wire: redirects, errors, rate limits, broken and slow answers, proxies."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from urllib3.util import parse_url

from generator.blob.cache import BlobCache
from generator.errors import (
    DigestMismatch,
    ImageNotFound,
    SizeMismatch,
    SourceError,
    SourceRefused,
    SourceUnreachable,
    UnsafeAddress,
)
from generator.oci.digest import parse_digest
from generator.source.base import Surroundings
from generator.source.registry_address import scope_of
from generator.source.registry_proxy import proxy_of
from tests import builders
from tests.engines import need
from tests.source import hostile_registry as hostile
from tests.source.hostile_registry import HostileRegistry, redirects, says, serving
from tests.source.registry_fixtures import AMD64, Waits, a_source, an_image, cached, names, pull, surroundings_in

IMAGE = an_image(b"layer content " * 5000)
LAYER = IMAGE.layers[0]
LAYER_DIGEST = builders.sha256(LAYER)
LAYER_PATH = f"GET .*/blobs/{LAYER_DIGEST}"
HEAD_OF_LAYER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LAYER)


@pytest.fixture
def registry() -> Iterator[HostileRegistry]:
    """Give a registry with one image."""
    with serving(IMAGE) as registry:
        yield registry


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    """Give an empty cache."""
    return surroundings_in(tmp_path)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a self-signed certificate for registry.invalid and auth.invalid, with its key, in one file."""
    openssl = need("openssl", "openssl")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    names = "subjectAltName=DNS:registry.invalid,DNS:auth.invalid"
    request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command = [openssl, *request, "-subj", "/CN=test", "-addext", names, "-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


# Redirects


def test_a_redirect_is_followed_without_credentials(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A layer may lie on another server, which gets neither the login nor a cookie; the way back gets neither."""
    surroundings.environment.update(login_for(registry.host, surroundings.cache_folder))
    with serving(IMAGE, address="127.0.0.2") as storage:
        registry.on("/back/", registry.honest)
        registry.on(LAYER_PATH, redirects(f"http://{storage.host}/there{{path}}"))
        registry.on("GET", hostile.asks_for_login('Basic realm="x"', [BASIC]))
        storage.on("GET", redirects(f"http://{registry.host}/back{{path}}"))
        assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
        there, back = registry.seen[-2:]
        assert there.headers["authorization"] == BASIC
        assert "authorization" not in storage.seen[0].headers
        assert back.path.startswith("/back/there/") and "authorization" not in back.headers


BASIC = "Basic dXNlcjpzZWNyZXQ="  # user:secret


def login_for(host: str, folder: Path) -> dict[str, str]:
    """Write a Docker configuration with a login; return the environment that names it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": BASIC[6:]}}}))
    return {"DOCKER_CONFIG": str(folder)}


def test_a_redirect_within_the_registry_keeps_the_login(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """The same scheme, host and port are the registry itself, relative addresses included."""
    surroundings.environment.update(login_for(registry.host, surroundings.cache_folder))
    registry.on("GET /v2/moved", hostile.asks_for_login('Basic realm="x"', [BASIC]))
    registry.on("GET /v2/image/", redirects("/v2/moved{path}"))
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
    assert registry.seen[-1].headers["authorization"] == BASIC


def test_a_redirect_loop_ends(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Ten hops are followed, and then no more."""
    registry.on("manifests", redirects("{path}"))
    with pytest.raises(SourceRefused, match="more than 10 redirects"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.seen) == 11


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://127.0.0.1/x", "only http and https"),
        ("gopher://127.0.0.1:6379/_x", "only http and https"),
        ("http://user:secret@127.0.0.1/x", "carries a user name"),
        ("http://[::1", "not an address"),
        ("https://169.254.169.254/latest/meta-data", "a link-local address"),
        ("https://[fe80::1]/x", "a link-local address"),
        ("https://10.1.2.3/x", "a private address"),
        ("https://192.168.0.1/x", "a private address"),
        ("https://100.64.0.1/x", "a private address"),
        ("https://[fd00::1]/x", "a private address"),
        ("https://internal.invalid/x", r"internal.invalid \(10.9.9.9\): a private address"),
        ("http://internal.invalid/x", "another host, without TLS"),
        ("http://203.0.114.1/x", "another host, without TLS"),
    ],
)
def test_where_no_redirect_leads(
    registry: HostileRegistry, surroundings: Surroundings, location: str, reason: str
) -> None:
    """Other schemes, other kinds of addresses than the registry's own, and names that mean them, are refused."""
    registry.on(LAYER_PATH, redirects(location))
    source = a_source(network=names({"internal.invalid": "10.9.9.9"}))
    with pytest.raises(UnsafeAddress, match=reason) as caught:
        pull(source, f"{registry.host}/image", surroundings)
    assert "secret" not in str(caught.value)
    assert len(registry.paths(LAYER_PATH)) == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0.0.0.0", "[::ffff:127.0.0.1]", "canary.invalid"]
)
def test_a_public_registry_cannot_send_us_to_ourselves(surroundings: Surroundings, host: str) -> None:
    """However loopback is spelled, a server there never hears of us when the registry is somewhere else."""
    network = names({"canary.invalid": "127.0.0.1"}, {"127.0.0.2": "public"})
    with serving(IMAGE, address="127.0.0.2") as public, serving(IMAGE) as canary:
        public.on(LAYER_PATH, redirects(f"http://{host}:{canary.port}/x"))
        surroundings = surroundings_in(surroundings.cache_folder, plain_http_hosts=frozenset({host}))
        with pytest.raises((UnsafeAddress, SourceUnreachable)):
            pull(a_source(network=network), f"{public.host}/image", surroundings)
        assert canary.seen == []


def test_a_name_cannot_change_its_mind(surroundings: Surroundings) -> None:
    """The address that was judged is the one that is connected to: a name is resolved once for both."""
    answers = iter(["127.0.0.2", "127.0.0.2", "127.0.0.1", "127.0.0.1"])
    resolved = names({}, {"127.0.0.2": "public"})

    def rebinding(host: str, port: int) -> tuple[str, ...]:
        return (next(answers),) if host == "rebinding.invalid" else resolved.resolve(host, port)

    network = type(resolved)(rebinding, resolved.scope_of)
    with serving(IMAGE, address="127.0.0.2") as public, serving(IMAGE) as canary:
        public.on("manifests", says(200, IMAGE.manifest, Content_Type=IMAGE.media_type, Connection="close"))
        surroundings = surroundings_in(surroundings.cache_folder, plain_http_hosts=frozenset({"rebinding.invalid"}))
        with pytest.raises(UnsafeAddress, match=r"rebinding.invalid \(127.0.0.1\): a loopback address"):
            pull(a_source(network=network), f"rebinding.invalid:{public.port}/image", surroundings)
        assert canary.seen == []
        assert public.paths() == ["GET /v2/image/manifests/latest"]


@pytest.mark.parametrize(
    ("address", "scope"),
    [
        ("8.8.8.8", "public"),
        ("2606:4700::1", "public"),
        ("127.9.9.9", "loopback"),
        ("::1", "loopback"),
        ("::", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("64:ff9b::7f00:1", "loopback"),
        ("2002:7f00:1::", "loopback"),
        ("172.31.0.1", "private"),
        ("224.0.0.1", "private"),
        ("255.255.255.255", "private"),
        ("fe80::1%2", "link-local"),
    ],
)
def test_how_far_an_address_reaches(address: str, scope: str) -> None:
    """IPv4 inside IPv6 counts as itself, and only what is reachable from everywhere is public."""
    assert scope_of(address) == scope


def test_https_never_leads_to_http(surroundings: Surroundings, certificate: Path) -> None:
    """Neither a redirect nor a token realm of a registry with TLS may leave TLS."""
    environment = {"SSL_CERT_FILE": f"{certificate}.crt"}
    network = names({"registry.invalid": "127.0.0.1", "auth.invalid": "127.0.0.1"})
    surroundings = surroundings_in(surroundings.cache_folder, environment=environment)
    with serving(IMAGE, certificate=certificate) as registry, serving(IMAGE) as plain:
        details = f"registry.invalid:{registry.port}/image"
        assert pull(a_source(network=network), details, surroundings)[1] == [LAYER]
        registry.on("blobs", redirects(f"http://{plain.host}{{path}}"))
        with pytest.raises(UnsafeAddress, match="leads from https to http"):
            pull(a_source(network=network), details, surroundings)
        registry.on("blobs", redirects(f"https://registry.invalid:{registry.port}{{path}}"), times=1)
        registry._rules.clear()
        registry.on("", says(401, WWW_Authenticate=f'Bearer realm="http://{plain.host}/token"'))
        with pytest.raises(UnsafeAddress, match="leads from https to http"):
            pull(a_source(network=network), details, surroundings)
        assert plain.seen == []


def test_a_realm_on_another_host_needs_tls(
    surroundings: Surroundings, certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Over TLS a realm may be another host, as Docker Hub's is; the log says which host gets the password."""
    caplog.set_level("INFO")
    network = names({"registry.invalid": "127.0.0.1", "auth.invalid": "127.0.0.1"})
    with serving(IMAGE, certificate=certificate) as registry, serving(certificate=certificate) as realm:
        realm.on("/token", says(200, b'{"token": "t0ken"}'))
        challenge = f'Bearer realm="https://auth.invalid:{realm.port}/token"'
        registry.on("", hostile.asks_for_login(challenge, ["Bearer t0ken"]))
        host = f"registry.invalid:{registry.port}"
        environment = {"SSL_CERT_FILE": f"{certificate}.crt"} | login_for(host, surroundings.cache_folder)
        surroundings = surroundings_in(surroundings.cache_folder, environment=environment)
        assert pull(a_source(network=network), f"{host}/image", surroundings)[1] == [LAYER]
        assert realm.seen[0].headers["authorization"] == BASIC
        assert f"{host}: the login goes to auth.invalid:{realm.port}" in caplog.text


def test_tls_is_the_rule_and_certificates_are_checked(surroundings: Surroundings, certificate: Path) -> None:
    """A host that is neither loopback nor named as plain is spoken to over TLS, and must prove who it is."""
    waits = Waits()
    source = a_source(waits, network=names({"registry.invalid": "127.0.0.1"}))
    with serving(IMAGE) as plain, pytest.raises(SourceUnreachable, match="TLS: "):
        pull(source, f"registry.invalid:{plain.port}/image", surroundings)
    assert plain.seen == []
    with serving(IMAGE, certificate=certificate) as registry, pytest.raises(SourceUnreachable) as caught:
        pull(source, f"registry.invalid:{registry.port}/image", surroundings)
    assert "certificate refused: self" in str(caught.value)
    assert not caught.value.temporary and waits.seconds == []


# Errors, and trying again


def test_a_server_error_is_tried_again(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Two failures of each request are survived, with longer waits each time."""
    for pattern in ("manifests", builders.sha256(IMAGE.config), LAYER_PATH):
        registry.on(pattern, says(500, b"oops"), times=1)
        registry.on(pattern, says(503), times=1)
    waits = Waits()
    assert pull(a_source(waits), f"{registry.host}/image", surroundings)[1] == [LAYER]
    assert waits.seconds == [1, 2] * 3


def test_a_server_error_that_stays(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Three tries, and the error says what the server said, escaped, and that it may pass."""
    registry.on("manifests", says(500, b"\x1b]0;oops\x07 <b>bold</b>"))
    with pytest.raises(SourceRefused) as caught:
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert r"manifest latest: 500 Internal Server Error: \x1b]0;oops\x07 <b>bold</b>" in str(caught.value)
    assert caught.value.temporary
    assert len(registry.seen) == 3


def test_a_long_error_is_shortened(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A megabyte of error page makes a short sentence."""
    registry.on("manifests", says(403, b"<html>" + b"x" * 1_000_000))
    with pytest.raises(SourceRefused, match="403 Forbidden: <html>x") as caught:
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(str(caught.value)) < 700
    assert not caught.value.temporary


@pytest.mark.parametrize("asked", ["2", "Tue, 24 Nov 2026 10:00:02 GMT"], ids=["seconds", "date"])
def test_a_rate_limit_is_waited_for(registry: HostileRegistry, surroundings: Surroundings, asked: str) -> None:
    """Retry-After is honoured, as seconds or as a date by the server's own clock."""

    def limit(exchange: hostile.Exchange) -> None:
        exchange.raw(
            b"HTTP/1.1 429 Too Many Requests\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\n"
            b"Connection: close\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n" % asked.encode()
        )

    registry.on("manifests", limit, times=2)
    waits = Waits()
    assert pull(a_source(waits), f"{registry.host}/image", surroundings)[1] == [LAYER]
    assert waits.seconds == [2, 2]


def test_a_rate_limit_of_a_day_is_not_waited_for(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """More than a minute is for the next build; the error quotes the header."""
    registry.on("manifests", says(429, b'{"errors":[{"code":"TOOMANYREQUESTS"}]}', Retry_After="86400"))
    waits = Waits()
    with pytest.raises(SourceRefused, match=r"429.*TOOMANYREQUESTS \(Retry-After: 86400\)") as caught:
        pull(a_source(waits), f"{registry.host}/image", surroundings)
    assert caught.value.temporary and waits.seconds == [] and len(registry.seen) == 1


def test_a_rate_limit_that_stays(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A limit that is renewed each time ends after three tries."""
    registry.on("manifests", says(429, Retry_After="60"))
    waits = Waits()
    with pytest.raises(SourceRefused, match="Retry-After: 60"):
        pull(a_source(waits), f"{registry.host}/image", surroundings)
    assert waits.seconds == [60, 60]


def test_what_is_not_there(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """404 is the image missing, not the registry; it is asked about once, and the code is told."""
    with pytest.raises(ImageNotFound, match="manifest gone: 404 Not Found: MANIFEST_UNKNOWN: not here") as caught:
        pull(a_source(), f"{registry.host}/image:gone", surroundings)
    assert not caught.value.temporary and len(registry.seen) == 1
    registry.on(LAYER_PATH, says(404))
    with pytest.raises(ImageNotFound, match=f"blob {LAYER_DIGEST}: 404"):
        pull(a_source(), f"{registry.host}/image", surroundings)


def test_nobody_answers(surroundings: Surroundings) -> None:
    """A closed port and an unknown name are the registry not being reached, in words that stay the same."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    waits = Waits()
    with pytest.raises(SourceUnreachable, match=f"cannot be reached: 127.0.0.1:{port}: Connection refused$") as caught:
        pull(a_source(waits), f"127.0.0.1:{port}/image", surroundings)
    assert caught.value.temporary and len(waits.seconds) == 2

    def nothing(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    waits = Waits()
    source = a_source(waits, network=type(names({}))(nothing, scope_of))
    with pytest.raises(SourceUnreachable, match=r"registry.invalid: its name cannot be resolved") as caught:
        pull(source, "registry.invalid/image", surroundings)
    assert caught.value.temporary and waits.seconds == []


# Broken answers


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "Remote end closed connection without response"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0"),
        (b"HTTP/1.1 abc\r\n\r\n", "abc"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "header line|65536"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "100 headers"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "IncompleteRead|broken"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "zz|broken|IncompleteRead"),
    ],
    ids=["nothing", "ssh", "status", "long header", "many headers", "cut", "bad chunk"],
)
def test_what_is_not_http(registry: HostileRegistry, surroundings: Surroundings, answer: bytes, reason: str) -> None:
    """Any bytes in an answer's place end in a typed error after three tries."""
    registry.on("manifests", hostile.says_raw(answer))
    with pytest.raises(SourceUnreachable, match=reason) as caught:
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert caught.value.temporary and len(registry.seen) == 3


def test_odd_headers_raise_no_warning(
    registry: HostileRegistry, surroundings: Surroundings, caplog: pytest.LogCaptureFixture
) -> None:
    """Headers that break their grammar leave no traceback in the log."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nbroken header\r\n\x80: \xff\r\n\r\n" % len(IMAGE.manifest)
    registry.on("manifests", hostile.says_raw(head + IMAGE.manifest))
    pull_or_refuse(registry, surroundings)
    assert caplog.text == ""


def pull_or_refuse(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Pull; a SourceError is as good as an image."""
    try:
        pull(a_source(), f"{registry.host}/image", surroundings)
    except SourceError:
        return


# Slow answers


def test_a_byte_a_second_is_too_slow_for_a_layer(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A server that always sends a little is never silent; the least rate catches it."""
    registry.on(LAYER_PATH, hostile.trickles(HEAD_OF_LAYER, LAYER, 0.05))
    source = a_source(rate_seconds=0.3, silence_seconds=5)
    with pytest.raises(SourceUnreachable, match=r"too slowly \(under 1000 bytes/s\)") as caught:
        pull(source, f"{registry.host}/image", surroundings)
    assert caught.value.temporary
    assert cached(surroundings) == {}


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n"], ids=["status line", "headers"])
def test_headers_byte_by_byte(registry: HostileRegistry, surroundings: Surroundings, start: bytes) -> None:
    """The headers as a whole have a time, and headers cut short by it are not taken for whole ones."""
    registry.on("manifests", hostile.trickles(start, b"X-Header: more and more and more\r\n" * 9, 0.05))
    source = a_source(headers_seconds=0.3, silence_seconds=5, tries=1)
    with pytest.raises(SourceUnreachable, match="has stopped answering"):
        pull(source, f"{registry.host}/image", surroundings)


def test_endless_interim_answers(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """100 Continue, again and again, is no answer."""
    registry.on("manifests", hostile.trickles(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40, 0.001))
    source = a_source(headers_seconds=0.3, tries=1)
    with pytest.raises(SourceUnreachable, match="has stopped answering"):
        pull(source, f"{registry.host}/image", surroundings)


def test_a_document_has_its_time(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A manifest that comes byte by byte ends at the time for documents."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(IMAGE.manifest)
    registry.on("manifests", hostile.trickles(head, IMAGE.manifest, 0.05))
    with pytest.raises(SourceUnreachable, match="the answer takes too long"):
        pull(a_source(document_seconds=0.3, tries=1), f"{registry.host}/image", surroundings)


@pytest.mark.parametrize("head", [b"", HEAD_OF_LAYER + b"x"], ids=["no headers", "no body"])
def test_silence_ends(registry: HostileRegistry, surroundings: Surroundings, head: bytes) -> None:
    """A server that accepts and says nothing more is given up."""
    registry.on(LAYER_PATH, hostile.stalls(head))
    with pytest.raises(SourceUnreachable, match="has stopped answering"):
        pull(a_source(silence_seconds=0.3, tries=1), f"{registry.host}/image", surroundings)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10240\r\n\r\nx"], ids=["no headers", "no body"]
)
def test_leaving_ends_what_is_under_way(registry: HostileRegistry, surroundings: Surroundings, head: bytes) -> None:
    """When the image is not wanted any longer, a download that stalls does not hold anybody up."""
    image = an_image(b"x", layers=9)
    registry.put(image)
    for layer in image.layers:
        registry.on(builders.sha256(layer), hostile.stalls(head))
    with a_source(silence_seconds=300, headers_seconds=300).open(f"{registry.host}/image", AMD64, surroundings):
        while len(registry.paths("blobs")) < 4:
            registry.stopping.wait(0.02)
    assert len(registry.paths("blobs")) == 4  # the configuration and the three that were under way


@pytest.mark.timeout(30)
def test_leaving_does_not_wait_for_another_process(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Somebody else who collects the same blob, and never ends, holds nobody up either."""
    cache = BlobCache(surroundings.cache_folder / "blobs", 10**9)
    with (
        cache.receiving(parse_digest(LAYER_DIGEST)) as partial,
        a_source().open(f"{registry.host}/image", AMD64, surroundings),
    ):
        registry.stopping.wait(0.3)
    assert partial and partial.size == 0
    assert not registry.paths(LAYER_PATH)


# Layers that are cut, too long, too short, or others


def test_a_cut_download_goes_on(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A layer that is cut twice is continued where it stopped, and nothing is fetched twice."""
    third = len(LAYER) // 3
    registry.on(LAYER_PATH, hostile.cuts(LAYER, third), times=2)
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
    ranges = [seen.headers.get("range") for seen in registry.seen if LAYER_DIGEST in seen.path]
    assert ranges == [None, f"bytes={third}-", f"bytes={2 * third}-"]


def test_a_download_goes_on_in_the_next_build(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """What a failed download brought is kept aside and continued later, and is never shown as a blob."""
    registry.on(LAYER_PATH, hostile.cuts(LAYER, 1000), times=1)
    with pytest.raises(SourceUnreachable):
        pull(a_source(tries=1), f"{registry.host}/image", surroundings)
    assert cached(surroundings) == {}
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
    assert registry.seen[-1].headers["range"] == "bytes=1000-"
    assert cached(surroundings) == {LAYER_DIGEST: LAYER}


def test_many_cuts_of_a_large_layer(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A line that breaks after every tenth is good enough, one that brings nothing is not."""
    registry.on(LAYER_PATH, hostile.cuts(LAYER, len(LAYER) // 10), times=9)
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
    registry.seen.clear()
    other = an_image(b"other " * 5000)
    registry.put(other)
    registry.on(builders.sha256(other.layers[0]), hostile.cuts(other.layers[0], 10))
    with pytest.raises(SourceUnreachable):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.paths(builders.sha256(other.layers[0]))) == 3


def test_a_registry_that_knows_no_ranges(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """200 to a range request starts from the beginning."""
    registry.on(LAYER_PATH, hostile.cuts(LAYER, 1000), times=1)
    registry.on(LAYER_PATH, says(200, LAYER))
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]


@pytest.mark.parametrize(
    "answer",
    [
        says(206, LAYER[1000:], Content_Range=f"bytes 0-{len(LAYER) - 1}/{len(LAYER)}"),
        says(206, LAYER[1000:], Content_Range=f"bytes 1000-{len(LAYER) - 1}/{len(LAYER) + 7}"),
        says(206, LAYER[1000:], Content_Range="bytes 1000-99999999999999999999/*"),
        says(206, LAYER[1000:]),
        says(416, b"no"),
    ],
    ids=["other start", "other size", "beyond the end", "no range", "416"],
)
def test_a_range_that_was_not_asked_for(
    registry: HostileRegistry, surroundings: Surroundings, answer: hostile.Action
) -> None:
    """A range that does not fit is thrown away with what it should have continued; then all is fetched."""
    registry.on(LAYER_PATH, hostile.cuts(LAYER, 1000), times=1)
    registry.on(LAYER_PATH, answer, times=1)
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
    assert "range" not in registry.seen[-1].headers


def test_a_range_in_pieces(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A server may give less than it was asked for, and is asked on."""
    there = f"bytes 1000-1999/{len(LAYER)}"
    registry.on(LAYER_PATH, hostile.cuts(LAYER, 1000), times=1)
    registry.on(LAYER_PATH, says(206, LAYER[1000:2000], Content_Range=there), times=1)
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
    assert registry.seen[-1].headers["range"] == "bytes=2000-"


def test_a_start_that_was_poisoned(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Wrong bytes left by another registry cost one more download, not the image."""
    registry.on(LAYER_PATH, hostile.cuts(b"\0" * len(LAYER), 1000), times=1)
    with pytest.raises(SourceUnreachable):
        pull(a_source(tries=1), f"{registry.host}/image", surroundings)
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
    assert [seen.headers.get("range") for seen in registry.seen if LAYER_DIGEST in seen.path][1:] == [
        "bytes=1000-",
        None,
    ]


def test_pieces_that_never_fit_end(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A registry that cuts wrong bytes each time is not asked forever."""
    registry.on(LAYER_PATH, hostile.cuts(b"\0" * len(LAYER), len(LAYER) // 2 + 1))
    with pytest.raises(DigestMismatch):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.paths(LAYER_PATH)) <= 4


def test_a_cut_in_chunks(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A chunked answer without its last chunk is a cut, not an end."""
    registry.on(LAYER_PATH, hostile.chunked(LAYER[:3000], cut=True), times=1)
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
    assert registry.seen[-1].headers["range"] == "bytes=3000-"


def test_an_end_that_is_not_marked(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """An answer that just ends, without a length, may have been cut and is continued."""
    registry.on(LAYER_PATH, hostile.says_raw(b"HTTP/1.1 200 OK\r\n\r\n" + LAYER[:3000]), times=1)
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]
    assert registry.seen[-1].headers["range"] == "bytes=3000-"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (says(200, LAYER + b"x"), SizeMismatch),
        (says(200, LAYER[:-1]), SizeMismatch),
        (says(200), SizeMismatch),
        (hostile.chunked(LAYER + b"x" * 100_000), SizeMismatch),
        (hostile.chunked(LAYER[:-1]), SizeMismatch),
        (hostile.says_raw(b"HTTP/1.1 200 OK\r\n\r\n" + LAYER + b"x"), SizeMismatch),
        (says(200, LAYER[:-1] + b"x"), DigestMismatch),
        (says(200, b"<html>" + LAYER[6:], Content_Type="text/html"), DigestMismatch),
    ],
    ids=["longer", "shorter", "empty", "longer in chunks", "shorter in chunks", "longer unmarked", "byte", "html"],
)
def test_another_layer_than_promised(
    registry: HostileRegistry, surroundings: Surroundings, answer: hostile.Action, error: type[Exception]
) -> None:
    """A layer of another size or digest is refused at once, names what was expected, and never gets into the cache."""
    registry.on(LAYER_PATH, answer)
    with pytest.raises(error, match=f"image: layer 0 \\({LAYER_DIGEST}\\): .*(expected|{len(LAYER)} bytes, got)"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.paths(LAYER_PATH)) == 1
    assert cached(surroundings) == {}
    registry._rules.clear()
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_descriptor_of_another_size(registry: HostileRegistry, surroundings: Surroundings, difference: int) -> None:
    """A descriptor that is one byte off is refused, although the blob's digest is right."""
    size = len(LAYER) + difference
    manifest = IMAGE.manifest.replace(b'"size": %d' % len(LAYER), b'"size": %d' % size)
    registry.put_manifest(manifest, IMAGE.media_type, "latest")
    with pytest.raises(SizeMismatch, match=f"the descriptor says {size} bytes, got {len(LAYER)}"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert cached(surroundings) == {}


def test_a_longer_answer_is_not_read_on(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """An answer without an end is left one read after the promised size."""
    written = 0

    def endless(exchange: hostile.Exchange) -> None:
        nonlocal written
        exchange.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not exchange.registry.stopping.is_set():
            exchange.wfile.write(b"x" * 100_000)
            written += 100_000

    registry.on(LAYER_PATH, endless)
    with pytest.raises(SizeMismatch):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert written < 50_000_000


def test_a_copy_that_rots_is_fetched_anew(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """When the cached file is no longer what it was, the reader's error says so and the next pull is whole again."""
    pull(a_source(), f"{registry.host}/image", surroundings)
    path = surroundings.cache_folder / "blobs" / LAYER_DIGEST.replace(":", "-")
    path.write_bytes(LAYER[:-1] + b"x")
    with (
        a_source().open(f"{registry.host}/image", AMD64, surroundings) as opened,
        pytest.raises(SourceError, match="damaged on the disk, and has been removed") as caught,
        opened.layers[0].open(),
    ):
        raise DigestMismatch(blob="layer 0", expected="one", got="another")
    assert caught.value.temporary
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [LAYER]


def test_a_full_disk_is_told(registry: HostileRegistry, tmp_path: Path) -> None:
    """A cache folder that cannot be written is a typed error, not a traceback."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SourceError, match=r"blob cache .*: Not a directory"):
        pull(a_source(), f"{registry.host}/image", surroundings_in(tmp_path / "file"))


# Proxies


def test_a_proxy_is_used_and_loopback_never_goes_through_it(registry: HostileRegistry, tmp_path: Path) -> None:
    """The environment's proxy gets requests for hosts elsewhere, with the proxy's own login, and none for loopback."""
    plain = frozenset({"registry.invalid"})
    with serving(IMAGE) as proxy:
        environment = {"HTTP_PROXY": f"http://me:pass@{proxy.host}", "no_proxy": "other.invalid"}
        surroundings = surroundings_in(tmp_path, environment=environment, plain_http_hosts=plain)
        assert pull(a_source(), "registry.invalid/image", surroundings)[1] == [LAYER]
        assert proxy.paths()[0] == "GET http://registry.invalid/v2/image/manifests/latest"
        assert proxy.seen[0].headers["proxy-authorization"] == "Basic bWU6cGFzcw=="
        proxy.seen.clear()
        pull(a_source(), f"{registry.host}/image", surroundings)
        assert registry.seen and not proxy.seen


def test_a_proxy_is_asked_for_a_tunnel(tmp_path: Path) -> None:
    """TLS goes through CONNECT, and a proxy that refuses is named."""
    with serving() as proxy:
        surroundings = surroundings_in(tmp_path, environment={"https_proxy": proxy.host})
        with pytest.raises(SourceUnreachable, match="Tunnel connection failed: 404"):
            pull(a_source(tries=1), "registry.invalid/image", surroundings)
        assert proxy.paths() == ["CONNECT registry.invalid:443"]


def test_a_redirect_behind_a_proxy_is_judged_too(tmp_path: Path) -> None:
    """A proxy is not asked for addresses that may not be followed."""
    with serving(IMAGE) as proxy:
        proxy.on(LAYER_PATH, redirects("http://169.254.169.254/x"))
        surroundings = surroundings_in(
            tmp_path,
            environment={"HTTP_PROXY": f"http://{proxy.host}"},
            plain_http_hosts=frozenset({"registry.invalid", "169.254.169.254"}),
        )
        with pytest.raises(UnsafeAddress, match="a link-local address"):
            pull(a_source(), "registry.invalid/image", surroundings)
        assert not proxy.paths("169.254")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://[", "nonsense://x"])
def test_a_proxy_that_cannot_be_used(tmp_path: Path, proxy: str) -> None:
    """A proxy setting that means nothing to us is a typed error."""
    with pytest.raises(SourceUnreachable, match="the proxy in the environment"):
        pull(a_source(), "registry.invalid/image", surroundings_in(tmp_path, environment={"ALL_PROXY": proxy}))


@pytest.mark.parametrize(
    ("no_proxy", "address", "proxied"),
    [
        ("", "https://a.example", True),
        ("*", "https://a.example", False),
        ("example", "https://a.example", False),
        (".example", "https://a.example", False),
        (" other , A.Example ", "https://a.example", False),
        ("ample", "https://a.example", True),
        ("a.example:8443", "https://a.example", True),
        ("a.example:8443", "https://a.example:8443", False),
        ("10.0.0.0/8", "https://10.1.2.3", False),
        ("10.0.0.0/8", "https://11.1.2.3", True),
        ("", "http://127.0.0.9:5000", False),
        ("", "http://localhost:5000", False),
        ("", "http://[::1]:5000", False),
    ],
)
def test_what_goes_through_the_proxy(no_proxy: str, address: str, proxied: bool) -> None:
    """NO_PROXY lists domains with their subdomains, addresses and networks."""
    environment = {"ALL_PROXY": "http://proxy.invalid", "NO_PROXY": no_proxy}
    assert proxy_of(parse_url(address), environment) == ("http://proxy.invalid" if proxied else None)
