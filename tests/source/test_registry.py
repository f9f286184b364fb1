"""Finding an image at a registry: references, indexes, platforms, and what its documents must be to be believed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.errors import (
    DigestMismatch,
    ImageNotFound,
    InvalidDocument,
    InvalidReference,
    LayerNotAvailable,
    LimitExceeded,
    NotAnImage,
    PlatformNotFound,
    SizeMismatch,
    SourceRefused,
)
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests import builders
from tests.source.hostile_registry import Exchange, HostileRegistry, chunked, says, serving
from tests.source.registry_fixtures import AMD64, a_source, an_image, cached, pull, surroundings_in

ARM64 = {"os": "linux", "architecture": "arm64", "variant": "v8"}


@pytest.fixture
def registry() -> Iterator[HostileRegistry]:
    """Give an empty registry."""
    with serving() as registry:
        yield registry


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    """Give an empty cache."""
    return surroundings_in(tmp_path)


def put_index(
    registry: HostileRegistry, entries: list[dict[str, Any]], tag: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Put an index into the registry; return its descriptor."""
    content = builders.index(entries, **fields)
    digest = registry.put_manifest(content, builders.OCI_INDEX, tag)
    return {"mediaType": builders.OCI_INDEX, "digest": digest, "size": len(content)}


# What is asked


@pytest.mark.parametrize("docker", [False, True], ids=["oci", "docker-schema-2"])
def test_an_image_is_fetched_whole(registry: HostileRegistry, surroundings: Surroundings, docker: bool) -> None:
    """Manifest, configuration and layers are the registry's bytes, and every request but the first names a digest."""
    image = an_image(layers=2, docker=docker)
    registry.put(image)
    opened, layers = pull(a_source(), f"{registry.host}/team/image", surroundings)
    assert (opened.manifest, opened.config, layers) == (image.manifest, image.config, image.layers)
    assert opened.manifest_media_type == image.media_type
    assert (opened.resolved_digest, opened.index_size, opened.platforms) == (image.digest, None, ())
    assert (opened.source, opened.warnings) == (f"registry:{registry.host}/team/image", ())
    assert [layer.size for layer in opened.layers] == [len(layer) for layer in image.layers]
    paths = [seen.path for seen in registry.seen]
    assert paths[0] == "/v2/team/image/manifests/latest"
    assert all("sha256:" in path for path in paths[1:])
    assert len(paths) == 4


def test_requests_say_who_asks_and_want_raw_bytes(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Every request names the program, asks for bytes as they are, and sends no cookie that it was given."""
    image = an_image()
    registry.put(image)
    content = image.manifest
    registry.on("manifests", says(200, content, Content_Type=image.media_type, Set_Cookie="track=me"), times=1)
    pull(a_source(), f"{registry.host}/image", surroundings)
    for seen in registry.seen:
        assert seen.headers["user-agent"].startswith("basedex/")
        assert seen.headers["accept-encoding"] == "identity"
        assert "cookie" not in seen.headers and "authorization" not in seen.headers
    assert builders.OCI_INDEX in registry.seen[0].headers["accept"]


@pytest.mark.parametrize("details", ["", "host/UPPER", "host/image:bad tag", "image@sha256:12", "http://host/image"])
def test_what_is_no_reference_is_the_callers_mistake(details: str) -> None:
    """A reference that breaks the grammar is refused before anything is asked."""
    with pytest.raises(InvalidReference):
        a_source().check(details)


def test_a_tag_that_moves_changes_nothing(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """The tag is asked about once; the image is the one it pointed at then."""
    old, new = an_image(b"old"), an_image(b"new")
    registry.put(old, new)
    registry.put(old)

    def answer_and_move(exchange: Exchange) -> None:
        registry.honest(exchange)
        registry.put(new)

    registry.on("manifests/latest", answer_and_move)
    opened, layers = pull(a_source(), f"{registry.host}/image", surroundings)
    assert (opened.manifest, layers) == (old.manifest, old.layers)
    assert len(registry.paths("manifests/latest")) == 1


def test_a_reference_with_a_digest_never_asks_for_the_tag(
    registry: HostileRegistry, surroundings: Surroundings
) -> None:
    """With tag and digest the digest decides, and its fingerprint costs no request."""
    old, new = an_image(b"old"), an_image(b"new")
    registry.put(old, new)
    details = f"{registry.host}/image:latest@{old.digest}"
    assert a_source().fingerprint(details, AMD64, surroundings) == old.digest
    assert not registry.seen
    assert pull(a_source(), details, surroundings)[0].manifest == old.manifest
    assert not registry.paths("latest")


# Fingerprints


def test_a_fingerprint_costs_one_head_request(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """The fingerprint is the digest the tag points at, learned by one HEAD; it changes with the tag."""
    old, new = an_image(b"old"), an_image(b"new")
    registry.put(old)
    details = f"{registry.host}/image"
    assert a_source().fingerprint(details, AMD64, surroundings) == old.digest
    assert registry.paths() == ["HEAD /v2/image/manifests/latest"]
    registry.put(new)
    assert a_source().fingerprint(details, AMD64, surroundings) == new.digest


@pytest.mark.parametrize("header", ["", "sha256:short", "../../etc/passwd"])
def test_a_fingerprint_without_a_digest_header_is_computed(
    registry: HostileRegistry, surroundings: Surroundings, header: str
) -> None:
    """When HEAD names no digest, or nonsense, the manifest is fetched and hashed."""
    image = an_image()
    registry.put(image)
    registry.on("HEAD", says(200, Docker_Content_Digest=header))
    assert a_source().fingerprint(f"{registry.host}/image", AMD64, surroundings) == image.digest


def test_a_registry_without_head_still_has_fingerprints(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """405 to HEAD leads to a GET, and so does 404, which then says what is missing."""
    image = an_image()
    registry.put(image)
    registry.on("HEAD", says(405))
    assert a_source().fingerprint(f"{registry.host}/image", AMD64, surroundings) == image.digest
    with pytest.raises(ImageNotFound, match="MANIFEST_UNKNOWN: not here"):
        a_source().fingerprint(f"{registry.host}/image:gone", AMD64, surroundings)


def test_a_head_that_lies_does_not_reach_the_document(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """HEAD's size and digest are never used for the image itself."""
    image = an_image()
    registry.put(image)
    registry.on("HEAD", says(200, Docker_Content_Digest="sha256:" + "0" * 64, Content_Length="17"))
    assert a_source().fingerprint(f"{registry.host}/image", AMD64, surroundings) == "sha256:" + "0" * 64
    opened, layers = pull(a_source(), f"{registry.host}/image", surroundings)
    assert (opened.resolved_digest, layers) == (image.digest, image.layers)


# Indexes and platforms


def test_a_platform_is_chosen_from_an_index(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """The wanted platform's image is fetched and no other; attestations are counted, not offered."""
    amd64, arm64 = an_image(b"amd64"), an_image(b"arm64", platform=ARM64)
    attestation = {"platform": {"os": "unknown", "architecture": "unknown"}}
    registry.put(amd64, arm64)
    entry = put_index(
        registry,
        [amd64.descriptor, arm64.descriptor, amd64.descriptor | attestation, arm64.descriptor | attestation],
        "latest",
    )
    opened, layers = pull(a_source(), f"{registry.host}/image", surroundings, Platform.parse("linux/arm64"))
    assert (opened.manifest, layers) == (arm64.manifest, arm64.layers)
    assert (opened.resolved_digest, opened.index_size) == (entry["digest"], entry["size"])
    assert list(map(str, opened.platforms)) == ["linux/amd64", "linux/arm64/v8"]
    assert opened.attestation_count == 2
    assert not registry.paths(amd64.digest)


def test_a_platform_that_is_not_offered(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """The error names the platforms that there are, attestations not among them, and no manifest is fetched."""
    image = an_image()
    registry.put(image)
    unknown = image.descriptor | {"platform": {"os": "unknown", "architecture": "unknown"}}
    put_index(registry, [image.descriptor, unknown], "latest")
    with pytest.raises(PlatformNotFound, match=r"has no linux/s390x; it offers linux/amd64\Z"):
        pull(a_source(), f"{registry.host}/image", surroundings, Platform.parse("linux/s390x"))
    assert len(registry.seen) == 1


def test_indexes_in_indexes(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """An index inside an index is searched, and all that led to the image is counted."""
    image = an_image()
    registry.put(image)
    inner = put_index(registry, [image.descriptor])
    outer = put_index(registry, [put_index(registry, []), inner], "latest")
    opened, layers = pull(a_source(), f"{registry.host}/image", surroundings)
    assert (opened.manifest, layers, opened.resolved_digest) == (image.manifest, image.layers, outer["digest"])
    assert opened.index_size == outer["size"] + inner["size"]
    assert list(map(str, opened.platforms)) == ["linux/amd64"]


def test_a_tower_of_indexes_is_not_climbed(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """200 nested indexes end at the depth limit, after a handful of requests."""
    image = an_image()
    registry.put(image)
    entry = image.descriptor
    for level in range(200):
        entry = put_index(registry, [entry], "latest" if level == 199 else None)
    with pytest.raises(LimitExceeded, match="depth of indexes"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.seen) < 10


def test_an_exponential_index_costs_each_document_once(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """An index that names the next a hundred times, on every level, is walked once."""
    entry = put_index(registry, [])
    for _ in range(2):
        entry = put_index(registry, [entry] * 100)
    put_index(registry, [entry] * 100, "latest")
    with pytest.raises(ImageNotFound, match="names no image"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.seen) == 4


def test_a_wide_index_of_indexes_is_bounded(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Thousands of different indexes side by side are not all fetched."""
    put_index(registry, [put_index(registry, [], annotations={"n": str(n)}) for n in range(500)], "latest")
    with pytest.raises(LimitExceeded, match="number of indexes"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.seen) < 100


def test_an_index_that_names_itself(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """An index served under the digest it names (which cannot be its own) is refused by its digest."""
    named = "sha256:" + "a" * 64
    entry = {"mediaType": builders.OCI_INDEX, "digest": named, "size": 0}
    entry["size"] = len(builders.index([entry])) + 2
    content = builders.index([entry])
    registry.manifests |= {"latest": (content, builders.OCI_INDEX), named: (content, builders.OCI_INDEX)}
    with pytest.raises(DigestMismatch, match=named):
        pull(a_source(), f"{registry.host}/image", surroundings)


def test_a_digest_that_is_a_path_is_never_asked_for(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A descriptor's digest is checked before it becomes part of an address."""
    put_index(registry, [{"mediaType": builders.OCI_INDEX, "digest": "sha256:../../../x", "size": 3}], "latest")
    with pytest.raises(InvalidDocument, match="not a digest"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.seen) == 1


def test_a_single_manifest_for_another_platform(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """An image without an index is not shown as what it is not: its configuration must name the wanted platform."""
    registry.put(an_image(platform=ARM64))
    with pytest.raises(PlatformNotFound, match="has no linux/amd64; it offers linux/arm64/v8"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    pull(a_source(), f"{registry.host}/image", surroundings, Platform.parse("linux/arm64"))


def test_a_single_manifest_without_a_variant_is_taken_with_a_warning(
    registry: HostileRegistry, surroundings: Surroundings
) -> None:
    """A configuration that leaves the variant out may be the wanted one; one that names no platform may be any."""
    registry.put(an_image(platform={"os": "linux", "architecture": "arm"}))
    opened, _ = pull(a_source(), f"{registry.host}/image", surroundings, Platform.parse("linux/arm/v6"))
    assert opened.warnings == (("platform-mismatch", "asked for linux/arm/v6, the configuration says linux/arm"),)
    registry.put(an_image(platform={"os": "", "architecture": ""}))
    assert pull(a_source(), f"{registry.host}/image", surroundings)[0].warnings == ()


# Documents that are not what they should be


def test_headers_that_lie_are_noted(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A wrong digest header or content type changes nothing but is told; a missing type is not worth a word."""
    image = an_image()
    registry.put(image)
    zeros = "sha256:" + "0" * 64
    lie = says(200, image.manifest, Content_Type="text/plain; charset=utf-8", Docker_Content_Digest=zeros)
    registry.on("manifests/latest", lie, times=1)
    opened, layers = pull(a_source(), f"{registry.host}/image", surroundings)
    assert (opened.manifest, layers) == (image.manifest, image.layers)
    assert [slug for slug, _ in opened.warnings] == ["registry-digest-header", "registry-content-type"]
    assert zeros in opened.warnings[0][1] and "text/plain" in opened.warnings[1][1]
    registry.on("manifests/latest", says(200, image.manifest))
    assert pull(a_source(), f"{registry.host}/image", surroundings)[0].warnings == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>\x1b[31m Please log in", r"text/html\), it begins with “<html>\\x1b\[31m Please log in”"),
        (b"", "not a JSON document"),
        (b"[]", "not a JSON document"),
        (b'{"schemaVersion": 2', "truncated"),
        (b'{"schemaVersion": 2, "layers": "x"}', "layers"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'\x1f\x8b\x08 {"schemaVersion"', r"begins with “\\x1f\\x8b"),
    ],
)
def test_a_manifest_that_is_none(
    registry: HostileRegistry, surroundings: Surroundings, body: bytes, reason: str
) -> None:
    """Whatever a registry sends in a manifest's place ends in one typed error that shows how it begins, escaped."""
    registry.on("manifests", says(200, body, Content_Type="text/html"))
    with pytest.raises(InvalidDocument, match=reason):
        pull(a_source(), f"{registry.host}/image", surroundings)


def test_an_artifact_is_not_an_image(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """An OCI artifact is recognised as such."""
    manifest = json.loads(an_image().manifest)
    manifest["config"]["mediaType"] = "application/vnd.oci.empty.v1+json"
    registry.put_manifest(json.dumps(manifest).encode(), builders.OCI_MANIFEST, "latest")
    with pytest.raises(NotAnImage):
        pull(a_source(), f"{registry.host}/image", surroundings)


def test_an_answer_without_content(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """204 is no document, and the error says so."""
    registry.on("manifests", says(204, Content_Length=""))
    with pytest.raises(SourceRefused, match="204 No Content"):
        pull(a_source(), f"{registry.host}/image", surroundings)


@pytest.mark.parametrize("how", ["declared", "chunked"])
def test_a_huge_manifest_is_not_read(registry: HostileRegistry, surroundings: Surroundings, how: str) -> None:
    """A manifest over 4 MiB ends at the limit, whether its length is declared or not."""
    body = b"{" + b" " * (5 << 20)
    registry.on("manifests", says(200, body) if how == "declared" else chunked(body))
    with pytest.raises(LimitExceeded, match="document size exceeds the limit of 4194304 bytes"):
        pull(a_source(), f"{registry.host}/image", surroundings)


def test_a_document_in_chunks(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Chunked transfer is as good as a declared length, for documents and layers."""
    image = an_image(b"x" * 5000)
    registry.put(image)
    registry.on("manifests", chunked(image.manifest))
    registry.on(f"blobs/{builders.sha256(image.layers[0])}", chunked(image.layers[0]))
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == image.layers


def test_links_are_not_followed(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """No list is ever paged through: a Link header, to itself even, costs no request."""
    image = an_image()
    registry.put(image)
    link = '</v2/image/manifests/latest>; rel="next"'
    registry.on("manifests", says(200, image.manifest, Content_Type=image.media_type, Link=link))
    pull(a_source(), f"{registry.host}/image", surroundings)
    assert len(registry.seen) == 3


@pytest.mark.parametrize("what", ["manifest", "configuration"])
def test_a_document_with_another_digest(registry: HostileRegistry, surroundings: Surroundings, what: str) -> None:
    """One changed byte in anything fetched by digest is refused, and nothing of it is believed."""
    image = an_image()
    registry.put(image)
    put_index(registry, [image.descriptor], "latest")
    digest = image.digest if what == "manifest" else builders.sha256(image.config)
    original = image.manifest if what == "manifest" else image.config
    registry.on(digest, says(200, original.replace(b"linux", b"minix").replace(b"2,", b"2 ,")[: len(original)]))
    with pytest.raises(DigestMismatch, match=f"{what} {digest}: expected {digest}, got sha256:"):
        pull(a_source(), f"{registry.host}/image", surroundings)


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_manifest_of_another_size(registry: HostileRegistry, surroundings: Surroundings, difference: int) -> None:
    """A descriptor's size holds for manifests as for layers."""
    image = an_image()
    registry.put(image)
    put_index(registry, [image.descriptor | {"size": len(image.manifest) + difference}], "latest")
    with pytest.raises(SizeMismatch, match=f"says {len(image.manifest) + difference} bytes, got {len(image.manifest)}"):
        pull(a_source(), f"{registry.host}/image", surroundings)


def test_a_compressed_answer_is_not_decoded(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """Bytes are hashed as they come: a label that says gzip does no harm to bytes that are right."""
    image = an_image(compression="gzip")
    registry.put(image)
    layer = image.layers[0]
    registry.on(f"blobs/{builders.sha256(layer)}", says(200, layer, Content_Encoding="gzip"))
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [layer]
    config = builders.compress(image.config)
    registry.on(f"blobs/{builders.sha256(image.config)}", says(200, config, Content_Encoding="gzip"))
    with pytest.raises(SizeMismatch, match="configuration"):
        pull(a_source(), f"{registry.host}/image", surroundings)


# Layers


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/canary", "file:///etc/passwd", "http://127.0.0.1:22/", "https://x.invalid/"]
)
@pytest.mark.parametrize(
    "media_type", ["application/vnd.oci.image.layer.nondistributable.v1.tar", "application/vnd.oci.image.layer.v1.tar"]
)
def test_a_foreign_layer_is_not_fetched(
    registry: HostileRegistry, surroundings: Surroundings, url: str, media_type: str
) -> None:
    """A layer with addresses of its own is named with its size, and nobody is asked for it."""
    image = an_image()
    manifest = json.loads(image.manifest)
    manifest["layers"][0] |= {"urls": [url.format(port=registry.port)], "mediaType": media_type, "size": 12345}
    registry.put(image)
    registry.put_manifest(json.dumps(manifest).encode(), builders.OCI_MANIFEST, "latest")
    with pytest.raises(LayerNotAvailable, match=r"layer 0.*foreign layer, 12345 bytes declared, not fetched"):
        pull(a_source(), f"{registry.host}/image", surroundings)
    assert not registry.paths("canary") and not registry.paths(builders.sha256(image.layers[0]))


def test_equal_layers_are_fetched_once(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """An image with one layer many times costs one download, and gives it as often as it stands there."""
    layer = builders.tar([builders.file("same")])
    image = builders.image([layer] * 50, compression="none")
    registry.put(image)
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == [layer] * 50
    assert len(registry.paths("blobs")) == 2


def test_layers_come_from_the_cache_the_second_time(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """A second pull asks for manifest and configuration only."""
    image = an_image(layers=3)
    registry.put(image)
    pull(a_source(), f"{registry.host}/image", surroundings)
    registry.seen.clear()
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == image.layers
    assert len(registry.seen) == 2


def test_layers_download_together(registry: HostileRegistry, surroundings: Surroundings) -> None:
    """As many layers as allowed are under way at once, before any of them is asked for."""
    image = an_image(layers=3)
    registry.put(image)
    waiting: list[str] = []

    def wait_for_all(exchange: Exchange) -> None:
        waiting.append(exchange.path)
        for _ in range(200):
            if len(waiting) >= 3:
                return registry.honest(exchange)
            registry.stopping.wait(0.05)
        return exchange.answer(418)

    for layer in image.layers:
        registry.on(f"blobs/{builders.sha256(layer)}", wait_for_all)
    with a_source().open(f"{registry.host}/image", AMD64, surroundings) as opened:
        for _ in range(200):
            if len(waiting) == 3:
                break
            registry.stopping.wait(0.05)
        assert len(waiting) == 3
        with opened.layers[2].open() as chunks:
            assert b"".join(chunks) == image.layers[2]


def test_progress_is_told(registry: HostileRegistry, tmp_path: Path) -> None:
    """Downloads report bytes so far and in all, for the layer they belong to."""
    image = an_image(b"x" * 300_000)
    registry.put(image)
    told: list[tuple[str, int, int | None]] = []
    surroundings = surroundings_in(tmp_path, progress=lambda *event: told.append(event))
    pull(a_source(), f"{registry.host}/image", surroundings)
    size = len(image.layers[0])
    assert told[-1][1:] == (size, size)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert {what for what, _, _ in told} == {
        f"registry:{registry.host}/image: layer 0 ({builders.sha256(image.layers[0])}): download"
    }


def test_the_cache_keeps_within_its_bound(registry: HostileRegistry, tmp_path: Path) -> None:
    """An image larger than the cache is still read whole; afterwards the cache is within bounds again."""
    image = an_image(b"x" * 50_000, layers=3)
    registry.put(image)
    surroundings = surroundings_in(tmp_path, cache_size=len(image.layers[0]) * 2)
    assert pull(a_source(), f"{registry.host}/image", surroundings)[1] == image.layers
    assert len(cached(surroundings)) == 2
