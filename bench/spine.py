"""`python -m bench.spine LAYOUT DOCUMENT`: analyze with everything but the facts about single files.

What is left is the spine of every analysis: layers verified, decompressed and walked, every file hashed, one tree, the
document written. Its cost is promised apart from that of the probes and inspectors that read it.
"""

import sys
import tempfile
from pathlib import Path
from unittest import mock

from generator.analysis import codec
from generator.analyze import analyze_source
from generator.inspectors import INSPECTORS
from generator.oci.platform import Platform
from generator.source.base import Surroundings


def main(layout: str, document: str) -> None:
    """Analyze one layout and write its document."""
    spine = tuple(one for one in INSPECTORS if one.name == "os_release")
    with (
        mock.patch("generator.analyze.PROBES", ()),
        mock.patch("generator.analyze.INSPECTORS", spine),
        tempfile.TemporaryDirectory() as cache,
    ):
        found = analyze_source(f"oci:{layout}", Platform(), Surroundings(cache_folder=Path(cache)))
    Path(document).write_bytes(codec.encode(found.document))


if __name__ == "__main__":
    main(*sys.argv[1:3])
