"""Terms and the index of them: what is found under which key, and how the index is cut."""

import gzip
import json
import subprocess
import sys
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from generator.compare import index, terms
from tests.pages.samples import REPOSITORY, SMALL, Entry, document

Row = tuple[str, str, str, str, tuple[int, ...]]


def numbers(ranges: str) -> tuple[int, ...]:
    """Read `0-3,7`."""
    parts = [part.split("-") for part in ranges.split(",")]
    return tuple(number for part in parts for number in range(int(part[0]), int(part[-1]) + 1))


def rows(shards: list[index.Shard]) -> list[Row]:
    """Return every row of the index."""
    found: list[Row] = []
    for shard in shards:
        content: Any = json.loads(shard.content)
        for key, kept in content["keys"]:
            found += [
                (key, code, name or key, detail, numbers(content["sets"][number]))
                for code, name, detail, number in kept
            ]
    return found


def lines(packed: list[bytes]) -> list[Row]:
    """Return what the index must say, made the simple way."""
    having: dict[str, list[int]] = {}
    for number, one in enumerate(packed):
        for line in terms.unpack(one):
            having.setdefault(line, []).append(number)
    found = []
    for line in sorted(having):
        key, code, name, detail = line.split("\0")
        found.append((key, code, name or key, detail, tuple(having[line])))
    return found


def test_every_path_is_found_by_its_name_and_its_words() -> None:
    """A path stands under its base name in small letters, and under each word of it but a file's ending."""
    found = rows(list(index.cut([terms.pack(document([Entry("etc/ssl/Ca-Certificates.crt"), *SMALL]))])))
    assert ("ca-certificates.crt", "0e", "Ca-Certificates.crt", "/etc/ssl", (0,)) in found
    assert ("certificates.crt", "1e", "Ca-Certificates.crt", "/etc/ssl", (0,)) in found
    assert not [row for row in found if row[0] == "crt"]
    assert ("busybox", "0e", "busybox", "/bin", (0,)) in found


def test_contents_layers_and_images_are_found_by_digest() -> None:
    """32 hex digits of each are a key; a content says its first path, a layer its number."""
    one = document(SMALL)
    found = {(row[0], row[1]): row for row in rows(list(index.cut([terms.pack(one)])))}
    content = one.tree.digests[64 * one.tree.contents[one.tree.names.index("passwd")] :][:32]
    assert found[f"sha256:{content}", "0j"][3] == "/etc/copy of passwd"
    assert found[f"sha256:{one.layers[1].diff_id[7:39]}", "0i"][2:4] == (one.layers[1].diff_id, "2")
    assert found[f"sha256:{str(one.identity.image_id)[7:39]}", "0h"][2] == one.identity.image_id


def test_keys_are_ascii_and_keep_the_order_of_their_characters() -> None:
    """What is not ASCII is percent-encoded, as encodeURIComponent does."""
    assert terms.key_of("Größe 名.TXT") == "gr%C3%B6%C3%9Fe %E5%90%8D.txt"


@given(st.lists(st.lists(st.text("ab/.- 0é", min_size=1, max_size=6), max_size=12), min_size=1, max_size=4))
def test_the_merged_index_says_what_its_images_do(images: list[list[str]]) -> None:
    """Whatever the names, merging sorted streams gives every line once, with all images that have it, in order."""
    packed = [
        terms.pack(
            document([Entry(f"d/{name.strip('/').replace('/', '_') or 'x'}") for name in names], word=str(number))
        )
        for number, names in enumerate(images)
    ]
    assert rows(list(index.cut(packed))) == lines(packed)


def test_shards_are_small_and_their_cuts_lead_to_every_key() -> None:
    """A shard has at most 30 kB on the wire; the last cut not above a key begins the shard where the key begins."""
    images = [
        terms.pack(document([Entry(f"usr/share/doc/package-{n:04d}/copyright", content=f"{n}") for n in range(4000)]))
        for _ in range(2)
    ]
    shards = list(index.cut(images))
    assert len(shards) > 8
    assert max(len(gzip.compress(shard.content)) for shard in shards) <= 30_000
    cuts = [shard.cut for shard in shards]
    assert cuts == sorted(cuts)
    first: dict[str, int] = {}
    for number, shard in enumerate(shards):
        for key, _ in json.loads(shard.content)["keys"]:
            first.setdefault(key, number)
    for key, number in first.items():
        assert max(at for at, cut in enumerate(cuts) if cut <= key) == number, key
    assert rows(shards)[0][0] <= rows(shards)[-1][0]


def test_equal_input_gives_equal_bytes() -> None:
    """Names of shards are their contents' digests, so nothing changes unless an image does."""
    packed = [terms.pack(document(SMALL)), terms.pack(document(SMALL, word="other"))]
    assert list(index.cut(packed)) == list(index.cut(list(packed)))


def test_links_to_directories_at_the_top_are_kept() -> None:
    """/bin → usr/bin is kept, a link to a file or to nowhere is not."""
    entries = [
        Entry("usr/bin/env"),
        Entry("bin", "l", target="usr/bin"),
        Entry("init", "l", target="/usr/bin/env"),
        Entry("gone", "l", target="nowhere"),
    ]
    assert terms.folder_links(document(entries)) == {"/bin": "/usr/bin"}


_MANY = """
from generator.compare import index, terms
from tests.opened import peak
from tests.pages.samples import Entry, document
packed = []
for image in range(60):
    names = [n if n % 4 else image * 10000 + n for n in range(5000)]
    entries = [Entry(f"usr/share/pkg-{name % 100:03d}/name-{name:05d}.txt") for name in names]
    packed.append(terms.pack(document(entries, word=str(image))))
count = sum(1 for _ in index.cut(packed))
print(count, peak())
"""


def test_many_images_take_little_memory() -> None:
    """60 images of 5,000 paths, every fourth of its own, are indexed in less than 150 MB, all told."""
    done = subprocess.run([sys.executable, "-c", _MANY], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    count, megabytes = map(int, done.stdout.split())
    assert count > 100
    assert megabytes < 150
