"""images.yml: what it turns into, and that every mistake is told at once, at its line."""

from pathlib import Path

import pytest

from generator.errors import InvalidConfiguration, InvalidReference
from generator.images_policy import EndOfLife, Policy
from generator.limits import Limits
from generator.marked_yaml import DEPTH, FILE_SIZE
from generator.oci.platform import Platform
from generator.targets import Configuration, load

ROOT = Path(__file__).resolve().parents[1]

SMALL = """\
groups:
  - name: ours
    images:
      - name: base
        sources: [example.invalid/base]
"""


def loaded(folder: Path, content: str | bytes) -> Configuration:
    """Write `content` as images.yml and load it, with a grammar of sources that knows one mistake."""
    path = folder / "images.yml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load(path, check_source)


def check_source(source: str) -> None:
    """Refuse one source."""
    if source == "oci:":
        raise InvalidReference(reference=source, reason="it names no folder")


def mistakes(folder: Path, content: str | bytes) -> list[tuple[int, int, str]]:
    """Return the mistakes that loading `content` tells."""
    with pytest.raises(InvalidConfiguration) as caught:
        loaded(folder, content)
    found = caught.value.values["mistakes"]
    assert isinstance(found, tuple)
    assert caught.value.values["count"] == len(found)
    return list(found)


def one_mistake(folder: Path, content: str | bytes) -> tuple[int, int, str]:
    """Return the only mistake of `content`."""
    (only,) = mistakes(folder, content)
    return only


# What is right


def test_the_file_of_this_site_is_right() -> None:
    """The images.yml in the repository loads, and names the images that the site is about."""
    names = [target.name for target in load(ROOT / "images.yml").targets]
    assert names[:3] == ["busybox", "alpine", "distroless-static"]
    assert {"debian-slim", "ubuntu", "distroless-cc", "busybox-musl", "alpine-3.6"} <= set(names)


def test_what_is_left_out_has_defaults(tmp_path: Path) -> None:
    """Name and source are enough: linux/amd64, titles from names, no status, the limits of the program."""
    configuration = loaded(tmp_path, SMALL)
    (target,) = configuration.targets
    assert (target.title, target.platforms, target.status) == ("base", (Platform(),), None)
    assert configuration.groups[0].title == "ours"
    assert configuration.limits == Limits()
    assert configuration.sources.cache_size == 10 * 1024**3


def test_everything_that_may_be_said_arrives(tmp_path: Path) -> None:
    """Each key of the file ends up in its field; a date may be written without quotes."""
    content = """\
site: {title: Bases, description: Ours}
sources: {plain_http_hosts: ["registry.invalid:5000"], parallel_downloads: 2, cache_size: 1_000}
limits: {unpacked_size: 10, expansion_ratio: 20, expansion_floor: 30, entries: 40}
groups:
  - name: g
    title: Group
    description: About it
    images:
      - name: new
        sources: [a, oci:b]
      - name: old.1-2
        title: Old
        sources: [c]
        platforms: [linux/arm64/v8, linux/x86_64]
        description: Text
        status: deprecated
        owner: Us
        reason: Age
        replacement: new
        review_on: 2027-01-31
"""
    configuration = loaded(tmp_path, content)
    assert configuration.site.title == "Bases"
    assert configuration.sources.plain_http_hosts == ("registry.invalid:5000",)
    assert configuration.sources.parallel_downloads == 2
    assert configuration.sources.cache_size == 1000
    assert configuration.limits == Limits(unpacked_size=10, expansion_ratio=20, expansion_floor=30, entries=40)
    assert configuration.groups[0].description == "About it"
    new, old = configuration.targets
    assert new.sources == ("a", "oci:b")
    assert old.platforms == (Platform("linux", "arm64", "v8"), Platform("linux", "amd64"))
    assert (old.title, old.description, old.status, old.owner) == ("Old", "Text", "deprecated", "Us")
    assert (old.reason, old.replacement, old.review_on) == ("Age", "new", "2027-01-31")


def test_aliases_may_be_used(tmp_path: Path) -> None:
    """A list that many images share can be written once."""
    content = SMALL + "        platforms: &both [linux/amd64, linux/arm64]\n"
    content += "      - {name: other, sources: [x], platforms: *both}\n"
    assert [len(target.platforms) for target in loaded(tmp_path, content).targets] == [2, 2]


def test_a_policy_is_set_for_all_and_changed_nearer_by(tmp_path: Path) -> None:
    """The image's rule wins over its group's, that over the file's; off takes back what stands above."""
    content = """\
policy: {max_docker_size: 1.5 MB, max_layers: 9, no_shell: true, not_end_of_life: true, must_have: [tmp]}
groups:
  - name: g
    policy: {max_layers: 5, no_shell: off, max_rootfs_size: 64 MiB}
    images:
      - {name: a, sources: [x]}
      - name: b
        sources: [x]
        policy: {max_layers: 7, max_docker_size: null, no_shell: true, must_have: [], not_end_of_life: {warn_days: 3}}
      - {name: c, sources: [x], policy: off}
  - name: h
    policy: off
    images:
      - {name: d, sources: [x], policy: {max_packages: 0, allowed_setuid: [/bin/su]}}
  - name: i
    images:
      - {name: e, sources: [x], policy: {max_layers: false}}
"""
    with pytest.raises(
        InvalidConfiguration, match="“max_layers” must be a whole number from 0 on, or off, not “false”"
    ):
        loaded(tmp_path, content)
    configuration = loaded(tmp_path, content.replace("false", "off"))
    a, b, c, d, e = (target.policy for target in configuration.targets)
    assert (a.max_docker_size, a.max_layers, a.no_shell, a.max_rootfs_size) == (1_500_000, 5, None, 64 * 1024**2)
    assert (b.max_docker_size, b.max_layers, b.no_shell, b.must_have) == (None, 7, True, ())
    assert (a.not_end_of_life, b.not_end_of_life) == (EndOfLife(), EndOfLife(warn_days=3))
    assert c == Policy()
    assert d == Policy(max_packages=0, allowed_setuid=("/bin/su",), no_setuid=True)
    assert (e.max_layers, e.max_docker_size, e.no_shell) == (None, 1_500_000, True)
    assert configuration.lines == {"a": 6, "b": 7, "c": 10, "d": 14, "e": 17}


def test_mistakes_in_a_policy_are_told_in_its_own_words(tmp_path: Path) -> None:
    """Where several forms are allowed, the mistake is the one in the form that was meant, at its place."""
    content = """\
policy:
  max_docker_size: 80 M
  max_packages: many
  no_shel: true
  no_shell: 1
  must_have: [tmpp, tmp]
  allowed_setuid: [bin/su]
  not_end_of_life: {warn: 3}
  max_layers: -1
  max_critical: none
  kev: true
  fixable: -1
groups:
  - name: a
    policy: none
    images:
      - name: b
        sources: [x]
        policy: {non_root: perhaps, max_rootfs_size: [], fresh: null, forbidden_packages: [""]}
      - name: c
        sources: [x]
        policy:
"""
    told = [f"{line}:{column} {sentence}" for line, column, sentence in mistakes(tmp_path, content)]
    expected = [
        "2:3 “max_docker_size” must be bytes, a size such as “80 MB” or “64 MiB”, or off, not “80 M”",
        "3:3 “max_packages” must be a whole number from 0 on, or off, not the text “many”",
        "4:3 “no_shel” is not known here; did you mean “no_shell”?",
        "5:3 “no_shell” must be true or off, not the number 1",
        "6:15 item 1 of “must_have” must be one of ca-certificates, debugger",
        "7:20 item 1 of “allowed_setuid” must be a path that begins with /, not “bin/su”",
        "8:21 “warn” is not known here; did you mean “warn_days”?",
        "9:3 “max_layers” must be at least 0, not -1",
        "10:3 “max_critical” must be a whole number from 0 on, or off, not the text “none”",
        "11:3 “kev” must be a whole number from 0 on, or off, not “true”",
        "12:3 “fixable” must be at least 0, not -1",
        "15:5 “policy” must be a mapping of rules, or off, not the text “none”",
        "19:18 “non_root” must be true or off, not the text “perhaps”",
        "19:37 “max_rootfs_size” must be bytes, a size such as “80 MB” or “64 MiB”, or off, not a list",
        "19:92 item 1 of “forbidden_packages” must not be empty",
        "22:9 “policy” must be a mapping of rules, or off, not empty",
    ]
    assert [line for line, start in zip(told, expected, strict=True) if not line.startswith(start)] == []


# What is wrong


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    """A file full of mistakes needs one run to show them all, each at its line and column, in the file's order."""
    content = """\
sites: {}
groups:
  - name: Ours
    images:
      - name: base
        source: [x]
        status: aproved
      - name: base
        sources: ["oci:", b, b]
        platforms: [linux, linux/amd64, linux/x86_64]
        replacement: bass
        review_on: 2027-02-30
        owner: 7
      - name: index
        sources: []
        replacement: index
limits: {entries: 0}
sources: {plain_http_hosts: ["http://x"], parallel_downloads: 99}
"""
    told = [f"{line}:{column} {sentence}" for line, column, sentence in mistakes(tmp_path, content)]
    expected = [
        "1:1 “sites” is not known here; did you mean “site”?",
        "3:5 “name” must be lower-case letters",
        "5:9 “base” needs “sources”",
        "6:9 “source” is not known here; did you mean “sources”?",
        "7:9 “status” must be one of approved, banned, deprecated, experimental, not “aproved”; did you mean",
        "8:9 two images are called “base”; the first is on line 5",
        "9:19 “oci:” is not an image reference: it names no folder",
        "9:30 the source “b” stands here twice",
        "10:21 “linux” is not a platform",
        "10:41 the platform “linux/x86_64” stands here twice, first as “linux/amd64”",
        "11:9 “replacement”: no image here is called “bass”; did you mean “base”?",
        "12:9 “review_on”: “2027-02-30” is no date",
        "13:9 “owner” must be text, not the number 7: put it in quotes",
        "14:9 “index” cannot be a page's address",
        "15:9 “sources” must not be empty",
        "16:9 “index” cannot replace itself",
        "17:10 “entries” must be at least 1, not 0",
        "18:30 “http://x” is not a host",
        "18:43 “parallel_downloads” must be at most 16, not 99",
    ]
    assert [line for line, start in zip(told, expected, strict=True) if not line.startswith(start)] == []


def test_the_error_lists_each_mistake_on_a_line_of_its_own(tmp_path: Path) -> None:
    """The sentence names file, line and column as compilers do, however many mistakes there are."""
    with pytest.raises(InvalidConfiguration) as caught:
        loaded(tmp_path, "a: 1\nb: 2\n" + SMALL)
    first, *lines = str(caught.value).splitlines()
    path = tmp_path / "images.yml"
    assert first == f"{path}: 2 mistake(s)"
    assert [line.partition(" ")[0] for line in lines] == [f"{path}:1:1:", f"{path}:2:1:"]
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        ("", 1, "the file must be a mapping, not empty"),
        ("[]", 1, "the file must be a mapping, not a list"),
        ("text", 1, "the file must be a mapping, not the text “text”"),
        ("groups: []", 1, "“groups” must not be empty"),
        ("groups:\n- 7", 2, "item 1 of “groups” must be a mapping, not the number 7"),
        ("groups:\n- {name: a, images: 5}", 2, "“images” must be a list, not the number 5"),
        (SMALL + 'site: {title: "a\\0b"}', 6, "U+0000 is no character of a text"),
        (SMALL + 'advisories: {vex: ["\\ud800"]}', 6, "U+D800 is no character of a text"),
        (SMALL + "site: {url: 'https://name:word@example.invalid/'}", 6, "“url” must be an address"),
        (SMALL + "site: {url: 'https://[::1'}", 6, "“url” must be an address"),
        (SMALL + "site: {title: }", 6, "“title” must be text, not empty"),
        (SMALL + "limits: {entries: many}", 6, "“entries” must be a whole number, not the text “many”"),
        (SMALL + "limits: {entries: true}", 6, "“entries” must be a whole number, not “true”"),
        (SMALL + "limits: {entry: 1}", 6, "“entry” is not known here; did you mean “entries”?"),
        (SMALL.replace("base\n", "3.11\n", 1), 4, "“name” must be text, not the number 3.11: put it in quotes"),
        (SMALL.replace("ours", "x" * 61), 2, "“name” may have 60 characters, not 61"),
        (SMALL.replace("name: base", 'name: "base\\n"'), 4, "“base\n” cannot be a page's address"),
        (SMALL.replace("name: base", "name: base.md"), 4, "“base.md” cannot be a page's address"),
        (SMALL.replace("name: base", "name: ../base"), 4, "“name” must be lower-case"),
        (SMALL + "        review_on: soon\n", 6, "“review_on” must be a date such as 2027-01-31"),
        (SMALL + "site: {languages: [en, en]}", 6, "the language “en” stands here twice"),
        (
            SMALL + "sources: {parallel_downloads: 3.0}",
            1,
            "not what is expected here: Expected `int`, got `float` - at `$.sources.parallel_downloads`",
        ),
        (SMALL + "  - name: ours\n    images: [{name: b, sources: [b]}]\n", 6, "two groups are called “ours”"),
    ],
)
def test_one_mistake(tmp_path: Path, content: str, line: int, sentence: str) -> None:
    """Each kind of mistake is one sentence in plain words, at its line."""
    found = one_mistake(tmp_path, content)
    assert found[0] == line
    assert found[2].startswith(sentence)


def bomb() -> str:
    """Return nine levels of ten aliases each: a thousand million values when written out."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (bomb(), "more than 100000 values"),
        ("a: &a [*a]", f"nested deeper than {DEPTH} levels"),
        ("[" * FILE_SIZE, "nested deeper than"),
        ("\n".join(" " * i + "-" for i in range(900)), "nested deeper than"),
        (SMALL + "#" * FILE_SIZE * 10, f"the file has more than {FILE_SIZE} bytes"),
        (SMALL + "groups: []", "“groups” stands here twice; the first is on line 1"),
        (
            SMALL + "site: !!python/object/apply:os.system [id]",
            "the tag tag:yaml.org,2002:python/object/apply:os.system",
        ),
        (SMALL + "site: {title: !secret x}", "the tag !secret means nothing here"),
        (SMALL + "---\ngroups: []", "not YAML: expected a single document"),
        (SMALL + "? [a, b]\n: c", "a key must be text"),
        (SMALL + "site: {title: 'x", "not YAML: "),
        (SMALL + "\tsite: x", "not YAML: "),
        (SMALL + "site: *nowhere", "not YAML: found undefined alias"),
        (SMALL.encode() + b"# caf\xe9", "byte 0xe9 is not UTF-8"),
        (SMALL.encode("utf-16"), "byte 0xff is not UTF-8"),
        (SMALL + "# \x00", "not YAML: an unprintable character"),
        (SMALL + "limits: {entries: 0x}", "“entries” must be a whole number"),
        (SMALL + f"limits: {{entries: {'9' * 5000}}}", "“entries” must be "),
    ],
)
def test_hostile_yaml_is_a_mistake_like_any_other(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    """Whatever YAML can do to a program that reads it ends in a typed error that says what is wrong."""
    told = [found[2] for found in mistakes(tmp_path, content)]
    assert any(one.startswith(sentence) for one in told), told


def test_a_mistake_in_a_place_is_told_there(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 and broken YAML are told at the line and column where they stand."""
    assert one_mistake(tmp_path, SMALL.encode() + b"# caf\xe9")[:2] == (6, 6)
    assert one_mistake(tmp_path, SMALL + "# \x00")[:2] == (6, 3)
    assert one_mistake(tmp_path, SMALL + "site: {title: 'x")[0] == 6


def test_thousands_of_mistakes_are_counted_and_a_hundred_listed(tmp_path: Path) -> None:
    """A file of another kind does not flood the terminal."""
    content = SMALL + "".join(f"key{i}: x\n" for i in range(2000))
    with pytest.raises(InvalidConfiguration) as caught:
        loaded(tmp_path, content)
    assert caught.value.values["count"] == 2000
    assert str(caught.value).splitlines()[-1] == "… and 1900 more"
    assert len(str(caught.value).splitlines()) == 102


def test_hostile_text_is_made_visible(tmp_path: Path) -> None:
    """No control character of the file reaches the terminal by way of a message."""
    with pytest.raises(InvalidConfiguration) as caught:
        loaded(tmp_path, SMALL + 'site: {title: t, "\\e[31mred\\n": x}')
    assert "\x1b" not in str(caught.value)
    assert "\\x1b[31mred\\n" in str(caught.value)


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    """A missing or unreadable file is a usage error that names it."""
    for path in (tmp_path / "nothing.yml", tmp_path):
        with pytest.raises(InvalidConfiguration, match="cannot be read"):
            load(path)


def test_folded_text_is_plain_text(tmp_path: Path) -> None:
    """A long folded description comes out as one line of the words that stand there, without control characters."""
    folded = "".join(f"      {line}\n" for line in ["several words"] * 12)
    content = f"groups:\n  - name: g\n    description: >-\n{folded}    images: [{{name: a, sources: [b]}}]\n"
    assert loaded(tmp_path, content).groups[0].description == " ".join(["several words"] * 12)


def test_languages_and_their_words(tmp_path: Path) -> None:
    """Words in another language take the place of the others where they are given; unset, a site is in both."""
    assert loaded(tmp_path, SMALL).site.languages == ("en", "zh")
    told = "        translations: {zh: {title: 基础, reason: 小}}\n"
    configuration = loaded(tmp_path, f"site: {{languages: [zh], translations: {{zh: {{title: 站}}}}}}\n{SMALL}{told}")
    assert configuration.site.languages == ("zh",)
    chinese = configuration.spoken("zh")
    assert (chinese.site.title, chinese.site.description) == ("站", configuration.site.description)
    assert (chinese.targets[0].title, chinese.targets[0].reason) == ("基础", "小")
    assert chinese.targets[0].sources == configuration.targets[0].sources
    assert configuration.spoken("en") == configuration


@pytest.mark.parametrize(
    ("languages", "sentence"),
    [("[en, en]", "twice"), ("[fr]", "must be one of"), ("[]", "must not be empty"), ("en", "must be")],
)
def test_mistakes_in_languages(languages: str, sentence: str, tmp_path: Path) -> None:
    """A language that is not there, twice the same one, or none is a mistake at its line."""
    line, _, told = one_mistake(tmp_path, f"site:\n  languages: {languages}\n{SMALL}")
    assert line == 2
    assert sentence in told
