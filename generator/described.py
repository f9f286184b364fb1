"""JSON Schemas (Draft 2020-12) of msgspec's structs, with the docstrings that stand under their fields.

`msgspec` knows the types; the descriptions are read from the source.
"""

import ast
import functools
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema(root: type[msgspec.Struct], title: str) -> dict[str, Any]:
    """Return the schema of `root`, all that it is made of below `$defs`."""
    made = msgspec.json.schema(root)
    _describe(made["$defs"], (root,))
    return {"$schema": DIALECT, "title": title, **made}


def components(roots: Iterable[type[msgspec.Struct]], prefix: str) -> dict[str, Any]:
    """Return the schemas of all structs that `roots` are made of, by name; references begin with `prefix`."""
    every = tuple(roots)
    _, parts = msgspec.json.schema_components(every, ref_template=prefix + "{name}")
    _describe(parts, every)
    return dict(sorted(parts.items()))


def _describe(parts: dict[str, dict[str, Any]], roots: Iterable[type[msgspec.Struct]]) -> None:
    """Add to each field the docstring under it."""
    for root in roots:
        for struct in _structs(root):
            part = parts.get(struct.__name__, {})
            for field, description in _descriptions(struct).items():
                encoded = _encoded_name(struct, field)
                if encoded in part.get("properties", {}):
                    part["properties"][encoded]["description"] = description


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


@functools.cache
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
