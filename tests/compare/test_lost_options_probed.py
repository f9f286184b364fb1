"""Options that the pair page calls lost on the way from Debian to Alpine, asked of Alpine's commands themselves."""

import tarfile
from pathlib import Path

import pytest

from generator.compare.between import between
from generator.compare.changes import Unknown
from generator.oci.platform import Platform
from generator.store import documents, history
from tests.conftest import SHARED_IMAGES
from tests.formats.probing import accepted

pytestmark = [pytest.mark.engine, pytest.mark.slow]
_STORE = Path(__file__).parents[2] / "data"
_AMD64 = Platform("linux", "amd64")


def test_no_long_option_that_is_called_lost_is_accepted(tmp_path: Path) -> None:
    """Every long option of the page is refused by Alpine's command, wherever the command's words tell."""
    archives = sorted((SHARED_IMAGES / "rootfs").glob("alpine-minirootfs-3.20.*x86_64.tar.gz"))
    if not archives:
        pytest.skip(f"no Alpine 3.20 root file system in {SHARED_IMAGES}")
    recorded = []
    for name in ("debian-slim", "alpine"):
        last = history.last(_STORE, name, _AMD64)
        assert last is not None
        recorded.append(documents.load(_STORE, last.subject))
    found = between(*recorded).commands
    assert not isinstance(found, Unknown)
    with tarfile.open(archives[0]) as archive:
        archive.extractall(tmp_path, filter="tar")
    tmp_path.chmod(0o755)
    paths = {one.name: one.after.path for one in found.both}
    tells = accepted(tmp_path, [(path, "--zzxx") for path in paths.values()])
    probes = [
        (paths[one.name], option.name)
        for one in found.both
        for option in one.lost
        if option.name.startswith("--") and tells[paths[one.name], "--zzxx"] is False
    ]
    answers = accepted(tmp_path, probes)
    told = [answer for answer in answers.values() if answer is not None]
    assert len(told) > 400
    assert [probe for probe, answer in answers.items() if answer] == []
