"""Small databases made for tests: OSV archives of a few advisories, and CISA's catalogue, as files in a folder."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
HIGH = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"
LOW = "CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N"


def advisory(
    name: str,
    package: str,
    fixed: str = "",
    *,
    vector: str = "",
    ecosystem: str = "Alpine:v3.20",
    modified: str = "2026-11-20",
    **fields: Any,
) -> dict[str, Any]:
    """Return an OSV advisory about every version of one package before `fixed`, about all where that is ""."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    return {
        "schema_version": "1.7.3",
        "id": f"{ecosystem.partition(':')[0].upper()}-{name}",
        "upstream": [name],
        "summary": f"A flaw of {package}",
        "modified": f"{modified}T00:00:00Z",
        "published": f"{modified}T00:00:00Z",
        "severity": [{"type": "CVSS_V3", "score": vector}] if vector else [],
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
    } | fields


def archive(folder: Path, ecosystem: str, advisories: Iterable[dict[str, Any]]) -> Path:
    """Write `ECOSYSTEM/all.zip` below a folder of advisories, as OSV has it; return the folder."""
    path = folder / ecosystem / "all.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for one in advisories:
            opened.writestr(zipfile.ZipInfo(f"{one['id']}.json"), json.dumps(one))
    return folder


def exploited(folder: Path, *names: str, as_of: str = "2026-11-20") -> Path:
    """Write CISA's catalogue with these flaws; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = {
        "title": "CISA Catalog of Known Exploited Vulnerabilities",
        "catalogVersion": as_of.replace("-", "."),
        "dateReleased": f"{as_of}T00:00:00Z",
        "count": len(names),
        "vulnerabilities": [
            {"cveID": name, "dateAdded": "2026-10-01", "knownRansomwareCampaignUse": "Unknown"} for name in names
        ],
    }
    (folder / "known_exploited_vulnerabilities.json").write_text(json.dumps(catalogue))
    return folder
