"""The Jinja environment of the page templates: strict, and safe by default.

Every expression's result passes through `markup.escape`, so a template cannot print a raw value by forgetting a
filter; there is no `safe` filter and no concatenation of text and markup in templates. Templates come from the
templates folder only: no value is ever compiled as a template.

Words stand in `{% trans %}` or `_("…")` and become those of the language being spoken; the values in them are
escaped like any other, and counts get their thousands separated.
"""

from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup

from generator import language
from generator.analysis import tree_view
from generator.errors import PageError
from generator.pages import figures, markup, places, vocabulary


class Templates:
    """Renders the templates of one folder."""

    def __init__(self, folder: Path, data_root: str = "") -> None:
        """Take templates of `folder`; `data_root` leads from the pages' root to that of what there is once."""
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.code_generator_class = _EscapedOnce
        self._environment.policies["ext.i18n.trimmed"] = True
        self._environment.newstyle_gettext = True  # type: ignore[attr-defined]
        self._environment.filters = {
            "code": markup.code,
            "codes": markup.codes,
            "link": markup.link_or_code,
            "size": figures.size,
            "exact": figures.exact,
            "count": figures.exact,
            "day": figures.day,
            "ago": figures.ago,
            "length": len,
            "listed": language.listed,
            "said": vocabulary.said,
        }
        self._environment.globals = {
            "data_root": markup.escape(data_root),
            "_": _gettext,
            "gettext": _gettext,
            "ngettext": _ngettext,
            "created": figures.created,
            "unknown": figures.unknown,
            "size_or_unknown": figures.size,
            "plural": figures.plural,
            "percent": figures.percent,
            "share": figures.share,
            "file_place": places.file_place,
            "layered": places.layered,
            "mode_text": tree_view.mode_text,
        }

    def render(self, name: str, /, **values: object) -> bytes:
        """Render one template to a page's bytes; raises PageError naming the template."""
        try:
            return self._environment.get_template(name).render(values).encode()
        except (jinja2.TemplateError, TypeError) as err:
            raise PageError(page=name, reason=f"{type(err).__name__}: {err}") from err

    def render_part(self, name: str, /, **values: object) -> Markup:
        """Render one template to a piece of a page."""
        return Markup(self.render(name, **values).decode())

    def has(self, name: str) -> bool:
        """Tell whether there is a template of this name."""
        return name in self._environment.list_templates()


def _gettext(message: str, /, **values: object) -> Markup:
    return _filled(language.gettext(message), values)


def _ngettext(one: str, many: str, num: int, /, **values: object) -> Markup:
    return _filled(language.ngettext(one, many, num), {"num": figures.exact(num)} | values)


def _filled(message: str, values: dict[str, object]) -> Markup:
    """Put escaped values into the words, which are the project's own and may hold markup."""
    return Markup(message % {name: markup.escape(value) for name, value in values.items()})


def _finalize(value: Any) -> Markup:
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises, with its name
    return markup.escape(value)


class _EscapedOnce(CodeGenerator):
    """Writes what `_finalize` returns as it is: that is escaped already, and Jinja's own escaping would do it again."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write(finalize.src or "escape(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write(")")
