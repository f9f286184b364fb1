"""The published API: its files hold against its own schemas and against OpenAPI, and say what the pages say."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from generator import pages
from generator.compare.past import figures_of
from generator.pages import openapi
from generator.store import status
from generator.store.observation import Observation
from tests.pages.samples import REPOSITORY, Sample, sample
from tests.pages.test_hostile import STRINGS, hostile_sample


def histories(one: Sample) -> dict[tuple[str, str], tuple[Observation, ...]]:
    """Give the first image two states, each image its own, and add one that is no longer listed."""
    found: dict[tuple[str, str], tuple[Observation, ...]] = {}
    for outcome in one.outcomes:
        if outcome.observation:
            document = one.documents.get(outcome.observation.subject)
            figures = figures_of(document) if document else None
            now = msgspec.structs.replace(outcome.observation, figures=figures)
            found[outcome.name, outcome.platform.slug] = (now,)
    (key, (newest,)), (_, (other,)) = list(found.items())[:2]
    before = msgspec.structs.replace(other, at="2024-01-02T03:04:05Z", resolved_digest="sha256:" + "e" * 64)
    found[key] = (before, newest)
    found["gone", "linux-amd64"] = (msgspec.structs.replace(other, at="2023-05-06T07:08:09Z"),)
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's rendered files."""
    one = sample()
    folder = tmp_path_factory.mktemp("api") / "docs"
    pages.render(
        one.configuration,
        one.outcomes,
        one.load,
        templates=REPOSITORY / "templates",
        site_src=REPOSITORY / "site_src",
        destination=folder,
        histories=histories(one),
    )
    status.write(folder, status.status_of(one.outcomes, "2026-11-24T10:11:12Z"))
    return folder


def read(published: Path, path: str) -> Any:
    """Read a file of the API."""
    return json.loads((published / "api/v1" / path).read_bytes())


KINDS = {
    "index.json": "index",
    "status.json": "status",
    "changes.json": "changes",
    "changes/*.json": "changes",
    "search/packages.json": "packages",
    "search/vulnerabilities.json": "vulnerability-search",
    "images/*/*.json": "image",
    "images/*/*/history.json": "history",
    "images/*/*/vulnerabilities.json": "vulnerabilities",
    "digests/*/*.json": "digest",
}


@pytest.mark.parametrize(("pattern", "name"), KINDS.items())
def test_files_are_what_their_schemas_say(published: Path, pattern: str, name: str) -> None:
    """Each published file holds against its published schema, times and dates included."""
    schema = read(published, f"schemas/{name}.json")
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    paths = sorted((published / "api/v1").glob(pattern))
    assert paths
    for path in paths:
        validator.validate(json.loads(path.read_bytes()))


def test_no_file_is_without_a_schema(published: Path) -> None:
    """All JSON of the API is described: nothing is published that programs cannot rely on."""
    root = published / "api/v1"
    described = {path for pattern in KINDS for path in root.glob(pattern)}
    others = [path.relative_to(root).as_posix() for path in root.rglob("*.json") if path not in described]
    known = re.compile(r"schemas/.*|openapi\.json|documents/.*|images/[^/]+/[^/]+/sbom/.*")
    assert [path for path in others if not known.fullmatch(path)] == []


def test_the_description_is_openapi(published: Path) -> None:
    """OpenAPI's own validator takes it, and every path that it has is there, and the other way round."""
    description = read(published, "openapi.json")
    OpenAPIV31SpecValidator(description).validate()
    for path in description["paths"]:
        pattern = path.strip("/").replace("{name}", "*").replace("{platform}", "*").replace("{algorithm}", "*")
        pattern = pattern.replace("{hex}", "*").replace("{year}", "*").replace("{format}", "*")
        assert list((published / "api/v1").glob(pattern)), path
    assert set(description["components"]["schemas"]) >= {shape.__name__ for shape in openapi.SCHEMAS.values()}


def test_a_wrong_file_would_be_found(published: Path) -> None:
    """The schemas refuse what they should: another version, a missing field, a size that is text."""
    validator = Draft202012Validator(read(published, "schemas/index.json"))
    good = read(published, "index.json")
    assert validator.is_valid(good)
    assert not validator.is_valid(good | {"api_version": 2})
    assert not validator.is_valid({key: value for key, value in good.items() if key != "images"})
    good["images"][0]["figures"]["docker_size"] = "5 MB"
    assert not validator.is_valid(good)


def test_the_index_has_every_image(published: Path) -> None:
    """Known and unknown, each platform, in the list's order; and what is no longer listed."""
    one, index = sample(), read(published, "index.json")
    listed = [(target.name, str(platform)) for target in one.configuration.targets for platform in target.platforms]
    assert [(image["name"], image["platform"]) for image in index["images"]] == listed
    assert [image["name"] for image in index["removed"]] == ["gone"]
    unknown = [image for image in index["images"] if image["digest"] is None]
    assert unknown
    assert all(image["figures"] is None and image["freshness"] == "missing" for image in unknown)


def test_addresses_lead_somewhere(published: Path) -> None:
    """Every address that the API names is a file of the site, and none is of a version."""
    for path in (published / "api/v1").rglob("*.json"):
        for name, value in _strings(json.loads(path.read_bytes())):
            if name == "page":
                assert (published / value / "index.html").is_file(), value
                assert value.startswith("permalink/")
            elif name in ("json", "history") or (path.name == "changes.json" and value.startswith("api/")):
                assert (published / value).is_file(), value


def _strings(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(name, value)]
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _strings(inner, key)]
    if isinstance(value, list):
        return [pair for inner in value for pair in _strings(inner, name)]
    return []


def test_changes_are_told_newest_first(published: Path) -> None:
    """Every change and every first appearance is there once, and the years have all of them."""
    changes = read(published, "changes.json")
    times = [one["at"] for one in changes["changes"]]
    assert times == sorted(times, reverse=True)
    assert sum(one["before"] is not None for one in changes["changes"]) == 1
    of_years = [
        one for place in changes["years"].values() for one in read(published, place.removeprefix("api/v1/"))["changes"]
    ]
    assert sorted(of_years, key=str) == sorted(changes["changes"], key=str)


def test_digests_know_who_had_them(published: Path) -> None:
    """A digest that an image had for a while says so, with both ends; an index's digest leads there too."""
    index = read(published, f"digests/sha256/{'e' * 64}.json")
    assert (index["kind"], index["figures"]) == ("index", None)
    (seen,) = index["seen"]
    assert seen["since"] == "2024-01-02T03:04:05Z"
    for path in (published / "api/v1/digests/sha256").glob("*.json"):
        found = json.loads(path.read_bytes())
        assert found["digest"] == f"sha256:{path.stem}"
        assert found["seen"]


def test_the_table_is_csv_and_no_formula(published: Path) -> None:
    """One row an image; no cell begins like a formula, and an unknown figure is an empty cell, never a 0."""
    rows = list(csv.DictReader(io.StringIO((published / "api/v1/matrix.csv").read_text(encoding="utf-8"), newline="")))
    index = read(published, "index.json")
    assert [row["name"] for row in rows] == [image["name"] for image in index["images"]]
    for row, image in zip(rows, index["images"], strict=True):
        assert not any(cell.startswith(("=", "+", "@", "-", "\t")) for cell in row.values())
        if image["digest"] is None:
            assert (row["rootfs_size"], row["packages"], row["digest"]) == ("", "", "")


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    """Whatever names hold, the files are JSON and CSV, and hold them as text."""
    one = hostile_sample(lambda number: STRINGS[number % len(STRINGS)])
    pages.render(
        one.configuration,
        one.outcomes,
        one.load,
        templates=REPOSITORY / "templates",
        site_src=REPOSITORY / "site_src",
        destination=tmp_path / "docs",
    )
    for path in (tmp_path / "docs/api/v1").rglob("*.json"):
        json.loads(path.read_bytes())
    table = (tmp_path / "docs/api/v1/matrix.csv").read_text(encoding="utf-8")
    assert len(list(csv.reader(io.StringIO(table, newline="")))) == 1 + len(one.outcomes)
