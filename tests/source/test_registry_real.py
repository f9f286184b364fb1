"""The real thing: Debian's docker-registry, filled by skopeo, through the same source as everything else."""

import base64
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.errors import ImageNotFound, PlatformNotFound, SourceRefused
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests import builders
from tests.engines import Registry, copy_image, free_port, layout_reference, need, running
from tests.source.hostile_registry import Exchange, serving
from tests.source.registry_fixtures import AMD64, a_source, an_image, pull, surroundings_in

pytestmark = pytest.mark.engine

PASSWORD = "correct horse"
PASSWORD_HASH = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    """Give an empty cache."""
    return surroundings_in(tmp_path)


@contextmanager
def counted(host: str) -> Iterator[tuple[str, list[str]]]:
    """Stand before a registry; give the address to use instead, and the requests that came through."""
    with serving() as front:

        def pass_on(exchange: Exchange) -> None:
            names = ("accept", "authorization", "range")
            headers = {name: exchange.seen.headers[name] for name in names if name in exchange.seen.headers}
            request = urllib.request.Request(f"http://{host}{exchange.path}", None, headers, method=exchange.command)
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                with direct.open(request, timeout=30) as answer:
                    kept = {name: value for name, value in answer.headers.items() if name not in ("Date", "Connection")}
                    exchange.answer(answer.status, answer.read(), **kept)
            except urllib.error.HTTPError as err:
                exchange.answer(err.code, err.read(), WWW_Authenticate=err.headers.get("WWW-Authenticate") or "")

        front.on("", pass_on)
        seen: list[str] = []
        yield front.host, seen
        seen += front.paths()


@pytest.mark.parametrize("libc", ["glibc", "musl", "uclibc"])
def test_the_published_busybox_comes_back(
    registry: Registry, shared_layouts: Path, surroundings: Surroundings, libc: str
) -> None:
    """Manifest, configuration and layer are the layout's files, byte for byte."""
    layout = shared_layouts / f"busybox-1.37.0-{libc}"
    opened, layers = pull(a_source(), registry.push_layout(layout, f"busybox/{libc}"), surroundings)
    blobs = {builders.sha256(content): content for content in (path.read_bytes() for path in layout.glob("blobs/*/*"))}
    assert opened.resolved_digest == json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    assert opened.manifest == blobs[opened.resolved_digest or ""]
    assert opened.config in blobs.values()
    assert layers == [blobs[layer.digest or ""] for layer in opened.layers]
    assert opened.warnings == ()


def test_an_unchanged_image_costs_one_head_request(
    registry: Registry, shared_layouts: Path, surroundings: Surroundings
) -> None:
    """The fingerprint is one HEAD, equal to what opening resolves to; the blobs are fetched once."""
    registry.push_layout(shared_layouts / "busybox-1.37.0-musl", "busybox/counted")
    with counted(registry.host) as (host, seen):
        fingerprint = a_source().fingerprint(f"{host}/busybox/counted", AMD64, surroundings)
    assert seen == ["HEAD /v2/busybox/counted/manifests/latest"]
    with counted(registry.host) as (host, seen):
        opened, _ = pull(a_source(), f"{host}/busybox/counted", surroundings)
    assert opened.resolved_digest == fingerprint
    assert [re.sub("sha256:.*", "DIGEST", request) for request in seen] == [
        "GET /v2/busybox/counted/manifests/latest",
        "GET /v2/busybox/counted/blobs/DIGEST",
        "GET /v2/busybox/counted/blobs/DIGEST",
    ]
    with counted(registry.host) as (host, seen):
        pull(a_source(), f"{host}/busybox/counted", surroundings)
    assert len(seen) == 2  # the layer came from the cache


def push(host: str, repository: str, path: str, content: bytes, media_type: str) -> None:
    """Put a manifest, index or blob into a registry."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    address = f"http://{host}/v2/{repository}/{path}"
    method = "PUT"
    if path.startswith("blobs/"):
        start = urllib.request.Request(f"http://{host}/v2/{repository}/blobs/uploads/", b"", method="POST")
        with direct.open(start, timeout=30) as answer:
            location = answer.headers["Location"]
        address = f"{location}{'&' if '?' in location else '?'}digest={path.removeprefix('blobs/')}"
    with direct.open(urllib.request.Request(address, content, {"Content-Type": media_type}, method=method), timeout=30):
        return


def test_a_platform_from_a_real_index(registry: Registry, surroundings: Surroundings) -> None:
    """Both platforms of an index with an attestation come back, each as itself, in OCI's and Docker's words."""
    arm = {"os": "linux", "architecture": "arm64", "variant": "v8"}
    for repository, docker in (("multi/oci", False), ("multi/docker", True)):
        images = [an_image(b"amd64", docker=docker), an_image(b"arm64", docker=docker, platform=arm)]
        for image in images:
            for digest, content in image.blobs.items():
                if content != image.manifest:
                    push(registry.host, repository, f"blobs/{digest}", content, "application/octet-stream")
            push(registry.host, repository, f"manifests/{image.digest}", image.manifest, image.media_type)
        entries = [image.descriptor for image in images]
        kind = builders.OCI_INDEX
        if docker:
            kind = "application/vnd.docker.distribution.manifest.list.v2+json"
        else:
            entries.append(entries[0] | {"platform": {"os": "unknown", "architecture": "unknown"}})
        index = builders.index(entries, mediaType=kind)
        push(registry.host, repository, "manifests/latest", index, kind)
        details = f"{registry.host}/{repository}"
        for image, platform in zip(images, ("linux/amd64", "linux/arm64"), strict=True):
            opened, layers = pull(a_source(), details, surroundings, Platform.parse(platform))
            assert (opened.manifest, layers) == (image.manifest, image.layers)
            assert (opened.resolved_digest, opened.index_size) == (builders.sha256(index), len(index))
            assert list(map(str, opened.platforms)) == ["linux/amd64", "linux/arm64/v8"]
            assert opened.attestation_count == (0 if docker else 1)
            assert opened.warnings == ()
        with pytest.raises(PlatformNotFound, match="offers linux/amd64, linux/arm64/v8"):
            pull(a_source(), details, surroundings, Platform.parse("linux/riscv64"))


def test_what_a_real_registry_does_not_have(
    registry: Registry, shared_layouts: Path, surroundings: Surroundings
) -> None:
    """A missing tag and a missing repository are told apart by the registry's own codes."""
    registry.push_layout(shared_layouts / "busybox-1.37.0-musl", "busybox/here")
    with pytest.raises(ImageNotFound, match="MANIFEST_UNKNOWN"):
        pull(a_source(), f"{registry.host}/busybox/here:gone", surroundings)
    with pytest.raises(ImageNotFound, match="404 Not Found"):
        a_source().fingerprint(f"{registry.host}/no/such", AMD64, surroundings)


def test_a_download_is_continued_at_a_real_registry(
    registry: Registry, shared_layouts: Path, surroundings: Surroundings
) -> None:
    """The registry honours our range requests: the first half from an earlier run, the rest from it."""
    details = registry.push_layout(shared_layouts / "busybox-1.37.0-glibc", "busybox/ranges")
    with a_source().open(details, AMD64, surroundings_in(surroundings.cache_folder / "elsewhere")) as opened:
        (layer,) = opened.layers
        with layer.open() as chunks:
            whole = b"".join(chunks)
    assert layer.digest
    part = surroundings.cache_folder / "blobs" / f"{layer.digest.replace(':', '-')}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(whole[: len(whole) // 2])
    told: list[int] = []
    again = surroundings_in(surroundings.cache_folder.parent, progress=lambda _, done, __: told.append(done))
    assert pull(a_source(), details, again)[1] == [whole]
    assert told[0] > len(whole) // 2


def test_a_real_registry_with_a_password(shared_layouts: Path, surroundings: Surroundings, tmp_path: Path) -> None:
    """Debian's registry with htpasswd: refused without a login, pulled with the one that `docker login` would write."""
    program = need("docker-registry", "docker-registry")
    need("skopeo", "skopeo")
    host = f"127.0.0.1:{free_port()}"
    (tmp_path / "htpasswd").write_text(f"me:{PASSWORD_HASH}\n")
    settings = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": str(tmp_path / "blobs")}},
        "http": {"addr": host},
        "auth": {"htpasswd": {"realm": "test", "path": str(tmp_path / "htpasswd")}},
    }
    (tmp_path / "config.yml").write_text(json.dumps(settings))

    def answers() -> bool:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            direct.open(f"http://{host}/v2/", timeout=5)
        except urllib.error.HTTPError as err:
            return err.code == 401
        except OSError:
            return False
        return False

    with running("docker-registry-auth", [program, "serve", tmp_path / "config.yml"], tmp_path, answers):
        layout = shared_layouts / "busybox-1.37.0-musl"
        options = ("--dest-tls-verify=false", "--preserve-digests", "--dest-creds", f"me:{PASSWORD}")
        copy_image(layout_reference(layout), f"docker://{host}/private:latest", *options)
        with pytest.raises(SourceRefused, match="none is configured"):
            pull(a_source(), f"{host}/private", surroundings)
        for password, works in ((PASSWORD, True), ("wrong", False)):
            login = {"auths": {host: {"auth": base64.b64encode(f"me:{password}".encode()).decode()}}}
            (tmp_path / "config.json").write_text(json.dumps(login))
            with_login = surroundings_in(tmp_path, environment={"DOCKER_CONFIG": str(tmp_path)})
            if works:
                assert len(pull(a_source(), f"{host}/private", with_login)[1]) == 1
            else:
                with pytest.raises(SourceRefused, match="401 Unauthorized: UNAUTHORIZED"):
                    pull(a_source(), f"{host}/private", with_login)
