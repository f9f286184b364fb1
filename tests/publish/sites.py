"""Built sites made by hand, small and with every kind of place in them, and repositories to publish them to."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from generator.build import Places
from generator.publication import Order, publish
from generator.publish.branch import Published
from generator.publish.links import broken_links, read_pages

DAY = 86_400
START = 1_795_521_600
"""2026-11-24 12:00 UTC."""
MINE = {
    "GIT_AUTHOR_NAME": "Tester",
    "GIT_AUTHOR_EMAIL": "tester@site.invalid",
    "GIT_COMMITTER_NAME": "Tester",
    "GIT_COMMITTER_EMAIL": "tester@site.invalid",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
URL = "https://images.site.invalid/bases/"


def page(body: str, *, head: str = "", up: str = "") -> str:
    """Return a page as the site has them: with a style and a feed in its head."""
    return (
        f'<!doctype html>\n<html lang="en" class="no-js"><head><meta charset="utf-8"><title>t</title>'
        f'<link rel="stylesheet" href="{up}assets/style.css">'
        f'<link rel="alternate" type="application/atom+xml" href="{up}feeds/all.atom">{head}</head>'
        f"<body>{body}</body></html>\n"
    )


def places(folder: Path) -> Places:
    """Return where everything is of the site below `folder`."""
    return Places(configuration=folder / "images.yml", output=folder / "build", store=folder / "data")


def build(folder: Path, words: str = "one", images: Sequence[str] = ("alpine",), url: str = "") -> Places:
    """Write a built site below `folder`, in place of the one there; `words` stand on the images' pages."""
    site = folder / "build" / "site"
    if site.exists():
        subprocess.run(["rm", "-r", str(site)], check=True)
    listed = "".join(f'<a href="images/{name}/">{name}</a>' for name in images)
    files = {
        "index.html": page(f'{listed}<a href="zh/">zh</a> <a href="api/v1/index.json">api</a>'),
        "zh/index.html": page('<a href="../">en</a><a href="../feeds/all.atom">feed</a>', up="../"),
        "assets/style.css": "body { color: black }\n",
        "404.html": '<!doctype html><html><head><link href="/assets/style.css"></head><body><a href="/.">a</a></body>',
        "_headers": "/*\n  Content-Security-Policy: default-src 'self'\n  X-Content-Type-Options: nosniff\n",
        "sitemap.xml": '<?xml version="1.0"?>\n<urlset>\n</urlset>\n',
        "sitemap.xml.gz": os.urandom(8).hex(),
        "llms.txt": "# Images\n\n- [Alpine](images/alpine/index.md)\n- [API](api/v1/index.json)\n",
        "api/v1/index.json": f'{{"words": "{words}"}}\n',
        "api/commands.json": "{}\n",
        "feeds/all.atom": f"<feed>{words}</feed>\n",
        "badges/alpine.svg": "<svg/>\n",
    }
    for name in images:
        files |= {
            f"images/{name}/index.html": page(
                f'<h1 id="top">{name}</h1><p>{words}</p><a href="../../">all</a>'
                f'<img src="../../badges/alpine.svg"> <a href="../../permalink/{name}/">permalink</a>',
                up="../../",
            ),
            f"images/{name}/index.md": f"# {name}\n\n[badge](../../badges/alpine.svg) [all](../../index.md)\n",
            f"permalink/{name}/index.html": (
                f'<!doctype html><html><head><meta http-equiv="refresh" content="0; url=../../images/{name}/">'
                f'<link rel="canonical" href="../../images/{name}/"></head>'
                f'<body><a href="../../images/{name}/">{name}</a></body></html>\n'
            ),
            f"cards/{name}/index.html": page(f'<a href="../../permalink/{name}/">{name}</a>', up="../../"),
        }
    for path, content in files.items():
        target = site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    settings = f"site:\n  url: {url}\n" if url else ""
    (folder / "images.yml").write_text(
        settings + "groups:\n  - name: one\n    images:\n      - {name: alpine, sources: [alpine]}\n"
    )
    return places(folder)


def git(folder: Path, *words: str, check: bool = True) -> str:
    """Run git and return what it prints."""
    command = ["git", "-C", str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | MINE)
    assert not check or done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    """Make a repository with a commit and a file that is not committed, and a bare one as its origin."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare", str(folder / "origin.git"))
    made = folder / "work"
    git(folder, "init", "--quiet", "--initial-branch=main", str(made))
    git(made, "remote", "add", "origin", str(folder / "origin.git"))
    (made / "images.yml").write_text("# ours\n")
    git(made, "add", "images.yml")
    git(made, "commit", "--quiet", "--message=Start")
    (made / "not-yet.txt").write_text("not committed\n")
    git(made, "add", "not-yet.txt")
    return made


def to_branch(site: Places, repository: Path, when: int = START, **asked: object) -> Published:
    """Publish on the branch of a repository."""
    return publish(site, Order(repository=repository, **asked), when, MINE)  # type: ignore[arg-type]


def to_folder(site: Places, folder: Path, when: int = START, **asked: object) -> Published:
    """Publish in a folder."""
    return publish(site, Order(folder=folder, **asked), when, {})  # type: ignore[arg-type]


def tree(repository: Path, commit: str = "gh-pages") -> dict[str, str]:
    """Return the paths of a commit with their blobs."""
    lines = git(repository, "ls-tree", "-r", commit).splitlines()
    return {line.partition("\t")[2]: line.split()[2] for line in lines}


def unpacked(repository: Path, folder: Path, commit: str = "gh-pages") -> Path:
    """Write what a commit has into a new folder, as a host does that serves the branch."""
    folder.mkdir()
    archive = subprocess.run(["git", "-C", str(repository), "archive", commit], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder


def broken(published: Path) -> list[str]:
    """Return every link in a published tree, all versions together, that leads nowhere."""
    return [str(one) for one in broken_links(published, read_pages(published))]
