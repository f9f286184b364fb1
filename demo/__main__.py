"""`python -m demo OUT_DIR [--only NAME…] [--force]`: assemble the images that the demo site shows."""

import argparse
import sys
import time
from pathlib import Path

from demo.recipes import RECIPES, assembled
from generator.errors import BasedexError


def main(arguments: list[str] | None = None) -> int:
    """Assemble, saying what is done; return the exit status."""
    names = [recipe.name for recipe in RECIPES]
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("out_folder", metavar="OUT_DIR", type=Path, help="where one OCI layout per image is written")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names, help=f"some of: {', '.join(names)}")
    parser.add_argument("--force", action="store_true", help="assemble anew what is there already")
    chosen = parser.parse_args(arguments)
    for name in chosen.only or [recipe.name for recipe in RECIPES if recipe.for_readers]:
        started = time.monotonic()
        try:
            layout = assembled(name, chosen.out_folder, force=chosen.force)
        except BasedexError as error:
            sys.stderr.write(f"{error}\n")
            return error.exit_status
        sys.stdout.write(f"{layout} ({time.monotonic() - started:.1f} s)\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
