"""The tar reader against tarfile (the standard library's) as an oracle, and against what tarfile gets wrong."""

import hashlib
import io
import tarfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import InvalidTar
from generator.tar import Entry, clean_path, read_entries
from generator.warnings import WarningLog
from tests.builders import directory, file, hard_link, symlink, tar


def read(stream: bytes, *, chunk: int = 4096, log: WarningLog | None = None, keep: bool = False) -> list[Entry]:
    """Read a whole stream in chunks of a given size."""
    chunks = (stream[start : start + chunk] for start in range(0, len(stream), chunk))
    return list(read_entries(chunks, where="test", keep=lambda *_: keep, log=log or WarningLog(), layer=0))


def oracle(stream: bytes) -> Iterator[tuple[object, ...]]:
    """Say what tarfile finds, in our words."""
    kinds = {
        tarfile.REGTYPE: "-", tarfile.AREGTYPE: "-", tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.LNKTYPE: "h",
        tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "b", tarfile.FIFOTYPE: "p",
    }  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(stream), errors="surrogateescape") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            digest = hashlib.sha256(content.read()).digest() if content else None
            kind = kinds[member.type]
            yield (
                clean_path(member.name.encode("utf-8", "surrogateescape"), clamp=True), kind,
                member.size if kind == "-" else 0, member.mode & 0o7777, member.uid, member.gid,
                int(member.mtime // 1), digest,
            )  # fmt: skip


def facts(entries: list[Entry]) -> list[tuple[object, ...]]:
    """Give what the oracle gives."""
    return [(e.path, e.kind, e.size, e.mode, e.uid, e.gid, e.mtime, e.digest) for e in entries]


names = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300
).filter(lambda name: clean_path(name.encode()) not in (None, "") and len(name.encode()) < 4000)  # fmt: skip
members = st.lists(
    st.one_of(
        st.builds(
            lambda name, content, mode, uid, mtime: file(
                name.rstrip("/") or "x", content, mode=mode, uid=uid, mtime=mtime
            ),
            names, st.binary(max_size=3000), st.integers(0, 0o7777), st.integers(0, 2**31), st.integers(0, 2**33),
        ),
        st.builds(lambda name: directory(name), names),
        st.builds(lambda name, target: symlink(name.rstrip("/") or "x", target), names, names),
        st.builds(lambda name, target: hard_link(name.rstrip("/") or "x", target), names, names),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    members, st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]), st.sampled_from([1, 7, 511, 512, 513, 10**6])
)
def test_equals_tarfile(entries: list[tuple[tarfile.TarInfo, bytes]], form: int, chunk: int) -> None:
    """Every entry of any archive that tarfile writes is read as tarfile reads it, wherever the chunks end."""
    stream = tar(entries, form=form)
    assert facts(read(stream, chunk=chunk)) == list(oracle(stream))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=3000), st.integers(0, 1), st.data())
def test_any_bytes_end_in_entries_or_an_error(noise: bytes, where: int, data: st.DataObject) -> None:
    """No bytes make the reader fail in another way than InvalidTar."""
    stream = bytearray(tar([file("a" * 150, b"x" * 700, pax_headers={"SCHILY.xattr.user.a": "b"}), directory("d")]))
    if where:
        for position in data.draw(st.lists(st.integers(0, len(stream) - 1), max_size=6)):
            stream[position] = data.draw(st.integers(0, 255))
    else:
        stream = bytearray(noise)
    try:
        read(bytes(stream))
    except InvalidTar as err:
        assert "test: at byte" in str(err)


def test_contents_are_hashed_across_chunk_borders() -> None:
    """A file's digest does not depend on where the chunks end."""
    content = bytes(range(256)) * 40
    stream = tar([file("a", content), file("b", content[1:]), file("c")])
    for chunk in (1, 100, 512, 1000, 5000, 10**6):
        digests = [entry.digest for entry in read(stream, chunk=chunk)]
        assert digests == [hashlib.sha256(one).digest() for one in (content, content[1:], b"")]


@pytest.mark.parametrize("chunk", [1, 13, 512, 530, 10**6])
def test_keep_is_shown_how_a_file_begins(chunk: int) -> None:
    """`keep` sees path, size, mode and the first twenty bytes, wherever the chunks end."""
    shown: list[tuple[object, ...]] = []

    def keep(*facts: object) -> bool:
        shown.append(facts)
        return False

    stream = tar([file("a", b"\x7fELF" + bytes(range(50)), mode=0o755), file("b", b"short"), file("c")])
    chunks = (stream[start : start + chunk] for start in range(0, len(stream), chunk))
    list(read_entries(chunks, where="t", keep=keep, log=WarningLog(), layer=0))
    assert shown == [
        ("a", 54, 0o755, b"\x7fELF" + bytes(range(16))), ("b", 5, 0o644, b"short"), ("c", 0, 0o644, b""),
    ]  # fmt: skip


def test_keeps_content_only_when_asked() -> None:
    """Content is kept for the files that `keep` names and for no other."""
    stream = tar([file("a", b"one"), file("b", b"two")])
    entries = read_entries(iter([stream]), where="t", keep=lambda path, *_: path == "b", log=WarningLog(), layer=0)
    assert [entry.content for entry in entries] == [None, b"two"]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        (b"./etc/passwd", "etc/passwd"), (b"/etc/shadow", "etc/shadow"), (b"//abs", "abs"), (b"/", ""), (b"./", ""),
        (b".", ""), (b"a/./b", "a/b"), (b"a//b/", "a/b"), (b"a/../b", "b"), (b".hidden", ".hidden"), (b"a/.b", "a/.b"),
        (b"..a", "..a"), (b"a/..b", "a/..b"), (b"./../x", "x"), (b"../../../escape", "escape"), (b"d/../../../e", "e"),
        (b"\xff/\xe9", "\udcff/\udce9"),
    ],
)  # fmt: skip
def test_paths_start_at_the_root(name: bytes, clean: str) -> None:
    """A member's name is a path from the image's root, whatever it says."""
    assert clean_path(name, clamp=True) == clean


def test_climbing_names_are_warned_of() -> None:
    """Names that climb out of the root are read as starting there, with a warning."""
    log = WarningLog()
    entries = read(tar([file("../../escape"), file("d/../../../escape2"), file("./../escape3")]), log=log)
    assert [entry.path for entry in entries] == ["escape", "escape2", "escape3"]
    assert log.counts == {"path-outside-root": 3}


def test_huge_and_negative_numbers() -> None:
    """Base-256 numbers are read: sizes beyond octal, negative times and owners."""
    entry = read(tar([file("a", uid=2**40, gid=-1, mtime=-5)], form=tarfile.GNU_FORMAT))[0]
    assert (entry.uid, entry.gid, entry.mtime) == (2**40, -1, -5)


def test_sizes_without_terminator() -> None:
    """An octal field that uses its last byte for a digit, too, is read whole."""
    stream = bytearray(tar([file("a", b"12345678")]))
    stream[100:108] = b"01234567"
    stream[148:156] = b" " * 8
    stream[148:156] = b"%06o\0 " % sum(stream[:512])
    assert read(bytes(stream))[0].mode == 0o1234567 & 0o7777


def test_xattrs_come_from_pax_headers() -> None:
    """Extended attributes keep their bytes."""
    member = file("a", pax_headers={"SCHILY.xattr.security.capability": "\x01\udcff"})
    assert read(tar([member]))[0].xattrs == {"security.capability": b"\x01\xff"}


def test_pax_size_overrides_the_header() -> None:
    """As Go has it, a pax size counts, not the header's."""
    stream = bytearray(tar([file("a", b"x" * 600, pax_headers={"size": "600"}), file("b")]))
    position = stream.index(b"a\0\0\0", 1024)
    stream[position + 124 : position + 136] = b"00000000000\0"
    header = stream[position : position + 512]
    header[148:156] = b" " * 8
    stream[position + 148 : position + 156] = b"%06o\0 " % sum(header)
    assert [(entry.path, entry.size) for entry in read(bytes(stream))] == [("a", 600), ("b", 0)]


def test_global_headers_are_ignored() -> None:
    """A pax global header changes no entry, as container engines have it, and is warned of."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"path": "evil"}) as archive:
        archive.addfile(*file("good")[:1])
    log = WarningLog()
    assert [entry.path for entry in read(out.getvalue(), log=log)] == ["good"]
    assert log.counts == {"global-header": 1}


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_extended_headers_are_bounded(form: int) -> None:
    """Long names and pax records beyond 1 MiB are refused, as Go does, before they are read."""
    with pytest.raises(InvalidTar, match="an extended header of"):
        read(tar([file("n" * (1024 * 1024 + 10))], form=form))


def test_a_claimed_giant_header_is_refused() -> None:
    """An extended header that claims 8 GiB costs nothing."""
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.XHDTYPE, 8 * 1024**3
    with pytest.raises(InvalidTar, match="an extended header of"):
        read(member.tobuf(tarfile.GNU_FORMAT) + bytes(2048))


@pytest.mark.parametrize(
    "record", [b"99 path=x\n", b"5 a=b\n", b"-6 a=b\n", b"0 a=b\n", b" a=b\n", b"9 path=x", b"10 path=\0x\n", b"x"]
)
def test_malformed_pax_records(record: bytes) -> None:
    """Wrong lengths, missing ends and NULs in a pax header are errors, not loops."""
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.XHDTYPE, len(record)
    stream = member.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0") + tar([file("a")])
    with pytest.raises(InvalidTar, match="pax header"):
        read(stream)


def test_sparse_files_are_not_expanded() -> None:
    """A sparse file of 10 GiB in a few blocks has its logical size, no digest, and a warning."""
    member = tarfile.TarInfo("sparse")
    member.size = 512
    member.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"%011o\0%011o\0" % (0, 512)
    header[482] = 0
    header[483:495] = b"\x80" + (10 * 1024**3).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    log = WarningLog()
    entries = read(bytes(header) + bytes(512) + tar([file("next", b"n")]), log=log)
    assert [(entry.path, entry.size) for entry in entries] == [("sparse", 10 * 1024**3), ("next", 1)]
    assert entries[0].digest is None
    assert log.counts == {"sparse-file": 1}


def test_pax_sparse_files() -> None:
    """GNU's pax 1.0 sparse format gives the real name and the logical size."""
    headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "real",
        "GNU.sparse.realsize": "5000000000",
    }
    entries = read(tar([file("GNUSparseFile.0/real", b"0\n".ljust(512, b"\0"), pax_headers=headers)]))
    assert [(entry.path, entry.size, entry.digest) for entry in entries] == [("real", 5_000_000_000, None)]


def test_unknown_types_are_left_out() -> None:
    """An entry of an unknown type is passed over with its content, and warned of."""
    log = WarningLog()
    strange = file("strange", b"x" * 600)
    strange[0].type = b"!"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(strange[0], io.BytesIO(strange[1]))
        archive.addfile(file("after")[0])
    stream = out.getvalue()
    assert [entry.path for entry in read(stream, log=log)] == ["after"]
    assert log.counts == {"unknown-entry-type": 1}


@pytest.mark.parametrize("cut", [100, 600, 1025, 1300])
def test_truncated_streams(cut: int) -> None:
    """A stream that ends inside a header, a file or its padding is an error."""
    stream = tar([file("a", b"x" * 700), file("b")])
    with pytest.raises(InvalidTar, match="ends"):
        read(stream[:cut])


def test_the_end_marker_may_be_missing() -> None:
    """As Go has it, a stream may end without its two zero blocks, at an entry's border."""
    stream = tar([file("a", b"x")])
    assert [entry.path for entry in read(stream[:1024])] == ["a"]
    assert [entry.path for entry in read(stream[:1536])] == ["a"]


def test_one_zero_block_then_data() -> None:
    """A lone zero block before more entries is malformed, as Go has it."""
    with pytest.raises(InvalidTar, match="found zeros"):
        read(tar([file("a")])[:512] + bytes(512) + tar([file("b")]))


def test_trailing_bytes_are_read_and_warned_of() -> None:
    """Bytes behind the end marker belong to the stream (its digest) but to no entry."""
    log = WarningLog()
    seen: list[int] = []

    def chunks() -> Iterator[bytes]:
        for chunk in (tar([file("a")]), bytes(100), b"trailer"):
            seen.append(len(chunk))
            yield chunk

    assert [e.path for e in read_entries(chunks(), where="t", keep=lambda *_: False, log=log, layer=0)] == ["a"]
    assert len(seen) == 3
    assert log.counts == {"trailing-bytes": 1}


def test_something_else_than_a_tar() -> None:
    """An error page where a layer should be is told apart at its first block."""
    with pytest.raises(InvalidTar, match="no tar header"):
        read(b"<!doctype html>" + b" " * 600)


def test_old_checksums_of_signed_characters() -> None:
    """Headers summed with signed characters, as old tars did, are accepted."""
    stream = bytearray(tar([file("\udcff\udcfe", b"")], form=tarfile.GNU_FORMAT))
    header = stream[:512]
    header[148:156] = b" " * 8
    stream[148:156] = b"%06o\0 " % sum(byte - 256 if byte > 127 else byte for byte in header)
    assert read(bytes(stream))[0].path == "\udcff\udcfe"
