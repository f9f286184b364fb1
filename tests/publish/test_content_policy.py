"""The Content-Security-Policy of the built site."""

import base64
import hashlib
from pathlib import Path

import pytest

from generator.errors import PublishError
from generator.publish.content_policy import HEADERS, apply_policy
from generator.publish.links import read_pages


def written(site: Path, **pages: str) -> None:
    """Write pages, apply the policy."""
    for name, content in pages.items():
        (site / f"{name}.html").write_text(content)
    apply_policy(site, read_pages(site))


def test_inline_programs_are_allowed_by_their_hashes_and_values_need_none(tmp_path: Path) -> None:
    """Each distinct inline program appears once; JSON islands and scripts of the site do not."""
    written(
        tmp_path,
        a='<!doctype html><head><script>let a = "é<b>"</script></head><body><script src="x.js"></script></body>',
        b='<!doctype html><head></head><body><script type="application/json">{"a": 1}</script><script>let a = "é<b>"'
        "</script></body>",
    )
    expected = base64.b64encode(hashlib.sha256('let a = "é<b>"'.encode()).digest()).decode()
    headers = (tmp_path / HEADERS).read_text()
    assert headers.count("sha256-") == 1
    assert f"script-src 'self' 'sha256-{expected}';" in headers
    for name in ("a", "b"):
        start = '<!doctype html><head><meta http-equiv="Content-Security-Policy" content="default-src'
        assert (tmp_path / f"{name}.html").read_text().startswith(start)


def test_everything_else_stays_as_it_is(tmp_path: Path) -> None:
    """Without its meta element the page is what it was, to the byte."""
    page = "<!doctype html><html><head><title>x</title></head><body>\n<p>é</p></body></html>"
    written(tmp_path, a=page)
    content = (tmp_path / "a.html").read_text()
    start = content.index("<meta")
    assert content[:start] + content[content.index(">", start) + 1 :] == page


def test_a_page_without_a_head_is_refused(tmp_path: Path) -> None:
    """A page that could not carry the policy stops the build instead of going out without one."""
    with pytest.raises(PublishError, match=r"a\.html has no head"):
        written(tmp_path, a="<p>x</p>")
