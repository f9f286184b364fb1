"""Reports for machines: each follows its format, says the same, and survives whatever text comes out of an image."""

import json
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from jsonschema import Draft202012Validator
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from generator import terminal
from generator.analysis.document import Document
from generator.policy import FORMATS
from generator.policy.rules import RULES, judged
from generator.policy.verdict import SCHEMA_VERSION, ImageVerdicts, Report, counts_of
from generator.schemas import schema_of
from tests.builders import file, image, tar
from tests.opened import analyzed
from tests.pages.samples import HOSTILE
from tests.policy.subjects import Entries, bare, failed, subject, whole

EVERYTHING: dict[str, Any] = {
    "max_docker_size": 10,
    "max_layers": 9,
    "no_shell": True,
    "no_setuid": True,
    "forbidden_packages": ["*"],
    "must_have": ["time-zones", "tmp"],
    "not_end_of_life": {"warn_days": 90},
    "not_banned": True,
    "non_root": True,
}
XML_ALLOWED = {
    "testsuites",
    "testsuite",
    "properties",
    "property",
    "testcase",
    "failure",
    "error",
    "skipped",
    "system-out",
}


def report(*images: ImageVerdicts, allow_unknown: bool = False, configuration: str = "images.yml") -> Report:
    """Return the report about `images`."""
    counts = counts_of(images)
    return Report(
        schema_version=SCHEMA_VERSION,
        generator_version="1.2.3",
        configuration=configuration,
        today="2026-11-24",
        allow_unknown=allow_unknown,
        passed=not counts.violated and (allow_unknown or not counts.unknown),
        counts=counts,
        images=images,
    )


@pytest.fixture(scope="module")
def honest() -> Report:
    """Give a report with every state: images violated, not to be told, with a warning, passed, and not asked."""
    document = whole(User="app")
    return report(
        judged(subject(document, EVERYTHING), 3),
        judged(subject(failed(document, "commands"), {"no_shell": True, "non_root": True}), 5),
        judged(
            subject(
                None, {}, target={"status": "deprecated", "policy": subject(None, {"not_banned": True}).target.policy}
            ),
            7,
        ),
        judged(subject(bare(), {"no_shell": True, "max_layers": 1}), 9),
        judged(subject(None, {}), 11),
    )


def hostile_document() -> Document:
    """Return an image whose paths, packages, versions, user and distribution are hostile strings."""
    packages = "".join(
        f"Package: {name.splitlines()[0]}\nStatus: install ok installed\nVersion: {name.splitlines()[0]}\n\n"
        for name in HOSTILE
        if name.splitlines()[0].strip()
    )
    entries: Entries = [
        file(f"bin/{number}{name.replace('/', '∕')}", b"x", mode=0o4755) for number, name in enumerate(HOSTILE)
    ]
    entries.append(file("bin/ctl\x01\x0b\x1f\x7f]]>", b"x", mode=0o4755))
    entries.append(file("var/lib/dpkg/status", packages.encode("utf-8", "surrogateescape")))
    entries.append(file("etc/os-release", f'ID="{HOSTILE[0]}"\nVERSION_ID="]]>&\x07"\n'.encode()))
    return analyzed(image([tar(entries, encoding="utf-8")], run={"User": "]]><x>&\"'\x1b[2J\u202e"}))


@pytest.fixture(scope="module")
def hostile() -> Report:
    """Give a report about an image that is hostile in everything it says, under names that are hostile too."""
    target = {
        "title": HOSTILE[0],
        "status": "banned",
        "reason": " ".join(HOSTILE),
        "policy": subject(None, EVERYTHING).target.policy,
    }
    asked = subject(hostile_document(), EVERYTHING, target=target, state="stale", reason="\x00]]>")
    return report(judged(asked, 4), configuration="we ird/<i>&#.yml")


# JSON


@pytest.mark.parametrize("name", ["honest", "hostile"])
def test_json_follows_its_schema_and_reads_back(name: str, request: pytest.FixtureRequest) -> None:
    """The JSON is what `basedex schema check` describes, and holds all that the report does."""
    written: Report = request.getfixturevalue(name)
    content = FORMATS["json"](written)
    Draft202012Validator(json.loads(schema_of("check"))).validate(json.loads(content))
    assert msgspec.json.decode(content, type=Report) == written


def test_the_schema_refuses_another_report(honest: Report) -> None:
    """A state that there is not, or a field that is missing, is no report."""
    validator = Draft202012Validator(json.loads(schema_of("check")))
    for path, value in ((("passed",), "yes"), (("images", 0, "state"), "fine"), (("counts",), None)):
        found = json.loads(FORMATS["json"](honest))
        place = found
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert list(validator.iter_errors(found))


def test_images_are_counted_by_their_worst_verdict(honest: Report) -> None:
    """Five images of five states are one of each; what is not asked has not passed."""
    assert [one.state for one in honest.images] == ["violated", "unknown", "warning", "passed", "not_asked"]
    counts = honest.counts
    assert (counts.images, counts.passed, counts.warning, counts.violated, counts.unknown, counts.not_asked) == (
        5, 1, 1, 1, 1, 1
    )  # fmt: skip
    assert counts.verdicts == len(EVERYTHING) + 5


# JUnit


def suites(content: bytes) -> list[ElementTree.Element]:
    """Return the suites of a JUnit file, whose structure is checked: elements, required attributes, right counts."""
    root = ElementTree.fromstring(content)
    assert root.tag == "testsuites"
    assert {element.tag for element in root.iter()} <= XML_ALLOWED
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.get("name")
        assert [child.tag for child in suite] == ["properties", *["testcase"] * len(cases)]
        assert all(case.get("name") and case.get("classname") and len(case) <= 1 for case in cases)
        assert all(one.get("name") and one.get("value") is not None for one in suite.findall("properties/property"))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[attribute]) == len(suite.findall(f"testcase/{tag}"))
        assert int(suite.attrib["tests"]) == len(cases)
    for attribute in ("tests", "failures", "errors"):
        assert int(root.attrib[attribute]) == sum(int(suite.attrib[attribute]) for suite in root)
    return list(root)


def test_junit_has_a_suite_an_image_and_a_case_a_rule(honest: Report) -> None:
    """A violation is a failure with all that was found, a warning is output, and what cannot be told is an error."""
    first, unknown, warned, passed, unasked = suites(FORMATS["junit"](honest))
    cases = {str(case.get("name")).partition(":")[0]: case for case in first}
    shell = cases["no_shell"].find("failure")
    assert shell is not None
    assert shell.get("message") == "/bin/bash is a shell"
    lines = str(shell.text).splitlines()
    assert [line.partition(" [")[0] for line in lines] == [
        "/bin/bash is a shell",
        "/bin/sh is a shell, a name of /bin/bash",
    ]
    assert honest.images[0].document in lines[0]
    assert list(cases["max_layers"]) == []
    assert [case[0].tag if len(case) else "" for case in unknown.findall("testcase")] == ["error", ""]
    assert [case[0].tag for case in warned.findall("testcase")] == ["system-out"]
    assert passed.get("failures") == passed.get("errors") == "0"
    assert unasked.get("tests") == "0"


def test_junit_skips_what_is_allowed_to_be_unknown(honest: Report) -> None:
    """With --allow-unknown the gate is not closed by what cannot be told, so nothing in the report is an error."""
    allowed = msgspec.structs.replace(honest, allow_unknown=True)
    assert [suite.get("skipped") for suite in suites(FORMATS["junit"](allowed))][:2] == ["0", "1"]
    assert b"<error" not in FORMATS["junit"](allowed)


def test_junit_keeps_hostile_text_text(hostile: Report) -> None:
    """Markup in names is text in XML, and control characters, which XML cannot hold, are visible escapes."""
    (suite,) = suites(FORMATS["junit"](hostile))
    text = " ".join(suite.itertext())
    assert "<script>alert(1)<" in text
    assert "ctl\\x01\\x0b\\x1f\\x7f]]>" in text
    assert "\x1b" not in text


# SARIF


def sarif(written: Report) -> dict[str, Any]:
    """Return the only run of the SARIF log, which follows the specification's schema."""
    content = FORMATS["sarif"](written)
    Sarif.model_validate_json(content)
    log: dict[str, Any] = json.loads(content)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.name for rule in RULES]
    assert all(rule["help"]["text"] for rule in rules)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert all((result["kind"] == "fail") == (result["level"] != "none") for result in run["results"])
    prints = [one["partialFingerprints"]["basedexFinding/v1"] for one in run["results"]]
    assert len(set(prints)) == len(prints)
    return dict(run)


def test_sarif_schema_is_a_schema(honest: Report) -> None:
    """What checks the logs in these tests does refuse a log that breaks the specification."""
    log = json.loads(FORMATS["sarif"](honest))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(ValueError, match="level"):
        Sarif.model_validate(log)


def test_sarif_has_a_result_a_finding(honest: Report) -> None:
    """Findings are failures, what cannot be told is open; each points to the image's line and names image and file."""
    results = sarif(honest)["results"]
    findings = [finding for image in honest.images for verdict in image.verdicts for finding in verdict.findings]
    assert len([one for one in results if one["kind"] == "fail"]) == len(findings)
    assert [(one["ruleId"], one["level"]) for one in results if one["kind"] == "open"] == [("no_shell", "none")]
    shell = next(one for one in results if one["ruleId"] == "no_shell")
    (location,) = shell["locations"]
    physical = location["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "images.yml", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 3}
    assert [one["fullyQualifiedName"] for one in location["logicalLocations"]] == [
        "base linux/amd64",
        "base linux/amd64:/bin/bash",
    ]
    assert shell["properties"]["document"] == honest.images[0].document
    assert {one["ruleId"] for one in results if one["level"] == "warning"} == {"not_banned"}


def test_sarif_names_a_file_elsewhere_by_its_whole_address(honest: Report) -> None:
    """An images.yml outside of the working folder is a file URI."""
    (first, *_) = sarif(msgspec.structs.replace(honest, configuration="/srv/our site/images.yml"))["results"]
    artifact = first["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///srv/our%20site/images.yml"}


def test_sarif_keeps_hostile_text_text(hostile: Report) -> None:
    """Whatever a path is called, the log is valid and no character in it is invisible."""
    run = sarif(hostile)
    assert (
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "we%20ird/%3Ci%3E%26%23.yml"
    )
    texts = " ".join(result["message"]["text"] for result in run["results"])
    assert "\\x1b[31mred" in texts
    assert not any(character in texts for character in "\x1b\u202e\u200b\x07")


def test_no_sarif_message_has_a_link(hostile: Report) -> None:
    """Viewers make links of `[words](address)`: text from images and advisories is none, whatever it says."""
    texts = [one["message"]["text"] for one in sarif(hostile)["results"]]
    assert any("[link] (javascript:" in one for one in texts)
    assert not any("](" in one for one in texts)


# Text


def test_text_lists_what_does_not_pass(honest: Report) -> None:
    """People see what breaks or cannot be told, a line a finding, and one summary; what passes is counted."""
    lines = terminal.policy_bytes(honest).decode().splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        f"base linux/amd64 (images.yml:3; {honest.images[0].document}, recorded 2026-11-01)",
        f"base linux/amd64 (images.yml:5; {honest.images[1].document}, recorded 2026-11-01)",
        "base linux/amd64 (images.yml:7; nothing is recorded)",
        "14 verdicts on 5 images, 2026-11-24. Images: 1 pass, 1 pass with warnings, 1 violate the policy, "
        "1 cannot be told (--allow-unknown lets them through), of 1 nothing is asked. The gate is closed.",
    ]
    assert "  violation    no_shell: /bin/bash is a shell [layer 1]" in lines
    assert "  cannot tell  no_shell: commands could not be read: at 3: \\x1b[1mbroken" in lines
    assert "  warning      not_banned: its status is deprecated" in lines


def test_text_is_quiet_when_asked(honest: Report) -> None:
    """With -q neither warnings nor the summary are printed, and nothing at all when the gate is open."""
    text = terminal.policy_bytes(honest, quiet=True).decode()
    assert "warning" not in text
    assert "The gate" not in text
    assert "violation" in text
    open_gate = report(*honest.images[2:4])
    assert open_gate.passed
    assert terminal.policy_bytes(open_gate, quiet=True) == b""


def test_text_has_no_control_characters(hostile: Report) -> None:
    """Nothing from an image reaches the terminal but visible text, and long lists are cut with their number told."""
    text = terminal.policy_bytes(hostile).decode()
    assert text.replace("\n", "").isprintable()
    assert "more; --format json lists all" in text
