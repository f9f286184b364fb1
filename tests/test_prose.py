"""What the README and the hand-written pages say is what the program does: commands, options, figures."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from generator.analyze import analyze_source
from generator.images_file import ImagesFile
from generator.images_policy import CAPABILITIES, Policy
from generator.limits import Limits
from generator.oci.platform import Platform
from generator.source import SOURCES
from generator.source.base import Surroundings
from generator.targets import load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SIZES = (ROOT / "site_src" / "sizes.md").read_text(encoding="utf-8")
METHOD = (ROOT / "site_src" / "method.md").read_text(encoding="utf-8")
RUN_YOUR_OWN = (ROOT / "site_src" / "run-your-own.md").read_text(encoding="utf-8")
YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def help_of(*command: str) -> str:
    """Return what `--help` prints."""
    words = [sys.executable, "-m", "generator", *command, "--help"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def section(page: str, anchor: str) -> str:
    """Return a page's text from a heading to the next one of any level."""
    return page.partition(f"{{ #{anchor} }}\n")[2].partition("\n#")[0]


def test_readme_names_every_command() -> None:
    """The README's table has the commands that the program has, no more and no fewer."""
    listed = set(re.findall(r"^    ([a-z-]+)(?: |$)", help_of(), re.MULTILINE))
    documented = set(re.findall(r"^\| `basedex ([a-z-]+)", README, re.MULTILINE))
    assert documented == listed


def test_readme_names_every_part_of_a_command() -> None:
    """The README's table has what `basedex advisories` is made of, no more and no less."""
    listed = set(re.findall(r"^    ([a-z-]+)(?: |$)", help_of("advisories"), re.MULTILINE))
    assert set(re.findall(r"^\| `basedex advisories ([a-z-]+)", README, re.MULTILINE)) == listed


@pytest.mark.parametrize(
    "command",
    [
        *("build", "analyze", "sbom", "check", "record", "render", "publish", "serve", "schema"),
        *("advisories update", "advisories list", "advisories scan"),
    ],
)
def test_readme_names_every_option(command: str) -> None:
    """Each long option of each command stands in the README."""
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", help_of(*command.split()))) - {"--help", "--verbose", "--quiet"}
    assert {option for option in options if f"`{option}" not in README} == set()


def test_readme_and_page_name_every_transport() -> None:
    """Each kind of source is documented where people look for it."""
    for transport in SOURCES:
        assert f"`{transport}:" in README
        assert f"`{transport}:" in RUN_YOUR_OWN


def test_recipes_of_the_readme_exist() -> None:
    """Each `make` recipe that the README and the contributing guide name is one of the Makefile."""
    recipes = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", README + contributing + RUN_YOUR_OWN, re.MULTILINE))
    assert named
    assert named <= recipes


def examples() -> Iterator[str]:
    """Yield every YAML example of the README and of the page on running one's own site."""
    for page in (README, RUN_YOUR_OWN):
        yield from YAML_BLOCK.findall(page)


@pytest.mark.parametrize("example", list(examples()))
def test_yaml_examples_are_valid(example: str, tmp_path: Path) -> None:
    """Each example of images.yml, with groups added where it shows only another part, has no mistake."""
    if "groups:" not in example:
        example += "\ngroups:\n  - name: one\n    images:\n      - {name: one, sources: [alpine]}\n"
    path = tmp_path / "images.yml"
    path.write_text(example, encoding="utf-8")
    assert load(path).targets


def test_page_names_every_part_of_images_yml() -> None:
    """What may stand at the top of images.yml is what the README names."""
    assert all(
        f"`{field.name}`" in README or f"\n{field.name}:" in README for field in msgspec.structs.fields(ImagesFile)
    )


def test_page_names_every_rule_of_a_policy() -> None:
    """The table of rules has every rule of the program, and every line of the sheet that may be asked for."""
    table = section(RUN_YOUR_OWN, "policy")
    assert {name for name in Policy.__struct_fields__ if f"`{name}`" not in table} == set()
    assert {name for name in CAPABILITIES if f"`{name}`" not in table} == set()


def test_bounds_on_the_method_page_are_the_program_s() -> None:
    """The table of bounds names each limit that can be set, with its default."""
    table = section(METHOD, "bounds")
    for field in msgspec.structs.fields(Limits):
        assert f"`limits.{field.name}`" in table
    bounds = Limits()
    assert f"| {bounds.entries:,} |" in table
    assert f"| {bounds.unpacked_size // 1024**3} GiB |" in table
    assert f"| {bounds.expansion_ratio} times |" in table
    assert bounds.expansion_floor == 1024**3
    assert "judged beyond 1 GiB" in table


def test_worked_example_is_what_the_program_finds(shared_layouts: Path, tmp_path: Path) -> None:
    """Every figure in the worked example is the one that the analysis of that very image gives."""
    source = f"oci:{shared_layouts / 'busybox-1.37.0-uclibc'}"
    document = analyze_source(source, Platform(), Surroundings(cache_folder=tmp_path)).document
    example = section(SIZES, "worked-example")
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([\d,]+) \| [\d.]+ [kM]B \|$", example, re.MULTILINE))
    assert {name: int(figure.replace(",", "")) for name, figure in rows.items()} == msgspec.to_builtins(document.sizes)
    assert f"{document.identity.manifest_size} bytes long" in example
    assert f"its configuration {document.identity.config_size}" in example
    assert f"has {document.layers[0].entry_count} entries" in example
    hard_links = len(document.tree.hard_links)
    symlinks = document.tree.kinds.count("l")
    files = document.tree.kinds.count("-") - hard_links
    directories = document.layers[0].entry_count - hard_links - symlinks - files
    assert re.findall(r"^\| (?:directories|regular files|hard links|symlinks) \| (\d+) \|", example, re.MULTILINE) == [
        str(count) for count in (directories, files, hard_links, symlinks)
    ]


def test_alpine_figures_are_what_the_program_finds(shared_images: Path, tmp_path: Path) -> None:
    """The figures for Alpine 3.20.3 on the sizes page are those of its published root file system."""
    source = f"rootfs:{shared_images / 'rootfs' / 'alpine-minirootfs-3.20.3-x86_64.tar.gz'}"
    sizes = analyze_source(source, Platform(), Surroundings(cache_folder=tmp_path)).document.sizes
    text = section(SIZES, "podman-and-docker")
    podman_size = sizes.tar_size + 2 * 427 + 448  # as one layer, with the manifest and configuration named there
    for figure in (sizes.docker_vfs_size, sizes.docker_size, sizes.tar_size, podman_size):
        assert f"{figure:,}" in text
