"""Any images side by side in a real browser: what the page says equals what `between` computes."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from generator.analysis.document import Document
from generator.compare import between
from generator.compare.changes import ASPECTS, Changes, Sorted, Unknown
from generator.compare.packages import full_version
from generator.oci.platform import Platform
from generator.store import documents, history
from generator.targets import Configuration, Group
from tests.browser.bare import STORE, rendered, served
from tests.browser.bare import recorded as recorded_site
from tests.pages.samples import HOSTILE, Entry, Sample, document, outcome, target

pytestmark = pytest.mark.browser
PAIRS = [
    ("debian-slim", "alpine"),
    ("alpine-3.19", "alpine-3.20"),
    ("alpine-3.6", "alpine-3.20"),
    ("distroless-base", "distroless-cc"),
    ("debian-slim", "distroless-static"),
    ("busybox", "busybox-musl"),
    ("alpine", "alpine"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the compare page over the recorded documents."""
    with served(recorded_site(tmp_path_factory.mktemp("compare"))) as address:
        yield address


def recorded(name: str) -> Document:
    """Load the recorded document of an image."""
    seen = history.last(STORE, name, Platform())
    assert seen
    return documents.load(STORE, seen.subject)


READ = """() => Object.fromEntries([...document.querySelectorAll("[data-facet]")].map(facet => {
  facet.querySelectorAll(":scope > button.bx-link").forEach(button => button.click());
  const rows = [...facet.querySelectorAll("tbody tr.is-different")].map(row => [row.dataset.key, row.dataset.has,
    [...row.querySelectorAll("td .bx-beside__text")].map(text => text.textContent)]);
  const values = [...facet.querySelectorAll("tbody tr")].map(row => [row.dataset.key,
    [...row.querySelectorAll("td")].map(cell => cell.dataset.value === undefined ? null : Number(cell.dataset.value))]);
  return [facet.dataset.facet, { ...facet.dataset, rows, values }];
}))"""


def shown(page: Page, address: str, *names: str) -> dict[str, Any]:
    """Open the page with these images; return what every part of it says."""
    page.goto(f"{address}compare/?images={','.join(names)}")
    page.wait_for_function(
        "names => document.querySelector('[data-compare-results]').dataset.for === names", arg=",".join(names)
    )
    facets: dict[str, Any] = page.evaluate(READ)
    return facets


def keys(facet: dict[str, Any], has: str) -> list[str]:
    """Return the keys of differing rows that the first (`10`), the second (`01`) or both (`11`) have."""
    return sorted(row[0] for row in facet["rows"] if row[1] == has)


def check_sorted(facet: dict[str, Any], expected: Sorted[Any] | Unknown, field: str) -> None:
    """Hold a facet against things told apart by name."""
    if isinstance(expected, Unknown):
        assert facet["unknown"] == f"{expected.before},{expected.after}"
        return
    assert keys(facet, "10") == sorted(getattr(one, field) for one in expected.removed)
    assert keys(facet, "01") == sorted(getattr(one, field) for one in expected.added)
    assert keys(facet, "11") == sorted(getattr(one, field) for one, _ in expected.changed)
    assert int(facet["same"]) == expected.same_count


def check_unknown(facet: dict[str, Any], expected: object) -> bool:
    """Tell whether nothing is known, and check that the page says so with the same reasons."""
    if isinstance(expected, Unknown):
        assert facet["unknown"] == f"{expected.before},{expected.after}"
        return True
    assert "unknown" not in facet
    return False


def check(facets: dict[str, Any], changes: Changes) -> None:
    """Hold all facets against Changes."""
    assert {row[0]: tuple(row[1]) for row in facets["sizes"]["values"]} == {
        one.name: (one.before, one.after) for one in changes.sizes
    }
    assert int(facets["layers"]["shared"]) == len(changes.layers.shared)
    assert int(facets["layers"]["equal"]) == changes.layers.equal_elsewhere_count
    assert [row[0] for row in facets["sheet"]["rows"]] == [one.before.name for one in changes.capabilities]
    if not check_unknown(facets["config"], changes.settings):
        assert not isinstance(changes.settings, Unknown)
        assert sorted(row[0] for row in facets["config"]["rows"]) == sorted(
            f"{one.field} {one.name}".strip() for one in changes.settings
        )
    check_packages(facets["packages"], changes)
    check_commands(facets["commands"], changes)
    if not check_unknown(facets["libraries"], changes.libraries):
        assert not isinstance(changes.libraries, Unknown)
        assert keys(facets["libraries"], "10") == sorted(changes.libraries.removed)
        assert keys(facets["libraries"], "01") == sorted(changes.libraries.added)
        assert int(facets["libraries"]["same"]) == changes.libraries.same_count
    if not check_unknown(facets["certificates"], changes.certificates):
        assert not isinstance(changes.certificates, Unknown)
        for has, expected in (("10", changes.certificates.removed), ("01", changes.certificates.added)):
            assert keys(facets["certificates"], has) == sorted(f"{one.name}\t{one.fingerprint}" for one in expected)
    if not check_unknown(facets["zones"], changes.zones):
        assert not isinstance(changes.zones, Unknown)
        differing = [
            name
            for name, before, after in (
                ("count", changes.zones.before_count, changes.zones.after_count),
                ("version", changes.zones.version_before, changes.zones.version_after),
            )
            if before != after
        ]
        assert sorted(row[0] for row in facets["zones"]["rows"]) == differing
    check_sorted(facets["places"], changes.places, "path")
    check_sorted(facets["users"], changes.users, "name")
    check_sorted(facets["groups"], changes.groups, "name")
    if isinstance(changes.permissions, Unknown):
        assert all("unknown" in facets[name] for name in ("setuid", "capable", "writable"))
    else:
        check_sorted(facets["setuid"], changes.permissions.setuid, "path")
        check_sorted(facets["capable"], changes.permissions.capable, "path")
        check_sorted(facets["writable"], changes.permissions.world_writable, "path")


def check_packages(facet: dict[str, Any], changes: Changes) -> None:
    """Hold packages against Changes: names by what happens to them, and both versions of those that changed."""
    if check_unknown(facet, changes.packages):
        return
    assert not isinstance(changes.packages, Unknown)
    for has, kinds in (("10", ["removed"]), ("01", ["added"]), ("11", ["upgraded", "downgraded", "changed"])):
        expected = [one for one in changes.packages.changes if one.kind in kinds]
        names = [one.name for change in expected for one in [change.before or change.after] if one]
        assert sorted(key.split("\t")[1] for key in keys(facet, has)) == sorted(names)
    assert int(facet["same"]) == changes.packages.same_count
    versions = {row[0].split("\t")[1]: row[2] for row in facet["rows"] if row[1] == "11"}
    for change in changes.packages.changes:
        if change.before and change.after:
            assert versions[change.before.name] == [full_version(change.before), full_version(change.after)]


def check_commands(facet: dict[str, Any], changes: Changes) -> None:
    """Hold commands against Changes: gone, come, and those that another program provides."""
    if check_unknown(facet, changes.commands):
        return
    assert not isinstance(changes.commands, Unknown)
    assert keys(facet, "10") == sorted(one.name for one, _ in changes.commands.removed)
    assert keys(facet, "01") == sorted(one.name for one, _ in changes.commands.added)
    assert keys(facet, "11") == sorted(one.name for one in changes.commands.both if one.provider_changed)
    providers = {row[0]: row[2] for row in facet["rows"] if row[1] == "11"}
    for one in changes.commands.both:
        if one.provider_changed:
            assert providers[one.name] == [one.provider_before.family, one.provider_after.family]


FILES = """part => ({ ...part.dataset, rows: Object.fromEntries([...part.querySelectorAll("[data-list]")].map(list => {
  const button = list.querySelector("button");
  while (!button.hidden) button.click();
  const rows = [...list.querySelectorAll("li")].map(row => [row.dataset.path, Number(row.dataset.count)]);
  return [list.dataset.list, rows];
})) })"""


def files(page: Page) -> list[dict[str, Any]]:
    """Let the page compare the files; return what it says of each further image."""
    page.locator(".bx-beside__load").click()
    page.wait_for_selector(".bx-beside__files")
    for summary in page.locator(".bx-beside__files summary").all():
        summary.click()
    page.wait_for_timeout(50)  # a fold tells that it is open a moment later
    return [part.evaluate(FILES) for part in page.locator(".bx-beside__files").all()]


def check_files(part: dict[str, Any], changes: Changes) -> None:
    """Hold the files against Changes: all counts, each row of what only one has, each path that is different."""
    expected = changes.files
    assert (int(part["removed"]), int(part["added"])) == (expected.removed_count, expected.added_count)
    assert (int(part["changed"]), int(part["same"])) == (expected.changed_count, expected.same_count)
    assert int(part["unsure"]) == expected.unknown_content_count
    assert list(map(int, part["aspects"].split(","))) == [expected.by_aspect[aspect] for aspect in ASPECTS]
    assert part["rows"]["removed"] == [[row.path, row.count] for row in expected.removed]
    assert part["rows"]["added"] == [[row.path, row.count] for row in expected.added]
    assert [row[0] for row in part["rows"]["changed"]] == [row.path for row in expected.changed]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_page_says_what_between_computes(address: str, page: Page, before: str, after: str) -> None:
    """Every fact that the script works out of published JSON equals Changes, computed from the documents."""
    changes = between.between(recorded(before), recorded(after))
    if before == after:  # the page takes an image once; the other address of the same bytes stands for it
        after = "alpine/linux-arm64"
        changes = between.between(recorded("alpine"), documents.load(STORE, _arm().subject))
    check(shown(page, address, before, after), changes)
    (part,) = files(page)
    check_files(part, changes)


def _arm() -> Any:
    return history.last(STORE, "alpine", Platform("linux", "arm64"))


def test_four_images_stand_side_by_side(address: str, page: Page) -> None:
    """Four columns, a row differs when any of them does, and files are held against the first image's."""
    names = ["alpine-3.6", "alpine-3.19", "busybox", "distroless-static"]
    facets = shown(page, address, *names)
    assert all(len(row[1]) == 4 for row in facets["packages"]["rows"])
    parts = files(page)
    assert [part["after"] for part in parts] == names[1:]
    for part, name in zip(parts, names[1:], strict=True):
        check_files(part, between.between(recorded(names[0]), recorded(name)))
    page.get_by_label("Only differences").uncheck()
    assert page.locator("#beside-places tr.is-same").count() > 0
    assert page.locator("#beside-packages thead a").count() == 4


def test_pickers_change_the_page_and_its_address(address: str, page: Page) -> None:
    """Choosing images by keyboard writes the address, which restores them; a pair with a page of its own is linked."""
    page.goto(f"{address}compare/")
    assert "Pick two to four images." in page.locator("[role=status]").inner_text()
    page.get_by_label("Image 1").focus()
    page.keyboard.type("Debian slim")
    page.get_by_label("Image 2").select_option("alpine")
    page.wait_for_selector("#beside-packages")
    assert page.url == f"{address}compare/?images=debian-slim,alpine"
    link = page.locator("[data-compare-pair] a")
    assert (link.get_attribute("href") or "").endswith("/compare/debian-slim/alpine/")
    again = shown(page, address, "debian-slim", "alpine")
    assert again["packages"]["differ"] != "0"


def test_images_that_are_not_there_are_said(address: str, page: Page) -> None:
    """A name that images.yml does not have, and an image never recorded, are told apart, and nothing is shown."""
    page.goto(f"{address}compare/?images=alpine,ubuntu,no-such")
    said = page.locator("[role=status]").inner_text()
    assert "was never recorded" in said
    assert "There is no image no-such here." in said
    assert page.locator("[data-facet]").count() == 0


def test_every_pair_is_listed_without_a_script(address: str, browser: Browser) -> None:
    """The page is of use without a script: it lists the pairs that have pages."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}compare/")
    assert page.locator(".bx-beside__pairs a").count() > 3
    assert page.locator(".bx-beside__pick").is_hidden()
    assert page.locator("noscript p").is_visible()
    context.close()


def test_hostile_names_are_only_text(tmp_path: Path, page: Page) -> None:
    """Hostile paths, and bytes that are not UTF-8, stand on the page as text, and each counts once."""
    names = [one.replace("/", "\u2215").encode("utf-8", "backslashreplace").decode() for one in HOSTILE]
    hostile = document([Entry(f"files/{name}") for name in names] + [Entry("both")], word="hostile")
    plain = document([Entry("files/plain"), Entry("both", mode=0o600)], word="plain")
    configuration = Configuration(groups=(Group(name="g", title="G", targets=(target("hostile"), target("plain"))),))
    one = Sample(
        configuration,
        (outcome("hostile", hostile.subject), outcome("plain", plain.subject)),
        {hostile.subject: hostile, plain.subject: plain},
    )
    with served(rendered(one.configuration, one.outcomes, one.load, tmp_path)) as address:
        page.on("dialog", lambda dialog: pytest.fail(f"a name ran: {dialog.message}"))
        check(shown(page, address, "hostile", "plain"), between.between(hostile, plain))
        (part,) = files(page)
        check_files(part, between.between(hostile, plain))
        assert page.locator("[data-compare-results] :is(script, img, svg, iframe)").count() == 0


def test_pairs_are_of_recorded_images() -> None:
    """The pairs above are of images that data/ has, so that none of these tests compares nothing."""
    assert all(len(recorded(name).tree) > 100 for pair in PAIRS for name in pair)
    assert all(one != other for one, other in pairwise(PAIRS))
