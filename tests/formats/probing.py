"""Ask real commands which options they accept: the ground truth for what is read out of their files.

`CMD OPT --zzqq --zzqq` always ends in an error of the command's own option parser, so nothing is done, and the
message tells whether OPT or --zzqq was refused. Commands run in name spaces of their own: without network, without
the machine's processes, as a user who owns nothing but the unpacked root file system.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.engines import need, unavailable

_DRIVER = r"""
import encodings.latin_1, json, os, subprocess, sys
root, before, probes = json.load(sys.stdin)
nothing = open(os.devnull)
if root != "/":
    os.chroot(root)
    os.chdir("/")
answers = []
for command, *arguments in probes:
    try:
        done = subprocess.run([*before, command, *arguments], stdin=nothing, stdout=subprocess.PIPE, close_fds=False,
            stderr=subprocess.STDOUT, timeout=1, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
        answers.append(done.stdout[:100000].decode("latin-1"))
    except (subprocess.TimeoutExpired, OSError) as problem:
        answers.append(f"not run: {problem}")
json.dump(answers, sys.stdout)
"""
_REFUSED = re.compile(
    r"(?:unrecognized option|unrecognized|invalid option --|invalid option|unknown option|unknown predicate|"
    r"bad option|illegal option|unsupported option)[:,]? ['`\"]?(\S+?)['\"]?\)?(?:\s|$)",
    re.IGNORECASE,
)


def answers(root: Path, probes: Sequence[Sequence[str]], emulator: str = "") -> list[str]:
    """Run commands inside a root file system and return what each says; programs are given by their paths."""
    unshare = need("unshare", "util-linux")
    inside = [f"/{emulator}"] if emulator else []
    if str(root) == "/":
        isolated = [need("setpriv", "util-linux"), "--reuid=65534", "--regid=65534", "--clear-groups"]
    else:
        isolated = [unshare, "--user", "--map-root-user", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork"]
        isolated += ["--kill-child"]
    done = subprocess.run(
        [*isolated, sys.executable, "-I", "-c", _DRIVER],
        input=json.dumps([str(root), inside, [list(probe) for probe in probes]]),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode and "unshare" in done.stderr:
        unavailable(f"no user name spaces here: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout))


def accepted(root: Path, probes: Iterable[tuple[str, str]], emulator: str = "") -> dict[tuple[str, str], bool | None]:
    """Tell of (command, option) pairs whether the command accepts the option; None where its words don't say."""
    pairs = list(probes)
    said = answers(root, [(command, option, "--zzqq", "--zzqq") for command, option in pairs], emulator)
    return {pair: verdict(pair[1], text) for pair, text in zip(pairs, said, strict=True)}


def verdict(option: str, text: str) -> bool | None:
    """Tell from a command's words whether it accepted the option; None where they do not say."""
    for match in _REFUSED.finditer(text):
        named = match[1]
        if "zzqq" in named:
            return True
        if named in (option, option.lstrip("-")):
            return False
        if named == "-":  # a parser without long options names their second dash
            return not option.startswith("--")
    if re.search(r"ambiguous", text):
        return None
    return True if "zzqq" in text else None


def emulated(root: Path, program: str = "qemu-aarch64-static") -> str:
    """Put an emulator for another machine into an unpacked root file system; return its path there."""
    shutil.copy2(need(program, "qemu-user-static"), root / program)
    return program
