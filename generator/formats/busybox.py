r"""BusyBox: its version, applets, usage texts, long-option tables, option strings, build configuration, twins.

In: the bytes of one executable. Out: a frozen `BusyBox`; FormatError for files that are none. Nothing is run.

Read as BusyBox's own sources lay them out (libbb/appletlib.c, libbb/getopt32.c, applets/usage_compressed):

* the applet names: NUL-terminated, in the order of strcmp, no length anywhere;
* the usage texts: one bzip2 stream without its first two bytes, one NUL-terminated text for each applet in the
  same order, `\b` for "no help available". An ascending run of names is the applet table when it has as many
  names as a complete stream has texts: then it is `verified`. bzip2 checks the stream's CRC;
* further streams of the same kind: the build's .config (Alpine), embedded shell scripts;
* long-option tables: `NAME \0 HAS_ARG VALUE` repeated, closed by NUL; no pointers, the same on every machine;
* applet_main: one code pointer an applet, from which follows which applets are one piece of code.

Cost: a few passes over the constant data and the decompression of about 100 kB of text.
"""

import bz2
import re
from typing import Final

import msgspec

from generator.errors import FormatError
from generator.formats.elf import ELSEWHERE, MAGIC, Elf, read_elf

_VERSION: Final = re.compile(rb"BusyBox v(\d+\.\d+(?:\.\d+)?[-.\w]*)(?: \(([^()\0\n]{0,100})\))?")
_STREAM: Final = re.compile(rb"h[1-9]1AY&SY")
_NAME_RUN: Final = re.compile(rb"(?:(?<=\0)|^)(?:[\[A-Za-z0-9_.+-]{1,40}\0){8,}")
_LONG_TABLE: Final = re.compile(rb"(?:[A-Za-z0-9][-A-Za-z0-9_]{1,40}\0[\0-\2][\x01-\xff])+(?=\0)")
_OPTION_STRING: Final = re.compile(
    rb"(?<=\0)(?:[\^!+=?-][\d-]*)?((?:[A-Za-z0-9?@~](?:::|:\+|:\*|:|)|\xff)+)(?=\0)",
)
_CONFIG_LINE: Final = re.compile(rb"^(?:CONFIG_)?([A-Z0-9_]+)=(?!n$)(.+)$", re.MULTILINE)

_MAX_STREAMS: Final = 64
_MAX_TEXT: Final = 1024 * 1024
_MAX_APPLETS: Final = 2000
_LEAST_APPLETS: Final = 20
_NO_HELP: Final = "\b"


class LongOption(msgspec.Struct, frozen=True, array_like=True):
    """One row of a long-option table."""

    name: str
    argument: int
    """0 none, 1 required, 2 optional."""
    letter: str
    """The short option it equals; empty for a long option without one."""


class BusyBox(msgspec.Struct, frozen=True, kw_only=True):
    """One BusyBox executable."""

    version: str
    built: str
    """The date or vendor in the banner; empty where there is none."""
    applets: tuple[str, ...]
    """In the order of the table, which is that of `busybox --list`; `busybox` itself only where it is listed."""
    verified: bool
    """Whether there are exactly as many usage texts as names."""
    usages: tuple[str | None, ...] = ()
    """For each applet its usage text, None for "no help available"; empty where no texts were found."""
    twins: tuple[tuple[str, ...], ...] = ()
    """Groups of applets that enter the same code; empty where the array was not found."""
    configuration: tuple[str, ...] | None = None
    """The enabled settings of the embedded .config, without CONFIG_; None where there is none."""
    scripts: tuple[str, ...] = ()
    """Embedded shell scripts."""
    long_tables: tuple[tuple[LongOption, ...], ...] = ()
    """All tables of long options, without the names of their applets, which are not in the file."""
    option_strings: tuple[str, ...] = ()
    """What looks like a getopt32 string, without its prefix."""


def is_busybox(content: bytes) -> bool:
    """Tell at the cost of one search whether `parse_busybox` is worth calling."""
    return content.startswith(MAGIC) and b"BusyBox v" in content


def parse_busybox(content: bytes, *, path: str) -> BusyBox:
    """Read a BusyBox executable.

    Raises FormatError for files without its banner, and for those in which no applet table can be told.
    """
    banners = list(_VERSION.finditer(content)) if content.startswith(MAGIC) else []
    if not banners:
        raise FormatError(path=path, offset=0, rule="an executable with BusyBox's banner")
    banner = next((each for each in banners if each[2]), banners[0])  # syslogd's has no date
    file = read_elf(content, path=path)
    constant = _constant_bytes(file)
    streams = _streams(content)
    runs = [run for part in constant for run in _ascending_runs(part)]
    applets, usages, verified = _applet_table(runs, streams)
    if not applets:
        raise FormatError(path=path, offset=banner.start(), rule="a table of applet names")
    usage_stream = b"".join(usage.encode("latin-1") + b"\0" for usage in usages)
    others = [text for text in streams if text != usage_stream]
    return BusyBox(
        version=banner[1].decode(),
        built=(banner[2] or b"").decode("utf-8", "replace"),
        applets=applets,
        verified=verified,
        usages=tuple(None if usage == _NO_HELP else usage for usage in usages),
        twins=_twins(file, applets) if verified else (),
        configuration=_configuration(others),
        scripts=tuple(
            part.decode("utf-8", "replace")
            for text in others
            if not _is_configuration(text)
            for part in text.rstrip(b"\0").split(b"\0")
            if part
        ),
        long_tables=tuple(_long_table(match[0]) for part in constant for match in _LONG_TABLE.finditer(part)),
        option_strings=_option_strings(constant),
    )


def _constant_bytes(file: Elf) -> list[bytes]:
    rodata = [section for section in file.sections if section.name.startswith(".rodata")]
    if rodata:
        return [file.bytes_of(section) for section in rodata]
    return [file.bytes_of(load) for load in file.loads if not load.flags & 1] or [file.content]


# The applet table and the usage texts


def _streams(content: bytes) -> list[bytes]:
    """Return the complete bzip2 streams that lack their first two bytes, decompressed, without repeats."""
    found: list[bytes] = []
    for count, match in enumerate(_STREAM.finditer(content)):
        if count == _MAX_STREAMS:
            break
        inflate = bz2.BZ2Decompressor()
        try:
            text = inflate.decompress(b"BZ" + content[match.start() : match.start() + _MAX_TEXT], _MAX_TEXT)
        except OSError:
            continue
        if inflate.eof and text and text not in found:
            found.append(text)
    return found


def _ascending_runs(part: bytes) -> list[list[bytes]]:
    """Return every maximal strictly ascending run of adjoining names, at least `_LEAST_APPLETS` long."""
    runs = []
    for match in _NAME_RUN.finditer(part):
        names = match[0][:-1].split(b"\0")
        start = 0
        for at in range(1, len(names) + 1):
            if at == len(names) or names[at] <= names[at - 1]:
                if at - start >= _LEAST_APPLETS:
                    runs.append(names[start:at])
                start = at
    return runs


def _applet_table(runs: list[list[bytes]], streams: list[bytes]) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    pairs = []
    for text in streams:
        count = text.count(b"\0")
        if _LEAST_APPLETS <= count <= _MAX_APPLETS and text.endswith(b"\0"):
            pairs += [(names, text) for run in runs if (names := _windowed(run, count))]
    if len(pairs) == 1:
        names, text = pairs[0]
        return _texts(names), tuple(usage.decode("latin-1") for usage in text[:-1].split(b"\0")), True
    typical = [run for run in runs if {b"cat", b"ls", b"sh"} & set(run) and len(run) <= _MAX_APPLETS]
    return (_texts(max(typical, key=len)), (), False) if typical else ((), (), False)


def _windowed(run: list[bytes], count: int) -> list[bytes]:
    """Return the run when it has `count` names; neighbours that fit the order by chance are cut off at `[`."""
    if len(run) == count:
        return run
    start = run.index(b"[") if b"[" in run else 0
    return run[start : start + count] if start and len(run) == start + count else []


def _texts(names: list[bytes]) -> tuple[str, ...]:
    return tuple(name.decode("ascii") for name in names)


# Configuration, long options, option strings


def _is_configuration(text: bytes) -> bool:
    return b"FEATURE_" in text[:4096] and len(_CONFIG_LINE.findall(text[:4096])) > 3


def _configuration(streams: list[bytes]) -> tuple[str, ...] | None:
    for text in streams:
        if _is_configuration(text):
            return tuple(
                name.decode() if value == b"y" else f"{name.decode()}={value.decode('utf-8', 'replace')}"
                for name, value in _CONFIG_LINE.findall(text)
            )
    return None


def _long_table(raw: bytes) -> tuple[LongOption, ...]:
    rows, at = [], 0
    while at < len(raw):
        end = raw.index(b"\0", at)
        value = raw[end + 2]
        rows.append(LongOption(raw[at:end].decode(), raw[end + 1], chr(value) if 0x20 < value < 0x7F else ""))
        at = end + 3
    return tuple(rows)


def _option_strings(constant: list[bytes]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for part in constant:
        for match in _OPTION_STRING.finditer(part):
            letters = re.sub(rb"[:+*\xff]", b"", match[1])
            if 3 <= len(letters) <= 64 and len(set(letters)) == len(letters):
                found[match[1].replace(b"\xff", b"").decode()] = None
    return tuple(found)


# Twins


def _twins(file: Elf, applets: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Group the applets by the entry of applet_main that they have.

    The array is a run of as many adjoining code pointers; where the run is longer, the right place is the only
    one at which known twins are equal and known strangers differ. No such place, or two: no groups.
    """
    index = {name: at for at, name in enumerate(applets)}
    equal = [[index[n] for n in names if n in index] for names in (("[", "[[", "test"), ("egrep", "fgrep", "grep"),
             ("ash", "sh"), ("unxz", "xzcat", "xz"), ("hd", "hexdump"))]  # fmt: skip
    equal = [group for group in equal if len(group) > 1]
    different = [
        (index[a], index[b]) for a, b in (("ls", "cp"), ("cat", "mv"), ("ps", "rm")) if a in index and b in index
    ]
    if not equal or not different:
        return ()
    results = set()
    for run in _code_pointer_runs(file, len(applets)):
        for start in range(len(run) - len(applets) + 1):
            entry = run[start : start + len(applets)]
            if all(len({entry[i] for i in group}) == 1 for group in equal) and all(
                entry[a] != entry[b] for a, b in different
            ):
                results.add(tuple(entry))
    if len(results) != 1:
        return ()
    groups: dict[int, list[str]] = {}
    for name, address in zip(applets, results.pop(), strict=True):
        groups.setdefault(address, []).append(name)
    return tuple(sorted(tuple(names) for names in groups.values() if len(names) > 1))


def _code_pointer_runs(file: Elf, length: int) -> list[list[int]]:
    code = [(s.address, s.address + s.memory_size) for s in file.loads if s.flags & 1]
    step = file.word_size
    runs: list[list[int]] = []
    run: list[int] = []
    previous = ELSEWHERE
    for at, value in file.constants.items():
        inside = any(low <= value < high for low, high in code)
        if run and (not inside or at != previous + step):
            runs.append(run)
            run = []
        if inside:
            run.append(value)
        previous = at
    return [each for each in [*runs, run] if length <= len(each) <= length + 64]
