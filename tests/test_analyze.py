"""Documents of images built in memory: sizes, layers, history, warnings, and hostile images' errors."""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import tarfile
from typing import Any

import pytest

from generator import inspectors
from generator.analysis import codec, tree_view
from generator.errors import (
    ContentError,
    DigestMismatch,
    InvalidCompression,
    InvalidTar,
    LayerCountMismatch,
    LayerNotAvailable,
    LimitExceeded,
    SizeMismatch,
)
from generator.limits import Limits
from generator.source.base import RawLayer
from tests.builders import (
    BuiltImage,
    compress,
    directory,
    file,
    hard_link,
    image,
    sha256,
    symlink,
    tar,
    whiteout,
)
from tests.opened import analyzed, opened, opening

LOWER = tar(
    [directory("etc"), file("etc/a", b"x" * 1000), file("b", b"y" * 10), symlink("l", "etc/a"), hard_link("h", "b")]
)
UPPER = tar([file("b", b"z" * 20), whiteout("etc/a")])


def test_every_size_has_its_formula() -> None:
    """The six sizes of a two-layer image are what their formulas give by hand."""
    built = image([LOWER, UPPER])
    sizes = analyzed(built).sizes
    assert sizes.compressed_size == sum(map(len, built.layers))
    assert sizes.docker_vfs_size == 1000 + 10 + 20
    assert sizes.docker_size == 1000 + 10 + 20 + len("etc/a")
    assert sizes.tar_size == len(LOWER) + len(UPPER)
    assert sizes.podman_size == len(LOWER) + len(UPPER) + 2 * len(built.manifest) + len(built.config)
    assert sizes.rootfs_size == 20 + 10  # b anew, and h, which is still the old b


def test_layers_tell_what_they_did() -> None:
    """Each layer's digests, sizes and counts are its own."""
    built = image([LOWER, UPPER])
    first, second = analyzed(built).layers
    assert (first.digest, first.diff_id, first.tar_size) == (sha256(built.layers[0]), sha256(LOWER), len(LOWER))
    assert second.chain_id == sha256(f"{sha256(LOWER)} {sha256(UPPER)}".encode())
    assert (first.entry_count, first.added_count, first.hidden_size) == (5, 4, 1000)
    assert (second.entry_count, second.added_count, second.changed_count, second.removed_count) == (2, 0, 1, 1)


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_compression_changes_no_fact_of_the_tree(compression: str) -> None:
    """The same tar streams give the same tree and sizes, however they were compressed."""
    document, plain = analyzed(image([LOWER, UPPER], compression=compression)), analyzed(image([LOWER, UPPER]))
    assert document.tree == plain.tree
    assert document.layers[0].compression == compression
    assert document.sizes.rootfs_size == plain.sizes.rootfs_size
    assert not document.warnings


def test_documents_are_canonical() -> None:
    """Two analyses of one image give the same bytes, which decode to the same document."""
    built = image([LOWER, UPPER], run={"Labels": {"b": "1", "a": "\u202e\x1b"}})
    first, second = codec.encode(analyzed(built)), codec.encode(analyzed(built))
    assert first == second
    assert codec.decode(first, path="x") == analyzed(built)
    assert json.loads(first)["subject"] == built.digest


def test_history_is_paired_with_layers() -> None:
    """Steps that made a layer name it, empty steps name none, and a history that does not fit names nothing."""
    history = [
        {"created_by": "/bin/sh -c #(nop) ADD file:1 in / "},
        {"created_by": '/bin/sh -c #(nop)  CMD ["sh"]', "empty_layer": True},
        {"created_by": "RUN /bin/sh -c rm a # buildkit"},
    ]
    document = analyzed(image([LOWER, UPPER], config={"history": history}))
    assert [(step.instruction, step.layer) for step in document.steps] == [("ADD", 0), ("CMD", None), ("RUN", 1)]
    document = analyzed(image([LOWER], config={"history": history}))
    assert [step.layer for step in document.steps] == [None, None, None]
    assert document.warning_counts == {"history-mismatch": 1}


def test_an_image_without_history_or_date() -> None:
    """No history and no date are empty, not unknown."""
    document = analyzed(image([LOWER], config={"history": [], "created": "1970-01-01T00:00:00Z"}))
    assert document.steps == ()
    assert (document.identity.created, document.identity.created_note) == (None, "reproducible")
    assert document.unknown == {}


def test_a_bare_root_file_system() -> None:
    """Without manifest and configuration everything that needs them is None, with its reason."""
    bare = dataclasses.replace(
        opened(image([LOWER])), manifest=None, config=None, layers=(RawLayer(open=opening(compress(LOWER))),)
    )
    document = analyzed(bare)
    assert document.subject == sha256(LOWER)
    assert document.sizes.docker_size == 1015
    assert (document.sizes.podman_size, document.sizes.compressed_size, document.identity.digest) == (None, None, None)
    assert document.unknown["sizes.podman_size"] == "no-config"
    assert document.unknown["sizes.compressed_size"] == "no-compressed-layers"


def test_os_release_is_found_behind_its_link() -> None:
    """/etc/os-release is read through its symlink, and says where it was read."""
    layer = tar(
        [symlink("etc/os-release", "../usr/lib/os-release"), file("usr/lib/os-release", b"ID=x\nPRETTY_NAME='X 1'\n")]
    )
    section = analyzed(image([LOWER, layer])).sections.os_release
    assert section.state == "found"
    assert section.found is not None
    assert (section.found.path, section.found.layer, section.found.pretty_name) == ("/usr/lib/os-release", 1, "X 1")


def test_absent_and_failed_are_different() -> None:
    """No os-release is absent; one that cannot be read has failed, and costs only its own section."""
    assert analyzed(image([LOWER])).sections.os_release.state == "absent"
    for content in (b"\0binary", b'NAME="open', b"A=" + b"x" * 2_000_000):
        section = analyzed(image([tar([file("etc/os-release", content)])])).sections.os_release
        assert section.state == "failed"
        assert section.failure is not None
        assert section.failure.slug == "format"
    loop = tar([symlink("etc/os-release", "os-release")])
    assert analyzed(image([loop])).sections.os_release.state == "absent"
    escape = tar([symlink("etc/os-release", "../../../../../../etc/os-release")])
    assert analyzed(image([escape])).sections.os_release.state == "absent"


# What is owed to broken and hostile images


def relayered(built: BuiltImage, layer: bytes, **fields: Any) -> BuiltImage:
    """Put other bytes in the first layer's place, with a descriptor that fits them unless `fields` say otherwise."""
    manifest = json.loads(built.manifest)
    manifest["layers"][0] |= {"digest": sha256(layer), "size": len(layer)} | fields
    return dataclasses.replace(built, manifest=json.dumps(manifest).encode(), layers=[layer])


def test_a_truncated_layer() -> None:
    """Half a blob behind the whole blob's descriptor is refused, naming the layer."""
    built = image([LOWER])
    half = dataclasses.replace(
        opened(built), layers=(dataclasses.replace(opened(built).layers[0], open=opening(built.layers[0][:100])),)
    )
    with pytest.raises((SizeMismatch, InvalidCompression, InvalidTar), match="layer 0"):
        analyzed(half)


def test_a_truncated_stream_with_a_right_digest() -> None:
    """Half a gzip stream whose descriptor fits it is refused all the same."""
    built = image([tar([file("a", os.urandom(100_000))])])
    with pytest.raises((InvalidCompression, InvalidTar), match="layer 0"):
        analyzed(relayered(built, built.layers[0][:50_000]))


def test_a_flipped_byte() -> None:
    """One wrong byte of the stored layer is refused, also behind the tar's end."""
    content = tar([file("a", b"a")]) + bytes(10_000)
    built = image([content], compression="none")
    wrong = bytearray(built.layers[0])
    wrong[-1] ^= 1
    layer = dataclasses.replace(opened(built).layers[0], open=opening(bytes(wrong)))
    with pytest.raises(DigestMismatch, match="layer 0"):
        analyzed(dataclasses.replace(opened(built), layers=(layer,)))


@pytest.mark.parametrize("difference", [1, -1])
def test_a_wrong_size(difference: int) -> None:
    """A descriptor that is one byte off is refused in either direction."""
    built = image([LOWER])
    with pytest.raises(SizeMismatch):
        analyzed(relayered(built, built.layers[0], size=len(built.layers[0]) + difference))


def test_a_wrong_diff_id() -> None:
    """A layer whose content is not what the configuration promises is refused."""
    with pytest.raises(DigestMismatch, match="uncompressed"):
        analyzed(relayered(image([LOWER]), compress(UPPER)))


def test_a_wrong_number_of_layers() -> None:
    """More layers than diff_ids is refused."""
    built = image([LOWER])
    config = json.loads(built.config)
    config["rootfs"]["diff_ids"] *= 2
    with pytest.raises(LayerCountMismatch):
        analyzed(dataclasses.replace(opened(built), config=json.dumps(config).encode()))


def test_trailing_bytes_are_noted() -> None:
    """Bytes behind the archive's end do not stop the analysis; they are said, and hashed."""
    document = analyzed(image([LOWER + b"trailer"]))
    assert document.warning_counts == {"trailing-bytes": 1}
    assert document.layers[0].tar_size == len(LOWER) + 7


@pytest.mark.parametrize(
    ("stored", "media_type"),
    [
        (compress(LOWER, "zstd"), "application/vnd.oci.image.layer.v1.tar+gzip"),
        (LOWER, "application/vnd.oci.image.layer.v1.tar+gzip"),
        (compress(LOWER), "application/vnd.oci.image.layer.v1.tar"),
        (compress(LOWER), "application/x-unheard-of"),
    ],
)
def test_media_types_that_lie(stored: bytes, media_type: str) -> None:
    """The bytes are believed, not the media type, and the page says so."""
    document = analyzed(relayered(image([LOWER]), stored, mediaType=media_type))
    assert document.warning_counts == {"media-type-mismatch": 1}
    assert document.tree == analyzed(image([LOWER])).tree


@pytest.mark.parametrize(
    "stored", [b"<html>404</html>" + b" " * 1000, b"", b"x", b"\x1f\x8b", b"PK\x03\x04" + bytes(600)]
)
def test_layers_that_are_no_tar(stored: bytes) -> None:
    """An error page, nothing at all, or a zip in a layer's place are typed errors."""
    with pytest.raises(ContentError, match="layer 0"):
        analyzed(relayered(image([LOWER]), stored))


def test_foreign_layers_are_not_fetched() -> None:
    """A layer that lies elsewhere is an error that tells its declared size."""

    def refuse() -> Any:
        raise LayerNotAvailable(where="layer 0", size=12345)

    layer = dataclasses.replace(opened(image([LOWER])).layers[0], open=refuse)
    with pytest.raises(LayerNotAvailable, match="12345 bytes declared"):
        analyzed(dataclasses.replace(opened(image([LOWER])), layers=(layer,)))


def test_ten_thousand_layers() -> None:
    """Ten thousand identical layers are read once, and take seconds, not minutes."""
    empty = tar([])
    built = image([empty])
    count = 10_000
    manifest = json.loads(built.manifest)
    manifest["layers"] *= count
    config = json.loads(built.config)
    config["rootfs"]["diff_ids"] *= count
    config["history"] = []
    config_bytes = json.dumps(config).encode()
    manifest["config"] |= {"digest": sha256(config_bytes), "size": len(config_bytes)}
    reads = []

    def open_layer() -> Any:
        reads.append(1)
        return opening(built.layers[0])()

    many = dataclasses.replace(built, manifest=json.dumps(manifest).encode(), config=config_bytes)
    layer = dataclasses.replace(opened(built).layers[0], open=open_layer)
    document = analyzed(dataclasses.replace(opened(many), layers=(layer,) * count))
    assert len(document.layers) == count
    assert len(reads) == 1
    assert document.sizes.compressed_size == count * len(built.layers[0])


def test_a_repeated_layer_is_applied_again() -> None:
    """A layer that comes again restores what a layer between had deleted."""
    document = analyzed(image([LOWER, UPPER, LOWER]))
    assert "/etc/a" in tree_view.paths(document.tree)
    assert document.layers[2].changed_count == 3  # b, l, h


@pytest.mark.parametrize("count", [100])
def test_devices_and_odd_metadata(count: int) -> None:
    """Devices, extreme times and owners are listed, never made."""
    entries = []
    for number in range(count):
        member = tarfile.TarInfo(f"dev/{number}")
        member.type, member.devmajor, member.devminor = tarfile.BLKTYPE, number, 7
        member.uid, member.mtime = 2**31 - number, -number
        entries.append((member, b""))
    tree = analyzed(image([tar(entries, form=tarfile.GNU_FORMAT)])).tree
    assert len(tree.devices) == count
    assert min(tree.mtimes) == -99


def test_entry_limit() -> None:
    """More entries than the limit end the analysis with a clear error."""
    layer = tar([file(f"f{number}") for number in range(50)])
    with pytest.raises(LimitExceeded, match="number of entries exceeds the limit of 49"):
        analyzed(image([layer]), limits=Limits(entries=49))
    assert len(analyzed(image([layer]), limits=Limits(entries=50)).tree) == 51


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_bombs_stop_at_the_limits(kind: str) -> None:
    """A layer of zeros stops at the ratio limit and at the size limit, as what the user set."""
    layer = tar([file("zeros", bytes(30_000_000))])
    built = image([layer], compression=kind)
    with pytest.raises(LimitExceeded, match="expansion ratio"):
        analyzed(built, limits=Limits(expansion_floor=1_000_000, expansion_ratio=100))
    with pytest.raises(LimitExceeded, match="unpacked size"):
        analyzed(built, limits=Limits(unpacked_size=10_000_000))
    assert analyzed(built).sizes.rootfs_size == 30_000_000


BOMB = """
import gzip, sys, tarfile
from tests.opened import peak
from tests.builders import image, sha256, BuiltImage
from tests.opened import analyzed, opened, opening
from generator.limits import Limits
from generator.errors import LimitExceeded
header = tarfile.TarInfo("zeros"); header.size = SIZE
zip = lambda content: gzip.compress(content, mtime=0)
member = zip(header.tobuf()), zip(bytes(2**24)), zip(bytes(1024))
layer = member[0] + member[1] * (SIZE // 2**24) + member[2]
import dataclasses
from generator.source.base import RawLayer, Opened
bare = Opened(source="bomb", layers=(RawLayer(open=opening(layer)),))
try:
    size = analyzed(bare, limits=LIMITS).sizes.rootfs_size
except LimitExceeded as err:
    size = str(err)
print(size, peak())
"""


def run_bomb(size: int, limits: str) -> tuple[str, int]:
    """Analyze a bomb in a process of its own; return what it said and its peak memory in MiB."""
    program = BOMB.replace("SIZE", str(size)).replace("LIMITS", limits)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    said, _, peak = done.stdout.strip().rpartition(" ")
    return said, int(peak)


def test_two_gibibytes_of_zeros_take_no_memory() -> None:
    """A multi-member bomb of 2 GiB passes with a small peak when the limits allow it, and stops when they do not."""
    said, peak = run_bomb(2 * 1024**3, "Limits(expansion_ratio=10**6)")
    assert said == str(2 * 1024**3)
    assert peak < 64, "MiB"
    said, _ = run_bomb(2 * 1024**3, "Limits()")
    assert "expansion ratio exceeds the limit" in said


@pytest.mark.slow
def test_a_million_entries() -> None:
    """A million empty files are analyzed in bounded memory, under 1 kB each."""
    program = """
import io, tarfile
from tests.builders import compress
from tests.opened import analyzed, opening, peak
from generator.source.base import Opened, RawLayer
template = bytearray(tarfile.TarInfo("d/0000000").tobuf())
parts = []
for number in range(1_000_000):
    template[0:9] = b"%02x%07d" % (number >> 12 & 0xff, number)
    template[2:3] = b"/"
    template[148:156] = b"        "
    template[148:156] = b"%06o\\0 " % sum(template)
    parts.append(bytes(template))
stored = compress(b"".join(parts) + bytes(1024)); del parts
import os
if os.fork() == 0:
    document = analyzed(Opened(source="x", layers=(RawLayer(open=opening(stored)),)))
    assert len(document.tree) > 1_000_000
    print(peak(), flush=True)
    os._exit(0)
assert os.wait()[1] == 0
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1400, done.stdout


def test_hostile_configurations_stay_data() -> None:
    """Labels, commands and authors of any content come through as they are, in valid UTF-8 JSON."""
    hostile = ["<script>alert(1)</script>", "{{7*7}}", "a|b\n`c`", "\x1b[31m", "\u202e", "=cmd()", "x" * 100_000]
    run = {"Labels": {text[:50]: text for text in hostile}, "Cmd": hostile, "Env": [f"A={text}" for text in hostile]}
    document = analyzed(image([LOWER], run=run, config={"author": hostile[0]}))
    assert document.config is not None
    assert document.config.cmd == tuple(hostile)
    assert json.loads(codec.encode(document))["config"]["cmd"] == hostile


def test_warnings_are_bounded() -> None:
    """Of a thousand warnings of a kind twenty are listed and all are counted."""
    layer = tar([file(f"../{number}") for number in range(1000)])
    document = analyzed(image([layer]))
    assert len(document.warnings) == 20
    assert document.warning_counts == {"path-outside-root": 1000}


def test_digests_are_of_contents() -> None:
    """Every regular file's digest is its content's sha256; equal contents share one."""
    layer = tar([file("a", b"same"), file("b", b"same"), file("c", b"other"), file("e"), symlink("s", "a")])
    tree = analyzed(image([layer])).tree
    by_path = {
        path: tree_view.digest_of(tree, content)
        for path, content in zip(tree_view.paths(tree), tree.contents, strict=True)
        if content >= 0
    }
    expected = {"/a": b"same", "/b": b"same", "/c": b"other", "/e": b""}
    assert by_path == {path: hashlib.sha256(content).hexdigest() for path, content in expected.items()}
    assert [(one.size, one.wasted_size, len(one.entries)) for one in tree_view.duplicates(tree)] == [(4, 4, 2)]


def test_inspectors_see_only_what_they_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contents reach the tree where an inspector names their path and they are not larger than it says; no others."""
    seen: dict[str, bytes] = {}
    real = inspectors.INSPECTORS[0]

    def spy(filesystem: Any, config: Any) -> Any:
        seen.update((path, node.content) for path, node in filesystem.walk() if node.content is not None)
        return real.inspect(filesystem, config)

    monkeypatch.setattr("generator.analyze.INSPECTORS", (dataclasses.replace(real, inspect=spy),))
    sizes = [one.kept_size for one in inspectors.INSPECTORS if "etc/passwd" in one.keeps]
    program = b"\x7fELF" + bytes(200)
    analyzed(
        image(
            [
                tar(
                    [
                        file("etc/passwd", b"a:x:1:1::/:/\n"),
                        file("etc/group", bytes(max(sizes) + 1)),
                        file("etc/nobody-asked", b"secret"),
                        file("root/.ssh/id_rsa", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"),
                        file("bin/program", program, mode=0o755),
                        file("usr/share/doc/a/copyright", b"License: MIT\n"),
                    ]
                )
            ]
        )
    )
    assert seen == {"etc/passwd": b"a:x:1:1::/:/\n"}
