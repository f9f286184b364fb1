"""A Content-Security-Policy for the built site: its own files, its own inline scripts by their hashes, nothing else.

Follows Content Security Policy Level 3, sections 6.7.2 (hashes of inline scripts) and 3.3 (the meta element). One
policy fits all pages, because the theme's inline scripts are the same handful everywhere. It is written into each
page, and to `_headers` for servers that read such a file, with what only a header may say.

Inline styles stay allowed: bars get their lengths from style attributes, and styles cannot send anything anywhere.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from generator.errors import PublishError
from generator.publish.page_source import PageSource

HEADERS: Final = "_headers"
"""In the form that static hosts read: a path pattern, then headers, indented."""
_START: Final = b"<head>"
_META: Final = '<meta http-equiv="Content-Security-Policy" content="{policy}">'


def policy_of(pages: Iterable[PageSource]) -> str:
    """Return the policy under which all these pages work."""
    programs = sorted({hash_of(program) for page in pages for program in page.programs})
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *programs)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
        )
    )


def apply_policy(site: Path, pages: Mapping[Path, PageSource]) -> None:
    """Write the policy of `pages`, the site's, into each and beside them. Raises PublishError for a page without head.

    Changes no inline script, so that the hashes stay true.
    """
    policy = policy_of(pages.values())
    meta = _META.format(policy=policy).encode()
    for path in pages:
        content = path.read_bytes()
        if _START not in content:
            raise PublishError(step="writing the content policy", reason=f"{path.relative_to(site)} has no head")
        path.write_bytes(content.replace(_START, _START + meta, 1))
    lines = [f"Content-Security-Policy: {policy}", "X-Content-Type-Options: nosniff", "Referrer-Policy: same-origin"]
    (site / HEADERS).write_text("/*\n" + "".join(f"  {line}\n" for line in lines))


def hash_of(program: str) -> str:
    """Return the source expression of an inline script (section 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()}'"
