"""What is said of single flaws: CISA's catalogue of exploited ones (KEV), and how probable exploitation is (EPSS).

In: a file as its publisher has it. Out: for each CVE the words that an index keeps of it, and the day of the file;
`exploited` and `probability` read those words again. Formats: the JSON Schema beside CISA's catalogue, and
first.org/epss/data_stats, a gzipped table behind a line of comment that has the day.
"""

import csv
import gzip
import io
import math
import re
import zlib
from pathlib import Path
from typing import Final

import msgspec

from generator.advisories import osv
from generator.advisories.assessment import Exploited
from generator.errors import InvalidAdvisories
from generator.limits import MIB

FILE_SIZE: Final = 64 * MIB
"""Bytes of a catalogue, of a table unpacked, or of a security database."""
Words = dict[str, str]
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_DATED: Final = re.compile(r"#.*score_date:([0-9T:+Z-]{10,40})")


class _KevEntry(msgspec.Struct):
    cveID: str  # noqa: N815 - CISA's name
    dateAdded: str  # noqa: N815
    knownRansomwareCampaignUse: str = ""  # noqa: N815


class _Kev(msgspec.Struct):
    vulnerabilities: list[_KevEntry]
    dateReleased: str = ""  # noqa: N815


def read_kev(source: Path, where: str) -> tuple[Words, str]:
    """Read CISA's catalogue; raises InvalidAdvisories when the file is none."""
    try:
        found = msgspec.json.decode(bounded(source, where), type=_Kev)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise InvalidAdvisories(where=where, reason=f"not CISA's catalogue: {err}") from err
    words = {
        _name(one.cveID): f"{osv.day(one.dateAdded)} {int(one.knownRansomwareCampaignUse == 'Known')}"
        for one in found.vulnerabilities
    }
    return _of_flaws(words), osv.day(found.dateReleased)


def exploited(words: str) -> Exploited | None:
    """Return the entry that `read_kev` put into these words; "" is that there is none."""
    day, _, ransomware = words.partition(" ")
    return Exploited(added_on=day, ransomware=ransomware == "1") if words else None


def read_epss(source: Path, where: str) -> tuple[Words, str]:
    """Read a table of EPSS scores; raises InvalidAdvisories when the file is none."""
    try:
        with gzip.open(source) as stream:
            content = stream.read(FILE_SIZE + 1)
        if len(content) > FILE_SIZE:
            raise InvalidAdvisories(where=where, reason=f"more than {FILE_SIZE} bytes")
        text = content.decode()
        table = csv.DictReader(io.StringIO(text[text.index("cve,") :]))
        words = {_name(row["cve"]): str(_probability(row["epss"])) for row in table}
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, csv.Error) as err:
        raise InvalidAdvisories(where=where, reason=f"not a table of EPSS scores: {err}") from err
    dated = _DATED.match(text)
    return _of_flaws(words), osv.day(dated[1]) if dated else ""


def _probability(written: str) -> float:
    found = float(written)
    if not (math.isfinite(found) and 0 <= found <= 1):
        raise ValueError(f"{written[:40]!r} is no probability")
    return found


def probability(words: str) -> float | None:
    """Return the score that `read_epss` put into these words; "" is that there is none."""
    return float(words) if words else None


def _name(written: str) -> str:
    return written.strip().upper()


def _of_flaws(words: Words) -> Words:
    return {name: said for name, said in words.items() if _CVE.fullmatch(name)}


def bounded(source: Path, where: str) -> bytes:
    """Return a file's bytes; raises InvalidAdvisories when there are more than allowed."""
    with source.open("rb") as file:
        content = file.read(FILE_SIZE + 1)
    if len(content) > FILE_SIZE:
        raise InvalidAdvisories(where=where, reason=f"more than {FILE_SIZE} bytes")
    return content
