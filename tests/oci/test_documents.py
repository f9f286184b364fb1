"""Manifests, indexes and configurations: what is read, and that hostile ones end in typed errors."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import (
    BasedexError,
    ContentError,
    InvalidDocument,
    LayerCountMismatch,
    LimitExceeded,
    NotAnImage,
)
from generator.oci.documents import Index, Manifest, choose_platform, parse_config, parse_manifest
from generator.oci.platform import Platform
from tests.builders import DOCKER_MANIFEST, file, image, index, tar

DIGEST = "sha256:" + "a" * 64
BUILT = image([tar([file("a")])])


def config(**fields: Any) -> bytes:
    """Make a configuration with some fields replaced."""
    return json.dumps(json.loads(BUILT.config) | fields).encode()


def test_reads_a_manifest_and_its_configuration() -> None:
    """What a builder wrote comes out as it was meant."""
    manifest = parse_manifest(BUILT.manifest, where="m")
    assert isinstance(manifest, Manifest)
    assert len(manifest.layers) == 1
    run = {"Env": ["A=b"], "Cmd": ["sh"], "ExposedPorts": {"80/tcp": {}}, "Labels": {"z": "1", "a": "2"}, "User": "1"}
    read = parse_config(config(config=run), where="c", layer_count=1)
    assert (read.env, read.cmd, read.entrypoint, read.user) == (("A=b",), ("sh",), None, "1")
    assert (read.exposed_ports, list(read.labels)) == (("80/tcp",), ["a", "z"])


def test_manifests_without_media_type() -> None:
    """Docker's schema 2 and OCI manifests may leave their media type out; shape and header tell them apart."""
    body = json.loads(BUILT.manifest)
    del body["mediaType"]
    content = json.dumps(body).encode()
    read = parse_manifest(content, where="m", media_type=DOCKER_MANIFEST)
    assert isinstance(read, Manifest)
    assert read.media_type == DOCKER_MANIFEST
    assert isinstance(parse_manifest(b'{"schemaVersion": 2, "manifests": []}', where="m"), Index)


def test_null_lists_are_empty() -> None:
    """Go's null for an empty list is an empty list."""
    read = parse_config(config(history=None, config=None, rootfs={"type": "layers", "diff_ids": None}), where="c")
    assert (read.history, read.diff_ids, read.env) == ((), (), ())


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not json", b"[]", b"null", b'"text"', b"{", b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"[" * 100_000,
        b'{"rootfs":' * 100_000, b'{"rootfs": {"diff_ids": [NaN]}}', b'{"rootfs": {"diff_ids": "x"}}',
        b'{"rootfs": {"diff_ids": ["sha256:../../../../etc/passwd"]}}', b'{"rootfs": {}, "config": {"Env": {"a": 1}}}',
        b'{"rootfs": {}, "config": {"Labels": {"a": 1}}}', b'{"rootfs": {}, "history": [1]}',
        b'{"rootfs": {}, "created": 5}', b'{"rootfs": {}, "config": []}', b"{}", b'{"rootfs": {}, "author": "\\ud800"}',
    ],
)  # fmt: skip
def test_broken_configurations(content: bytes) -> None:
    """Whatever stands in a configuration's place, the error is a typed one that names it."""
    with pytest.raises(ContentError, match="the image"):
        parse_config(content, where="the image")


def test_repeated_keys() -> None:
    """Of a key that comes twice the last counts, as in Go."""
    assert parse_config(b'{"rootfs": {}, "author": "a", "author": "b"}', where="c").author == "b"


def test_layer_counts_must_agree() -> None:
    """As many diff_ids as layers, or it is an error."""
    with pytest.raises(LayerCountMismatch):
        parse_config(BUILT.config, where="c", layer_count=2)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"schemaVersion": 1}, NotAnImage),
        ({"schemaVersion": 3}, InvalidDocument),
        ({}, InvalidDocument),
        ({"schemaVersion": 2}, InvalidDocument),
        ({"schemaVersion": 2, "layers": [], "manifests": []}, InvalidDocument),
        ({"schemaVersion": 2, "mediaType": "text/html", "config": {"digest": DIGEST, "size": 1}}, NotAnImage),
        ({"schemaVersion": 2, "config": {"digest": DIGEST, "size": -1}, "layers": []}, InvalidDocument),
        ({"schemaVersion": 2, "config": {"digest": "sha256:../../x", "size": 1}, "layers": []}, InvalidDocument),
        ({"schemaVersion": 2, "config": {"digest": DIGEST, "size": 1e400}, "layers": []}, InvalidDocument),
        (
            {
                "schemaVersion": 2,
                "artifactType": "application/x.sbom",
                "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": DIGEST, "size": 2},
                "layers": [],
            },
            NotAnImage,
        ),
    ],
)
def test_broken_manifests(body: dict[str, Any], error: type[BasedexError]) -> None:
    """Each kind of wrong manifest has its own error."""
    with pytest.raises(error):
        parse_manifest(json.dumps(body).encode(), where="m")


def test_manifests_are_bounded() -> None:
    """A manifest over 4 MiB is refused before it is decoded."""
    with pytest.raises(LimitExceeded):
        parse_manifest(b" " * (4 * 1024 * 1024 + 1), where="m")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    """No JSON document makes another exception than a typed one."""
    for parse in (parse_manifest, parse_config):
        for content in (
            json.dumps(value).encode(),
            json.dumps({"schemaVersion": 2, "rootfs": value, "layers": value}).encode(),
        ):
            with contextlib.suppress(ContentError):
                parse(content, where="x")


def test_attestations_are_no_platforms() -> None:
    """BuildKit's attestation manifests are counted, never offered as images."""
    attestation = BUILT.descriptor | {
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    }
    arm = BUILT.descriptor | {"platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}
    read = parse_manifest(index([BUILT.descriptor, attestation, arm, attestation]), where="i")
    assert isinstance(read, Index)
    assert [str(entry.platform) for entry in read.images] == ["linux/amd64", "linux/arm64/v8"]
    assert read.attestation_count == 2


def test_platform_choice_knows_default_variants() -> None:
    """linux/arm64 finds linux/arm64/v8, linux/arm means v7, and an index of another platform gives nothing."""
    platforms = [("arm", "v6"), ("arm", "v7"), ("arm64", "v8"), ("amd64", "")]
    entries = [BUILT.descriptor | {"platform": {"os": "linux", "architecture": a, "variant": v}} for a, v in platforms]
    read = parse_manifest(index(entries), where="i")
    assert isinstance(read, Index)
    for wanted, expected in [
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/aarch64", "linux/arm64/v8"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/s390x", "None"),
        ("windows/amd64", "None"),
    ]:
        chosen = choose_platform(read, Platform.parse(wanted))
        assert str(chosen and chosen.platform) == expected
