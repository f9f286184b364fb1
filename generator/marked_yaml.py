"""YAML → plain values, each with its place: bytes in, `Marked` or `YamlMistake`s out.

YAML 1.2 core schema (yaml.org/spec/1.2.2), narrowed to what a configuration needs: one document of mappings with
text keys, lists, text, whole numbers, other numbers, true, false and null. A date stays the text it was written as.
Tags of one's own are mistakes, and so are keys that come twice. Aliases may be used; what they expand to is bounded,
so that a small file cannot become a large value.
"""

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from generator.limits import MIB

FILE_SIZE: Final = 1 * MIB
"""Bytes; a site of a thousand images needs a third of it."""
VALUES: Final = 100_000
DEPTH: Final = 20

_TAG: Final = "tag:yaml.org,2002:"
_BRACKET: Final = re.compile(r"[\[\]{}]")
_NO_CHARACTER: Final = re.compile("[\x00\ud800-\udfff]")
"""What escapes can say and no file name, page or address can hold."""
_TRUE: Final = frozenset({"true", "True", "TRUE"})

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]


class Place(NamedTuple):
    """Where in the file; both count from 1."""

    line: int
    column: int


class YamlMistake(NamedTuple):
    """One thing wrong, for the person who wrote the file."""

    place: Place
    sentence: str


@dataclass(slots=True)
class Marked:
    """A file's values, and where each key and value stands, by its path from the top."""

    value: Value = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    mistakes: list[YamlMistake] = field(default_factory=list)

    def place(self, path: Path) -> Place:
        """Return where the key of `path` stands, else its value, else that of the nearest mapping or list around."""
        while path:
            found = self.keys.get(path) or self.values.get(path)
            if found:
                return found
            path = path[:-1]
        return self.values.get((), Place(1, 1))


def read(content: bytes) -> Marked:
    """Read one document. What cannot be read at all gives a value of None and the one mistake that stopped it."""
    marked = Marked()
    if len(content) > FILE_SIZE:
        marked.mistakes.append(YamlMistake(Place(1, 1), f"the file has more than {FILE_SIZE} bytes"))
        return marked
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        place = _place_at(content[: err.start].decode("utf-8-sig"))
        marked.mistakes.append(YamlMistake(place, f"byte 0x{content[err.start]:02x} is not UTF-8"))
        return marked
    deep = _too_deep(text)
    if deep is not None:
        marked.mistakes.append(YamlMistake(_place_at(text[:deep]), f"nested deeper than {DEPTH} levels"))
        return marked
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        if node is not None:
            marked.value = _Conversion(marked).convert(node, ())
    except MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        sentence = ": ".join(part for part in (err.context, err.problem) if part)
        marked.mistakes.append(YamlMistake(place, f"not YAML: {sentence}"))
    except ReaderError as err:
        marked.mistakes.append(YamlMistake(_place_at(text[: err.position]), "not YAML: an unprintable character"))
    except (YAMLError, ValueError) as err:
        marked.mistakes.append(YamlMistake(Place(1, 1), f"not YAML: {err}"))
    except RecursionError:
        marked.mistakes.append(YamlMistake(Place(1, 1), f"nested deeper than {DEPTH} levels"))
    except _TooLargeError as err:
        marked.mistakes.append(err.mistake)
    return marked


def _too_deep(text: str) -> int | None:
    """Return where more brackets are open than may be, those in quotes and comments counted too, or None.

    The scanner takes quadratic time for open brackets, so it must not see many of them.
    """
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket[0] in "[{" else max(0, depth - 1)
        if depth > DEPTH:
            return bracket.start()
    return None


def _place_at(before: str) -> Place:
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


class _TooLargeError(Exception):
    def __init__(self, mistake: YamlMistake) -> None:
        super().__init__(mistake.sentence)
        self.mistake = mistake


@dataclass(slots=True)
class _Conversion:
    marked: Marked
    left: int = VALUES

    def convert(self, node: Node, path: Path) -> Value:
        place = Place(node.start_mark.line + 1, node.start_mark.column + 1)
        self.left -= 1
        if self.left < 0:
            raise _TooLargeError(YamlMistake(place, f"more than {VALUES} values, aliases written out"))
        if len(path) > DEPTH:
            raise _TooLargeError(YamlMistake(place, f"nested deeper than {DEPTH} levels"))
        self.marked.values[path] = place
        if isinstance(node, MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and node.tag == _TAG + "seq":
            return [self.convert(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        self._note(place, f"the tag {node.tag} means nothing here")
        return None

    def _mapping(self, node: MappingNode, path: Path) -> Value:
        mapping: dict[str, Value] = {}
        for key_node, value_node in node.value:
            place = Place(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, ScalarNode):
                self._note(place, "a key must be text")
                continue
            key = self._text(key_node, place)
            inside = (*path, key)
            if key in mapping:
                self._note(place, f"“{key}” stands here twice; the first is on line {self.marked.keys[inside].line}")
                continue
            self.marked.keys[inside] = place
            mapping[key] = self.convert(value_node, inside)
        return mapping

    def _scalar(self, node: ScalarNode, place: Place) -> Value:
        text = self._text(node, place)
        kind = str(node.tag).removeprefix(_TAG)
        if kind in ("str", "timestamp"):
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text in _TRUE
        try:
            if kind == "int":
                return int(text.replace("_", ""), 0) if len(text) < 30 else float(text)
            if kind == "float":
                return float(text.replace("_", ""))
        except ValueError:
            return text
        self._note(place, f"the tag {node.tag} means nothing here")
        return None

    def _text(self, node: ScalarNode, place: Place) -> str:
        text = str(node.value)
        if odd := _NO_CHARACTER.search(text):
            self._note(place, f"U+{ord(odd[0]):04X} is no character of a text")
        return text

    def _note(self, place: Place, sentence: str) -> None:
        self.marked.mistakes.append(YamlMistake(place, sentence))
