"""Mistakes in images.yml: its values and their places in, sentences for whoever wrote it out.

Two kinds: what breaks the JSON Schema, said in plain words, and what no schema can see (a name that comes twice, a
replacement that is not there). Both look at everything, so that all mistakes are told at once.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from generator import text
from generator.errors import UsageError
from generator.images_file import DATE_PATTERN, NAME_PATTERN, URL_PATTERN, ImagesFile, schema
from generator.images_policy import PATH_PATTERN, SIZE_PATTERN, form_of
from generator.marked_yaml import Marked, YamlMistake
from generator.marked_yaml import Path as PathInFile
from generator.oci.platform import Platform

_RESERVED: Final = re.compile(r"index|.*\.(?:md|html|json)")
"""Names whose page `images/NAME/` would stand where the site has a file of its own."""
_HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?")


def mistakes_in(marked: Marked, check_source: Callable[[str], None]) -> Iterator[YamlMistake]:
    """Yield every mistake, in no order, some of them perhaps twice; `check_source` raises UsageError."""
    yield from _schema_mistakes(marked)
    yield from _Meaning(marked, check_source).mistakes()


# Against the schema


def _schema_mistakes(marked: Marked) -> Iterator[YamlMistake]:
    """Yield what the structs refuse; only when they do are all places looked for, which takes long to load."""
    try:
        msgspec.convert(marked.value, ImagesFile)
    except msgspec.ValidationError as err:
        from jsonschema import Draft202012Validator

        found = False
        for error in _meant(Draft202012Validator(schema()).iter_errors(marked.value)):
            found = True
            path = tuple(error.absolute_path)
            yield from _explained(marked, path, error.validator, error.validator_value, error.instance, error.schema)
        if not found:  # 3.0 is an integer to JSON Schema alone
            yield YamlMistake(marked.place(()), f"not what is expected here: {err}")


def _meant(errors: Iterable[Any]) -> Iterator[Any]:
    """Where several forms are allowed, give the mistakes in the one that was meant: the one of the right kind."""
    for error in errors:
        forms: dict[Any, list[Any]] = {}
        for inner in error.context or ():
            forms.setdefault(inner.relative_schema_path[0], []).append(inner)
        meant = [form for form in forms.values() if not any(_other_kind(inner) for inner in form)]
        if error.validator == "anyOf" and len(meant) == 1:
            yield from _meant(meant[0])
        else:
            yield error


def _other_kind(error: Any) -> bool:
    return not error.relative_path and error.validator in ("type", "enum")


def _explained(
    marked: Marked, path: PathInFile, rule: str, allowed: Any, found: Any, part: Any
) -> Iterator[YamlMistake]:
    """Say in plain words what one broken rule of the schema means."""
    place = marked.place(path)
    what = _called(path)
    if rule == "additionalProperties":
        known = list(part["properties"])
        for key in found:
            if key not in known:
                yield YamlMistake(
                    marked.place((*path, key)),
                    f"“{key}” is not known here{_suggestion(key, known) or f'; known are {_listed(known)}'}",
                )
    elif rule == "required":
        what = f"“{found['name']}”" if isinstance(found.get("name"), str) else what
        for key in allowed:
            if key not in found:
                yield YamlMistake(place, f"{what} needs “{key}”")
    elif rule == "type":
        quotes = ": put it in quotes" if allowed == "string" and isinstance(found, int | float) else ""
        yield YamlMistake(place, f"{what} must be {_KINDS[allowed]}, not {_kind_of(found)}{quotes}")
    elif rule == "enum":
        yield YamlMistake(
            place, f"{what} must be one of {_listed(allowed)}, not {_shown(found)}{_suggestion(str(found), allowed)}"
        )
    elif rule == "pattern" and allowed == NAME_PATTERN:
        yield YamlMistake(
            place,
            f"{what} must be lower-case letters and digits, joined by single dots or hyphens, not {_shown(found)}",
        )
    elif rule == "pattern" and allowed == URL_PATTERN:
        yield YamlMistake(place, f"{what} must be an address such as https://example.org/images/, not {_shown(found)}")
    elif rule == "pattern" and allowed == SIZE_PATTERN:
        yield YamlMistake(place, f"{what} must be {form_of(str(path[-1]))}, not {_shown(found)}")
    elif rule == "pattern" and allowed == PATH_PATTERN:
        yield YamlMistake(place, f"{what} must be a path that begins with /, not {_shown(found)}")
    elif rule == "anyOf":
        yield YamlMistake(place, f"{what} must be {form_of(str(path[-1]))}, not {_kind_of(found)}")
    elif rule == "pattern":
        yield YamlMistake(place, f"{what} must be a date such as 2027-01-31, not {_shown(found)}")
    elif rule == "uniqueItems":
        return  # told by `_Meaning`, with the place
    elif rule in ("minItems", "maxItems") and allowed > 1:
        yield YamlMistake(place, f"{what} must have {allowed} items, not {len(found)}")
    elif rule in ("minItems", "minLength"):
        yield YamlMistake(place, f"{what} must not be empty")
    elif rule == "maxLength":
        yield YamlMistake(place, f"{what} may have {allowed} characters, not {len(found)}")
    elif rule == "minimum":
        yield YamlMistake(place, f"{what} must be at least {allowed}, not {found}")
    elif rule == "maximum":
        yield YamlMistake(place, f"{what} must be at most {allowed}, not {found}")
    else:  # a rule that the schema has learned and this function has not
        yield YamlMistake(place, f"{what} breaks the rule “{rule}: {allowed}”")


_KINDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "array": "a list",
    "object": "a mapping",
}


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return f"“{str(value).lower()}”"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {_shown(value)}"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _called(path: PathInFile) -> str:
    """Name a place in words: `“platforms”, item 2` rather than a pointer."""
    keys = [step for step in path if isinstance(step, str)]
    if not path:
        return "the file"
    last = path[-1]
    return f"“{last}”" if isinstance(last, str) else f"item {last + 1} of “{keys[-1] if keys else 'the file'}”"


def _shown(value: object) -> str:
    return f"“{text.shortened(str(value), 80)}”"


def _listed(words: Iterable[object]) -> str:
    return ", ".join(str(word) for word in words)


def _suggestion(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word[:100], known, n=1, cutoff=0.6)
    return f"; did you mean “{near[0]}”?" if near else ""


# What no schema can see


@dataclass(slots=True)
class _Meaning:
    """Looks at whatever in the file has the right shape, and leaves the rest to the schema."""

    marked: Marked
    check_source: Callable[[str], None]

    def mistakes(self) -> Iterator[YamlMistake]:
        groups = list(self._mappings((), "groups"))
        images = [(path, image) for group_path, _ in groups for path, image in self._mappings(group_path, "images")]
        yield from self._twice("group", groups)
        yield from self._twice("image", images)
        names = [name for _, image in images if isinstance(name := image.get("name"), str)]
        for path, image in images:
            yield from self._names(path, image, names)
            yield from self._sources(path)
            yield from self._platforms(path)
            yield from self._review(path, image)
        yield from self._former_names(images, names)
        yield from self._pairs(names)
        yield from self._languages()
        for path, host in self._texts(("sources",), "plain_http_hosts"):
            if not _HOST.fullmatch(host):
                yield self._mistake(path, f"{_shown(host)} is not a host (HOST or HOST:PORT)")

    def _mistake(self, path: PathInFile, sentence: str) -> YamlMistake:
        return YamlMistake(self.marked.place(path), sentence)

    def _at(self, path: PathInFile) -> Any:
        value: Any = self.marked.value
        for step in path:
            if isinstance(step, str):
                value = value.get(step) if isinstance(value, dict) else None
            else:
                value = value[step]
        return value

    def _items(self, path: PathInFile, key: str) -> Iterator[tuple[PathInFile, Any]]:
        items = self._at((*path, key))
        if isinstance(items, list):
            yield from (((*path, key, index), item) for index, item in enumerate(items))

    def _mappings(self, path: PathInFile, key: str) -> Iterator[tuple[PathInFile, dict[str, Any]]]:
        return ((place, item) for place, item in self._items(path, key) if isinstance(item, dict))

    def _texts(self, path: PathInFile, key: str) -> Iterator[tuple[PathInFile, str]]:
        return ((place, item) for place, item in self._items(path, key) if isinstance(item, str) and item)

    def _twice(self, kind: str, named: list[tuple[PathInFile, dict[str, Any]]]) -> Iterator[YamlMistake]:
        first: dict[str, PathInFile] = {}
        for path, mapping in named:
            name = mapping.get("name")
            if not isinstance(name, str):
                continue
            if name in first:
                line = self.marked.place((*first[name], "name")).line
                yield self._mistake(
                    (*path, "name"), f"two {kind}s are called {_shown(name)}; the first is on line {line}"
                )
            first.setdefault(name, path)

    def _former_names(self, images: list[tuple[PathInFile, dict[str, Any]]], names: list[str]) -> Iterator[YamlMistake]:
        taken = dict.fromkeys(names)
        for path, _ in images:
            for place, former in self._texts(path, "former_names"):
                if former in taken:
                    yield self._mistake(place, f"{_shown(former)} is the name, or a former name, of an image already")
                elif former.endswith("\n") or _RESERVED.fullmatch(former):
                    yield self._mistake(place, f"{_shown(former)} cannot be a page's address")
                taken[former] = None

    def _names(self, path: PathInFile, image: dict[str, Any], names: list[str]) -> Iterator[YamlMistake]:
        name = image.get("name")
        if isinstance(name, str) and (name.endswith("\n") or _RESERVED.fullmatch(name)):
            yield self._mistake((*path, "name"), f"{_shown(name)} cannot be a page's address")
        replacement = image.get("replacement")
        if not isinstance(replacement, str) or not replacement:
            return
        place = (*path, "replacement")
        if replacement == name:
            yield self._mistake(place, f"{_shown(name)} cannot replace itself")
        elif replacement not in names:
            yield self._mistake(
                place, f"“replacement”: no image here is called {_shown(replacement)}{_suggestion(replacement, names)}"
            )

    def _pairs(self, names: list[str]) -> Iterator[YamlMistake]:
        seen: set[tuple[str, ...]] = set()
        for path, pair in self._items((), "pairs"):
            if not isinstance(pair, list) or not all(isinstance(name, str) for name in pair):
                continue
            for number, name in enumerate(pair):
                if name not in names:
                    sentence = f"“pairs”: no image here is called {_shown(name)}{_suggestion(name, names)}"
                    yield self._mistake((*path, number), sentence)
            if len(pair) == 2 and pair[0] == pair[1]:
                yield self._mistake(path, f"“pairs”: {_shown(pair[0])} cannot be compared with itself")
            if tuple(pair) in seen:
                yield self._mistake(path, f"the pair {_shown(' → '.join(pair))} stands here twice")
            seen.add(tuple(pair))

    def _languages(self) -> Iterator[YamlMistake]:
        seen = set()
        for path, language in self._texts(("site",), "languages"):
            if language in seen:
                yield self._mistake(path, f"the language {_shown(language)} stands here twice")
            seen.add(language)

    def _sources(self, path: PathInFile) -> Iterator[YamlMistake]:
        seen = set()
        for place, source in self._texts(path, "sources"):
            if source in seen:
                yield self._mistake(place, f"the source {_shown(source)} stands here twice")
            seen.add(source)
            try:
                self.check_source(source)
            except UsageError as err:
                yield self._mistake(place, str(err))

    def _platforms(self, path: PathInFile) -> Iterator[YamlMistake]:
        seen: dict[str, str] = {}
        for place, written in self._texts(path, "platforms"):
            try:
                platform = Platform.parse(written)
            except UsageError as err:
                yield self._mistake(place, str(err))
                continue
            if platform.slug in seen:
                first = seen[platform.slug]
                sentence = f"the platform {_shown(written)} stands here twice"
                yield self._mistake(place, sentence if first == written else f"{sentence}, first as {_shown(first)}")
            seen.setdefault(platform.slug, written)

    def _review(self, path: PathInFile, image: dict[str, Any]) -> Iterator[YamlMistake]:
        written = image.get("review_on")
        if isinstance(written, str) and re.match(DATE_PATTERN, written):
            try:
                date.fromisoformat(written)
            except ValueError as err:
                yield self._mistake((*path, "review_on"), f"“review_on”: {_shown(written)} is no date: {err}")
