"""`make fuzz`: every parser, or the named ones, fuzzed by atheris with coverage as its guide, FUZZ_SECONDS each.

Each target runs in a process of its own, from a corpus that is kept in .cache/fuzz between runs. What breaks a parser
is written to tests/fuzz/found/TARGET, where the test run finds it from then on. Exit status 1 when anything was found.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CORPUS = REPOSITORY / ".cache" / "fuzz"
FOUND = Path(__file__).resolve().parent / "found"
SECONDS = int(os.environ.get("FUZZ_SECONDS", "20"))
INPUT_SECONDS = 10
MEMORY_MIB = 1024
CHILD = "--one"


def fuzz_one(name: str) -> None:
    """Fuzz one target until the time is over or something is found; never returns."""
    import atheris

    with atheris.instrument_imports(include=["generator.formats", "generator.advisories"]):
        from tests.fuzz.judge import LARGEST, judge
        from tests.fuzz.targets import TARGETS
    (target,) = [one for one in TARGETS if one.name.replace(" ", "-") == name]
    corpus, found = CORPUS / name, FOUND / name
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    for sample in target.samples:
        (corpus / hashlib.sha256(sample).hexdigest()[:16]).write_bytes(sample)
    options: dict[str, object] = {
        "max_total_time": SECONDS,
        "max_len": LARGEST,
        "timeout": INPUT_SECONDS,
        "rss_limit_mb": MEMORY_MIB,
        "artifact_prefix": f"{found}/",
        "verbosity": 0,
    }
    if target.words:
        options["dict"] = dictionary = CORPUS / f"{name}.words"
        lines = ('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in target.words)
        dictionary.write_text("".join(lines))
    arguments = [f"-{option}={value}" for option, value in options.items()]
    atheris.Setup([sys.argv[0], *arguments, str(corpus)], lambda content: judge(target, content))
    atheris.Fuzz()


def fuzz(names: list[str]) -> int:
    """Fuzz the named targets, or all; return the exit status."""
    from tests.fuzz.targets import TARGETS

    known = [one.name.replace(" ", "-") for one in TARGETS]
    if unknown := sorted(set(names) - set(known)):
        sys.stderr.write(f"no such target: {', '.join(unknown)}. There are: {' '.join(known)}\n")
        return 2
    broken = []
    for name in names or known:
        command = [sys.executable, "-m", "tests.fuzz", CHILD, name]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, errors="replace", check=False)
        sys.stdout.write(f"{name:24} {'FOUND' if done.returncode else 'ok'}\n")
        sys.stdout.flush()
        if done.returncode:
            broken.append(name)
            sys.stderr.write(done.stderr[-4000:])
        elif not any((FOUND / name).iterdir()):
            (FOUND / name).rmdir()
    return 1 if broken else 0


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        fuzz_one(sys.argv[2])
    sys.exit(fuzz(sys.argv[1:]))
