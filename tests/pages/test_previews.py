"""Previews: pictures of links, drawn for every image, of what is known and in letters that the font has."""

import io
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from mkdocs.utils import meta
from PIL import Image as Picture

from generator.compare.past import figures_of
from generator.pages import previews
from generator.pages.cards import Bar, Card
from generator.pages.previews import HEIGHT, WIDTH, legible
from generator.pages.site import Image, Site, arrange
from generator.store.observation import Observation
from tests.pages.samples import HOSTILE, Sample, document, sample
from tests.pages.site_build import rendered

URL = "https://images.site.invalid/bases/"
BAR, TRACK, PAPER = (0x6F, 0xB0, 0xC6), (0xED, 0xF1, 0xF2), (255, 255, 255)
CARD = Card("", "approved", "2e7d32", "", (), (), "recorded 2026-11-24")


def at_an_address(one: Sample, url: str = URL) -> Sample:
    """Return the sample with the site's own address."""
    settings = msgspec.structs.replace(one.configuration.site, url=url)
    configuration = msgspec.structs.replace(one.configuration, site=settings)
    return Sample(configuration, one.outcomes, one.documents, one.histories)


def of_one(**fields: object) -> tuple[Image, Site]:
    """Return an image of the sample, with other words of images.yml, and its site."""
    one = at_an_address(sample())
    site = Site(one.configuration, arrange(one.configuration, {(o.name, o.platform): o for o in one.outcomes}))
    image = site.images[0]
    target = msgspec.structs.replace(image.target, **fields)
    return Image(target, image.group, image.platform, image.outcome), site


def drawn(bars: tuple[Bar, ...] = (), facts: tuple[tuple[str, str], ...] = (), **fields: object) -> Picture.Image:
    """Draw an image of which the card says this."""
    said = dict.fromkeys(("packages", "shell", "runs as", "support"), "unknown") | dict(facts)
    return previews.draw_image(*of_one(**fields), CARD._replace(bars=bars, facts=tuple(said.items())))


def colours(picture: Picture.Image) -> set[object]:
    """Return all colours of a picture."""
    counted = picture.getcolors(WIDTH * HEIGHT)
    assert counted is not None
    return {colour for _, colour in counted}


def pictures(docs: Path) -> Iterator[tuple[str, Path]]:
    """Yield the previews below a rendered site by their places."""
    for path in sorted((docs / "previews").rglob("*")):
        if path.is_file():
            yield path.relative_to(docs / "previews").as_posix(), path


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render the sample's site at an address."""
    return rendered(at_an_address(sample()), tmp_path_factory.mktemp("docs"))


def test_every_image_has_one(docs: Path) -> None:
    """The site, each image and each other platform has a PNG of the size that is promised, small and of itself only."""
    made = dict(pictures(docs))
    names = ("alpine", "alpine/linux-arm64", "busybox", "debian", "old", "unread")
    assert sorted(made) == sorted(["site.png", *(f"images/{name}.png" for name in names)])
    for path in made.values():
        with Picture.open(path) as picture:
            assert (picture.format, picture.size, picture.info) == ("PNG", (1200, 630), {})
        assert path.stat().st_size < 40_000
    assert len({path.read_bytes() for path in made.values()}) == len(made)


def test_pages_of_images_name_theirs(tmp_path: Path) -> None:
    """Every page of an image names a picture, also of one that was never read or is no longer listed; all are there."""
    one, former = sample(), document(word="former")
    seen = Observation(
        at="2026-01-01T03:10:00Z",
        subject=former.subject,
        generator_version="0.0.0",
        source="registry:registry.invalid/gone:latest",
        figures=figures_of(former),
    )
    histories = {("gone", slug): [seen] for slug in ("linux-amd64", "linux-arm64")} | {("busybox", "linux-386"): [seen]}
    docs = rendered(at_an_address(Sample(one.configuration, one.outcomes, one.documents, histories)), tmp_path)
    named = {}
    for path in (docs / "images").rglob("index.md"):
        _, values = meta.get_data(path.read_text(encoding="utf-8"))
        if "preview" in values:
            named[path.parent.relative_to(docs).as_posix()] = values["preview"]
    assert named == {folder: f"previews/{folder}.png" for folder in named}
    assert {"images/unread", "images/gone", "images/gone/linux-arm64", "images/busybox/linux-386"} <= named.keys()
    assert sorted(named.values()) == sorted(f"previews/{name}" for name, _ in pictures(docs) if name != "site.png")


def test_a_site_without_an_address_has_none(tmp_path: Path) -> None:
    """Open Graph wants whole addresses, so pictures that nothing can name are not drawn."""
    assert not (rendered(sample(), tmp_path) / "previews").exists()


def test_the_same_documents_give_the_same_bytes(docs: Path, tmp_path: Path) -> None:
    """Nothing but the site's facts is in a picture."""
    for name, again in pictures(rendered(at_an_address(sample()), tmp_path)):
        assert again.read_bytes() == (docs / "previews" / name).read_bytes()


def test_unknown_is_not_zero() -> None:
    """A size that is not known has an empty frame, one of nothing a track without a bar, any other a bar."""
    unknown, nothing, small = (
        colours(drawn((Bar("docker_size", words, share),)))
        for words, share in (("unknown", None), ("0 B", 0.0), ("1 B", 0.000_001))
    )
    assert not {BAR, TRACK} & unknown
    assert {BAR, TRACK} & nothing == {TRACK}
    assert {BAR, TRACK} <= small


def test_support_that_has_ended_is_seen() -> None:
    """Red is for an end that is over, and for nothing else."""
    red = (0xC6, 0x28, 0x28)
    assert red in colours(drawn(facts=(("support", "ended 2019-05-01"),)))
    assert red not in colours(drawn(facts=(("support", "until 2030-05-01"),)))


@pytest.mark.parametrize(
    ("choices", "shown"),
    [
        (("Alpine",), "Alpine"),
        (("Édition spéciale – “naïve”",), "Édition spéciale – “naïve”"),
        (("Alpine \N{MOUNTAIN}\ufe0f \N{FAMILY}\u200d\N{ROCKET} slim",), "Alpine slim"),
        (("基础镜像", "Base image"), "Base image"),
        (("基础 Alpine 镜像", "alpine"), "alpine"),
        (("Основной", "أساس", "ราก"), ""),
        (("\N{ROCKET}", "", "  "), ""),
        (("right\u202eleft\x00\udcff",), "right\\u202eleft\\x00\\xff"),
        (("e\u0301", "plain"), "é"),
        (("y" * 5000,), "y" * 300),
    ],
)
def test_words_are_taken_that_can_be_drawn(choices: tuple[str, ...], shown: str) -> None:
    """Pictograms are left out; other letters that the font has not send on to the next words, whole."""
    assert legible(*choices) == shown


def test_the_day_of_the_advisories_changes_no_picture() -> None:
    """Only what rests on the image is drawn: pictures are the same files until the image is another."""
    today = CARD._replace(note=f"{CARD.note}, advisories as of 2026-11-25", known="known vulnerabilities: 3")
    image, site = of_one()
    said = tuple((name, "unknown") for name in ("packages", "shell", "runs as", "support"))
    made = [previews.draw_image(image, site, card._replace(facts=said)).tobytes() for card in (CARD, today)]
    assert made[0] == made[1]


def test_a_title_in_other_letters_gives_way() -> None:
    """What another language has for a title stands in its place, or else the image's name: the same picture."""
    name = drawn(title="alpine").tobytes()
    assert drawn(title="阿尔派恩").tobytes() == name
    assert drawn(title="阿尔派恩", translations={"zh": {"title": "亚"}, "en": {"title": "alpine"}}).tobytes() == name
    assert drawn(title="Alpine").tobytes() != name


@pytest.mark.parametrize("words", [*HOSTILE, "W" * 500, "wide words " * 60, "\N{ROCKET}" * 40, "\u0301" * 400])
def test_no_words_leave_the_picture(words: str) -> None:
    """Whatever an image or images.yml says, its words stay between the margins, and below the band."""
    facts = tuple((name, words) for name in ("packages", "shell", "runs as", "support"))
    bars = tuple(Bar("docker_size", "999 MB", 1.0) for _ in range(2))
    picture = drawn(bars, facts, title=words, description=words)
    assert picture.size == (WIDTH, HEIGHT)
    for box in ((0, 12, 70, HEIGHT), (WIDTH - 68, 12, WIDTH, HEIGHT), (0, 585, WIDTH, HEIGHT)):
        assert colours(picture.crop(box)) == {PAPER}, box


def test_the_site_s_picture_has_a_bar_for_each_image(docs: Path) -> None:
    """The site's picture has a bar for each image of which the size is known, as long as there is room for names."""
    with Picture.open(docs / "previews" / "site.png") as opened:
        picture = opened.convert("RGB")
    row = [picture.getpixel((340, y)) for y in range(HEIGHT)]
    assert sum(one == BAR and row[y - 1] != BAR for y, one in enumerate(row)) == 4


def test_a_library_that_cannot_read_the_typeface(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pictures are then drawn with the font that comes with the library."""
    caches = (previews._font, previews._has)
    for cache in caches:
        cache.cache_clear()
    monkeypatch.setattr(previews, "shipped", lambda _: tmp_path / "none.woff2")
    try:
        assert BAR in colours(drawn((Bar("docker_size", "1 MB", 0.5),)))
        assert legible("é", "e") == "e"
    finally:
        for cache in caches:
            cache.cache_clear()


def test_files_are_png_without_words_of_their_own(docs: Path) -> None:
    """No text, time or colour profile is in a file: header, palette, data and end are all."""
    content = (docs / "previews" / "images" / "old.png").read_bytes()
    stream, kinds = io.BytesIO(content[8:]), []
    while head := stream.read(8):
        kinds.append(head[4:])
        stream.seek(int.from_bytes(head[:4]) + 4, io.SEEK_CUR)
    assert set(kinds) == {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
