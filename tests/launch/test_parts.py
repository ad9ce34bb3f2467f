"""What some tests need beyond the requirements, and what its absence means."""

from collections import Counter
from pathlib import Path

from config.launch.parts import look_for_parts, shortfalls, skips, with_parts
from tests.launch.programs import write_program

REPORT = """<?xml version="1.0"?>
<testsuites><testsuite>
  <testcase name="a"><skipped type="pytest.skip" message="needs CHROMIUM">x</skipped></testcase>
  <testcase name="b"><skipped type="pytest.skip" message="needs SAMPLE_DATA">x</skipped></testcase>
  <testcase name="c"><skipped type="pytest.skip" message="needs SAMPLE_DATA">x</skipped></testcase>
  <testcase name="d"><skipped type="pytest.xfail" message="known">x</skipped></testcase>
  <testcase name="e"/>
</testsuite></testsuites>"""


def test_bare_machine_misses_each_part_and_names_its_command() -> None:
    parts = look_for_parts({"PATH": "/nowhere"})

    chromium, node, data = (part.notice for part in parts)
    assert chromium == (
        "Not found: Chromium or Chrome, for the tests in a browser. Provided by: make test-deps"
    )
    assert node == "Not found: Node, for the tests of JavaScript. Provided by: make test-deps"
    assert data == (
        "Not found: the sample data, for the tests on real contracts. "
        "Provided by: make test SAMPLE_DATA=/the/folder"
    )


def test_found_parts_are_named_to_the_tests_and_absent_ones_are_not(tmp_path: Path) -> None:
    browser = write_program(tmp_path / "google-chrome", "exit 0")
    environ = {"PATH": str(tmp_path), "SAMPLE_DATA": str(tmp_path), "NODE": "gone", "KEPT": "1"}

    given = with_parts(environ, look_for_parts(environ))

    assert given == {
        "PATH": str(tmp_path),
        "KEPT": "1",
        "CHROMIUM": str(browser),
        "SAMPLE_DATA": str(tmp_path),
    }


def test_named_browser_is_preferred(tmp_path: Path) -> None:
    write_program(tmp_path / "chromium", "exit 0")
    named = write_program(tmp_path / "my-browser", "exit 0")

    parts = look_for_parts({"PATH": str(tmp_path), "CHROMIUM": str(named)})

    assert parts[0].found == str(named)


def test_skips_are_counted_by_reason_without_expected_failures(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT, encoding="utf-8")

    assert skips(report) == Counter({"needs SAMPLE_DATA": 2, "needs CHROMIUM": 1})
    assert skips(tmp_path / "none.xml") == Counter()


def test_only_absent_sample_data_is_put_up_with_when_all_is_required() -> None:
    parts = look_for_parts({"PATH": "/nowhere"})
    skipped = Counter({"needs SAMPLE_DATA": 2, "a service is down": 1})

    assert shortfalls(parts, skipped) == [
        "Chromium or Chrome",
        "Node",
        "skipped: a service is down",
    ]


def test_skip_for_data_that_is_there_is_a_shortfall(tmp_path: Path) -> None:
    parts = look_for_parts({"SAMPLE_DATA": str(tmp_path), "CHROMIUM": "sh", "NODE": "sh"})

    assert shortfalls(parts, Counter({"SAMPLE_DATA has no ocds": 1})) == [
        "skipped: SAMPLE_DATA has no ocds"
    ]
