"""Which options BusyBox's applets document, from usage texts, long-option tables and option strings.

In: a `BusyBox`. Out: `CommandOptions` for each applet. The usage grammar is the one that BusyBox's texts keep to:
a synopsis up to the first empty line (`[-abc]`, `[-o FILE]`, `[-i[SFX]]`, `[-A|B N]`, `--long[=X]`), then lines
that begin with a tab and an option.

What each source is worth, measured against running commands: a documented option is accepted (99 %); a long
option absent from an applet's long-option table is refused (no exception found); a short option that nothing
names is refused in 94 % only, so it is "not documented", never "unsupported". Option strings are found by
likeness and are used only to know more accepted letters. Meanings of options are not compared.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from generator.formats.busybox import BusyBox, LongOption
from generator.formats.busybox_curated import ACCEPTED, DOCUMENTED_IN_ERROR, KEYWORD_GRAMMARS, LONG_TABLE_NAMES
from generator.formats.option import NOT_ANALYSED, Argument, CommandOptions, Option, merged

_CLUSTER: Final = re.compile(
    r"(?<![^\s\[|{(])"  # an option starts a word, a bracket or an alternative
    r"-(?:\|\+|\+=)?(?P<letters>[A-Za-z0-9@?](?:\.\.9|(?:[|,/][A-Za-z0-9@?](?![A-Za-z0-9])|[A-Za-z0-9@?])*))(?![-\w=])"
    r"(?P<argument>\[|[ \t]+(?=[^\s\-\[\]|{}()])|)"
)
_LONG: Final = re.compile(r"(?<![^\s\[|{(,])--([a-z][-a-z0-9]+)(\[=?[^\]\s]*\]|=\S+|[ \t]+[A-Z][A-Z]+\b|)")
_BODY_LINE: Final = re.compile(r"^(?:\t|  +)\[?(?=-[^\s-]|--[a-z])(.+)$", re.MULTILINE)
_ITEM: Final = re.compile(
    r"(?P<name>--[a-z][-a-z0-9]*|-[^\s,\[\]|=/]+)"
    r"(?P<argument>\[=?[^\]]*\]|=\S+|[ ]\[\+\]\S+|[ ](?:[A-Z0-9][A-Z0-9_/:.-]*(?![a-z'])|[<'\"+]\S+|\[)|)"
)
_SEPARATOR: Final = re.compile(r"\]?(?:\.\.\.)?(?:, ?| ?[|/] ?)(?=-)")
_ATTACHED: Final = re.compile(
    r"([a-z])(SCRIPT|FILE|DIR|NUM|STR|CMD|N|SIZE|PROG|XX|COUNT|SECONDS|SECS|SEC|LEN|LEVEL|USER|NAME|ARG)"
)


def applet_options(busybox: BusyBox) -> dict[str, CommandOptions]:
    """Return the documented options of every applet, in the applet table's order.

    An applet without a usage text has that of a twin, an applet that enters the same code; what twins document
    beyond an applet's own text counts as accepted without being documented.
    """
    usages = dict(zip(busybox.applets, busybox.usages, strict=False))
    documented = {name: usage_options(usage, applet=name) for name, usage in usages.items() if usage is not None}
    twins = {name: group for group in busybox.twins for name in group}
    tables = _tables_by_applet(busybox)
    strings = [_string_letters(string) for string in busybox.option_strings]
    found = {}
    for name in busybox.applets:
        kin = [documented[twin] for twin in twins.get(name, ()) if twin in documented]
        own = documented.get(name, kin[0] if kin else None)
        if name in KEYWORD_GRAMMARS or (own is None and name not in tables):
            found[name] = NOT_ANALYSED
        else:
            found[name] = _options(name, own or (), [o for each in kin for o in each], tables.get(name), strings)
    return found


def _options(
    applet: str,
    own: Sequence[Option],
    kin: Sequence[Option],
    table: tuple[LongOption, ...] | None,
    strings: Sequence[dict[str, Argument]],
) -> CommandOptions:
    found = list(own)
    for row in table or ():
        argument: Argument = ("none", "required", "optional")[row.argument]
        found.append(Option("--" + row.name, argument, "long table", documented=False))
        if row.letter:
            found.append(Option("-" + row.letter, argument, "long table", documented=False))
    predicates = applet == "find"
    if not predicates:
        letters = _likeliest_string(merged(found), strings)
        found += [Option("-" + letter, kind, "inferred option string", documented=False) for letter, kind in letters]
    found += [Option(each.name, each.argument, "inferred option string", documented=False) for each in kin]
    found += [Option(name, "unknown", "curated", documented=False) for name in ACCEPTED.get(applet, ())]
    refused = DOCUMENTED_IN_ERROR.get(applet, ())
    return CommandOptions(
        tuple(option for option in merged(found) if option.name not in refused),
        long_table=table is not None,
        predicates=predicates,
    )


# The usage text


def usage_options(usage: str, *, applet: str = "") -> tuple[Option, ...]:
    """Return what a usage text names; `applet` matters to the few with a grammar of their own (find, tar)."""
    synopsis, _, body = usage.lstrip("\n").partition("\n\n")
    found = [*_synopsis_options(synopsis), *_body_options(body, predicates=applet == "find")]
    if applet == "tar":
        found += [Option(f"-{letter}", "none") for letter in re.findall(r"^\t([a-z])\t", body, re.MULTILINE)]
    if applet == "find":
        found += [Option(word, "none") for word in re.findall(r"^\tACT1 \[?(-[ao])\b", body, re.MULTILINE)]
    best: dict[str, Option] = {}
    for option in found:  # a text that shows an argument anywhere knows more than one that leaves it out
        if option.name not in best or _KNOWS.index(option.argument) < _KNOWS.index(best[option.name].argument):
            best[option.name] = option
    return tuple(sorted(best.values()))


_KNOWS: Final[tuple[Argument, ...]] = ("optional", "required", "none", "unknown")


def _synopsis_options(synopsis: str) -> Iterable[Option]:
    depth = counted = 0  # brackets open where `counted` is
    for match in _CLUSTER.finditer(re.sub(r"-SIG\w*", "", synopsis)):
        letters = match["letters"]
        if attached := _ATTACHED.fullmatch(letters):
            yield Option("-" + attached[1], "required")
            continue
        argument: Argument = "none"
        if match["argument"] == "[":
            argument = "optional"
        elif match["argument"]:  # outside brackets the next word may as well be an operand
            depth += synopsis.count("[", counted, match.start()) - synopsis.count("]", counted, match.start())
            counted = match.start()
            argument = "required" if depth > 0 else "unknown"
        singles = _letters(letters)
        alternatives = "|" in letters or "," in letters
        for letter in singles[:-1]:
            yield Option("-" + letter, argument if alternatives else "none")
        yield Option("-" + singles[-1], argument)
    for match in _LONG.finditer(synopsis):
        yield Option("--" + match[1], _long_argument(match[2]))


def _letters(cluster: str) -> list[str]:
    if cluster[1:] == "..9":
        return [str(digit) for digit in range(int(cluster[0]), 10)] if cluster[0].isdigit() else [cluster[0]]
    return [letter for letter in cluster if letter not in "|,/-"]


def _body_options(body: str, *, predicates: bool) -> Iterable[Option]:
    for line in _BODY_LINE.finditer(body):
        column = re.split(r"\t|  ", line[1], maxsplit=1)[0]
        delimited = len(column) < len(line[1])
        items: list[tuple[str, str]] = []
        at = 0
        while match := _ITEM.match(column, at):
            items.append((match["name"], match["argument"]))
            at = match.end()
            if separator := _SEPARATOR.match(column, at):
                at = separator.end()
            else:
                break
        rest = column[at:].strip(" ].")
        if delimited and rest and items and not items[-1][1] and not predicates:
            items[-1] = (items[-1][0], " " + rest)
        shared = items[-1][1] if items and items[-1][0][:2] != "--" and items[-1][1].startswith(" ") else ""
        for name, argument in items:  # `-A,-p AF`: the argument is everybody's
            yield from _item(name, argument or shared, predicates)


def _item(name: str, argument: str, predicates: bool) -> Iterable[Option]:
    kind: Argument = _long_argument(argument) if argument else "none"
    if name.startswith("--"):
        yield Option(name, kind)
    elif predicates:
        yield Option(name.rstrip(";"), kind)
    elif re.fullmatch(r"-\d\.\.9", name):
        yield from (Option("-" + digit, "none") for digit in _letters(name[1:]))
    elif len(name) == 2 and name[1] not in "-+=.]":
        yield Option(name, kind)
    elif attached := _ATTACHED.fullmatch(name[1:]):
        yield Option("-" + attached[1], "required")


def _long_argument(text: str) -> Argument:
    if text.startswith("["):
        return "optional"
    return "required" if text.strip() else "none"


# Long-option tables


def _tables_by_applet(busybox: BusyBox) -> dict[str, tuple[LongOption, ...]]:
    """Return for each applet the table whose names are its own; nothing in the file says whose a table is."""
    best: dict[str, tuple[float, tuple[LongOption, ...]]] = {}
    for raw in busybox.long_tables:
        table = _aligned(raw)
        names = {row.name for row in table}
        likeness, owners = max(
            ((len(names & known) / len(names | known), applets) for applets, known in LONG_TABLE_NAMES),
            key=lambda each: each[0],
        )
        for applet in owners if likeness >= _LIKELY else ():
            if likeness > best.get(applet, (0.0,))[0]:
                best[applet] = (likeness, table)
    if "ls" not in best and "grep" in best:  # until 1.27 ls alone had --color, and nothing else
        best["ls"] = best["grep"]
        best = {applet: found for applet, found in best.items() if found[1] != best["ls"][1] or applet == "ls"}
    return {applet: table for applet, (_, table) in best.items() if applet in busybox.applets}


_LIKELY: Final = 0.5
_KNOWN_NAMES: Final = frozenset(name for _, names in LONG_TABLE_NAMES for name in names)


def _aligned(table: tuple[LongOption, ...]) -> tuple[LongOption, ...]:
    """Cut off what stood before the table and was read as rows of it or as the beginning of its first name."""
    for skipped in range(min(3, len(table))):
        row, following = table[skipped], table[skipped + 1 :]
        if following and following[0].name not in _KNOWN_NAMES:
            continue
        names = [row.name, *([table[skipped - 1].letter + row.name] if skipped else [])]
        names += [row.name[at:] for at in range(1, len(row.name) - 1) if row.name[at - 1] != "-"]
        for name in names:
            if name in _KNOWN_NAMES:
                return (LongOption(name, row.argument, row.letter), *following)
    return table


# Option strings

_KINDS: Final[dict[str, Argument]] = {"": "none", ":": "required", ":+": "required", ":*": "required", "::": "optional"}


def _likeliest_string(known: tuple[Option, ...], strings: Sequence[dict[str, Argument]]) -> list[tuple[str, Argument]]:
    """Return the letters of the only option string that has all known letters and the fewest others.

    Fewer than three known letters, a tie, or more unknown letters than known ones: nothing.
    """
    short = {option.name[1]: option.argument for option in known if re.fullmatch(r"-[^-]", option.name)}
    if len(short) < 3:
        return []
    fitting: dict[int, set[tuple[tuple[str, Argument], ...]]] = {}
    for letters in strings:
        if len(short) <= len(letters) <= 2 * len(short) and all(
            letter in letters and (kind == "unknown" or (kind == "none") == (letters[letter] == "none"))
            for letter, kind in short.items()
        ):
            fitting.setdefault(len(letters), set()).add(tuple(sorted(letters.items())))
    nearest = fitting[min(fitting)] if fitting else set()
    return list(nearest.pop()) if len(nearest) == 1 else []


def _string_letters(string: str) -> dict[str, Argument]:
    return {match[1]: _KINDS[match[2]] for match in re.finditer(r"([^:+*])(::|:\+|:\*|:|)", string)}
