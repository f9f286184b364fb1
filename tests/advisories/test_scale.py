"""Ten images against 100,000 advisories: what the index, the first assessments and the second run take."""

import json
import sys
import zipfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.engines import run

COUNT = 100_000
ECOSYSTEMS = ("Alpine:v3.6", "Alpine:v3.11", "Alpine:v3.14", "Alpine:v3.19", "Alpine:v3.20", "Debian:12")
PROGRAM = """
import json, sys, time
from pathlib import Path
from generator.advisories import recorded
from generator.advisories.database import open_database
from tests.opened import peak
advisories, indexes, store = map(Path, sys.argv[1:])
started = time.process_time()
database = open_database(advisories, indexes)
opened = time.process_time()
count = recorded.bring_up_to_date(store, database, {})
ended = time.process_time()
found = [recorded.load(store, one) for one in recorded.documents.subjects(store)]
print(json.dumps({"opening": opened - started, "assessing": ended - opened, "count": count, "peak": peak(),
                  "problems": len(database.problems), "findings": sum(len(one.findings) for one in found),
                  "advisories": sum(one[0] for _, i in database.archives for one in i.releases().values())}))
"""


def advisories(real: Path, names: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield COUNT advisories in the form of the real ones, each under names of its own, about real packages."""
    with zipfile.ZipFile(real) as archive:
        texts = [archive.read(name).decode() for name in sorted(archive.namelist())]
    places = cycle([*names, *((f"{name}-{number}", version) for number in range(40) for name, version in names)])
    for number, text in zip(range(COUNT), cycle(texts)):
        one = json.loads(text)
        ecosystem = ECOSYSTEMS[number % len(ECOSYSTEMS)]
        affected = one["affected"][: 1 + number % 12]
        for entry in affected:
            name, version = next(places)
            entry["package"] = {"ecosystem": ecosystem, "name": name}
            fixed = version if number % 3 else f"9{version}"
            entry["ranges"] = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
        yield one | {
            "id": f"TEST-{number}",
            "upstream": [f"CVE-20{10 + number % 16}-{100_000 + number}"],
            "related": [],
            "affected": affected,
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        }


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_images_against_a_hundred_thousand_advisories(shared_advisories: Path, tmp_path: Path) -> None:
    """They are assessed in ten seconds and 500 MB, the index included; when nothing has changed, nothing is done.

    Seconds are the processor's: what else the machine does is not counted.
    """
    store = tmp_path / "store"
    names: set[tuple[str, str]] = set()
    paths = sorted((REPOSITORY / "data" / "documents").glob("*/*/*.json"))
    documents = [(path, json.loads(path.read_bytes())) for path in paths]
    with_packages = [one for one in documents if (one[1]["sections"]["packages"] or {}).get("found")]
    assert len(with_packages) >= 9
    for path, document in (with_packages + documents)[:10]:
        target = store / path.relative_to(REPOSITORY / "data")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
        found = (document["sections"]["packages"] or {}).get("found") or {"packages": []}
        names |= {(one["source_name"] or one["name"], one["version"]) for one in found["packages"]}
    archive = tmp_path / "advisories" / "All" / "all.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        for one in advisories(shared_advisories / "almalinux9-osv.zip", sorted(names)):
            opened.writestr(f"{one['id']}.json", json.dumps(one))
    command: list[str | Path] = [sys.executable, "-c", PROGRAM, archive.parent.parent, tmp_path / "indexes", store]
    first, second = (json.loads(run(command, cwd=REPOSITORY)) for _ in range(2))
    assert (first["problems"], first["advisories"], first["count"]) == (0, COUNT, 10)
    assert first["findings"] > 500
    assert first["opening"] + first["assessing"] < 10
    assert max(first["peak"], second["peak"]) * 1024 * 1024 < 500_000_000
    assert (second["count"], second["findings"]) == (0, first["findings"])
    assert second["opening"] + second["assessing"] < 2
