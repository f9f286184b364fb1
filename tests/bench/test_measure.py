"""The benchmark measures what it says, and a broken promise is told."""

import hashlib
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from bench import measure
from bench.__main__ import Limit, table
from tests.engines import need
from tests.places import ROOT

MB = 10**6


def test_time_and_peak_memory_are_those_of_the_process() -> None:
    """A process that fills 400 MB and sleeps half a second costs that much, asked from a small one as bench is."""
    program = "import time; filled = b'x' * 400_000_000; time.sleep(0.5)"
    asking = "import sys; from bench.measure import run; cost = run(sys.argv[1:]); print(cost.peak_size, cost.seconds)"
    command = [sys.executable, "-c", asking, sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    peak_size, seconds = map(float, done.stdout.split())
    assert 400 * MB < peak_size < 600 * MB
    assert 0.5 < seconds < 60


def test_a_process_that_fails_measures_nothing() -> None:
    """A non-zero exit is an error with the process's own words, never a figure."""
    with pytest.raises(measure.MeasuredFailure, match=r"ended with 3:\nno such image"):
        measure.run([sys.executable, "-c", "import sys; sys.stderr.write('no such image'); sys.exit(3)"])


@pytest.mark.engine
def test_the_floor_checks_the_digests_it_computes(tmp_path: Path) -> None:
    """The floor has really hashed the blob and what is in it: a wrong promise is noticed."""
    need("igzip", "isal")
    need("openssl", "openssl")
    content = b"a layer" * 100_000
    blob = tmp_path / "blob"
    blob.write_bytes(zlib.compress(content, wbits=31))
    digest, diff_id = hashlib.sha256(blob.read_bytes()).hexdigest(), hashlib.sha256(content).hexdigest()
    assert measure.floor([(blob, f"sha256:{digest}", f"sha256:{diff_id}")]).seconds > 0
    with pytest.raises(measure.MeasuredFailure, match="not those of the image"):
        measure.floor([(blob, f"sha256:{digest}", f"sha256:{digest}")])


def test_the_table_names_a_broken_promise() -> None:
    """What is above its limit is marked, what is at it is kept."""
    kept, broken = Limit("one", 1.3, 1.3, "× floor"), Limit("other", 2.01, 2.0, "s")
    assert (kept.kept, broken.kept) == (True, False)
    lines = table([kept, broken]).splitlines()
    assert lines[1].split() == ["one", "1.30", "×", "floor", "1.30", "×", "floor", "kept"]
    assert lines[2].split() == ["other", "2.01", "s", "2.00", "s", "BROKEN"]
