"""JSON Schemas (Draft 2020-12) of what the program reads and writes, made from its own structs.

`msgspec` knows the types; the descriptions are the docstrings that stand under the fields in the source.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from generator.analysis.document import SCHEMA_VERSION, Document
from generator.images_file import ImagesFile
from generator.policy.verdict import SCHEMA_VERSION as CHECK_VERSION
from generator.policy.verdict import Report

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ROOTS: Final[dict[str, tuple[type[msgspec.Struct], str]]] = {
    "document": (Document, f"Basedex analysis document, schema version {SCHEMA_VERSION}"),
    "images": (ImagesFile, "images.yml"),
    "check": (Report, f"Basedex policy report, schema version {CHECK_VERSION}"),
}
"""Name → what is written so, and the schema's title."""
NAMES: Final = tuple(_ROOTS)


def schema_of(name: str) -> str:
    """Return the schema called `name`, one of NAMES, as text."""
    root, title = _ROOTS[name]
    schema = msgspec.json.schema(root)
    parts: dict[str, dict[str, Any]] = schema["$defs"]
    for struct in _structs(root):
        part = parts.get(struct.__name__, {})
        for field, description in _descriptions(struct).items():
            encoded = _encoded_name(struct, field)
            if encoded in part.get("properties", {}):
                part["properties"][encoded]["description"] = description
    return json.dumps({"$schema": DIALECT, "title": title, **schema}, indent=2, ensure_ascii=False) + "\n"


def _structs(root: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """Yield every struct that `root` is made of, once."""
    seen = set()
    waiting: list[Any] = [msgspec.inspect.type_info(root)]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, msgspec.inspect.StructType):
            if kind.cls in seen:
                continue
            seen.add(kind.cls)
            yield kind.cls
            waiting += [field.type for field in kind.fields]
        for inner in ("type", "item_type", "key_type", "value_type"):
            if isinstance(value := getattr(kind, inner, None), msgspec.inspect.Type):
                waiting.append(value)
        for inner in ("types", "item_types"):
            waiting += getattr(kind, inner, ())


def _descriptions(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Return the docstrings under a struct's fields, its bases' too."""
    found: dict[str, str] = {}
    for owner in reversed(struct.__mro__):
        if not (isinstance(owner, type(msgspec.Struct)) and owner is not msgspec.Struct):
            continue
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
        assert isinstance(definition, ast.ClassDef)
        for statement, after in zip(definition.body, definition.body[1:], strict=False):
            match statement, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = " ".join(text.split())
    return found


def _encoded_name(struct: type[msgspec.Struct], field: str) -> str:
    return dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))[field]
