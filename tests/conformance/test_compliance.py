"""The compliance page says what the tests say, and every rule stands where it is looked for."""

from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.compliance import TESTS, claims, conforms, render
from tests.conformance.specifications import SPECIFICATIONS

PAGE = Path(TESTS.parent) / "docs" / "compliance.md"


def test_page_is_the_one_the_tests_render() -> None:
    assert PAGE.read_text(encoding="utf-8") == render()


def test_every_conformance_test_names_a_rule_of_the_folder_it_stands_in() -> None:
    folders = {one.key: one.folder for one in SPECIFICATIONS}
    named = {
        (claim.file, claim.test)
        for claim in claims()
        if claim.file.split("/")[2] == folders[claim.specification]
    }
    here = {
        (claim.file, claim.test)
        for claim in claims()
        if claim.file.startswith("tests/conformance/")
    }

    assert here - named == set()


def test_no_rule_is_claimed_twice() -> None:
    rules = Counter((one.specification, one.paragraph, one.requirement) for one in claims())

    assert [rule for rule, count in rules.items() if count > 1] == []


def test_claim_that_nobody_could_look_up_is_refused() -> None:
    for arguments in (("RFC 1", "1", "A."), ("RFC 6749", "", "A."), ("RFC 6749", "1", "no stop")):
        with pytest.raises(ValueError, match=r"not known|whole sentence"):
            conforms(*arguments)
