"""What a purchasing policy may say, and what would make no sense."""

from typing import Any

import pytest

from apps.projects.policy import covers
from apps.projects.policy.term_faults import terms_faults
from tests.factories.policies import terms


@pytest.mark.parametrize(
    ("said", "expected"),
    (
        ({}, []),
        ({"categories_allowed": ("43", "4410"), "categories_denied": ("4321",)}, []),
        ({"categories_allowed": ("IT-HARD.1/B",)}, []),
        ({"ship_to": ("SE", "SE-11", "GB-SW1A 1")}, []),
        ({"currencies": ("EUR", "JPY", "KWD")}, []),
        ({"per_order_max": 0, "cumulative_max": "0.01"}, []),
        ({"per_period_max": 100, "period_days": 366}, []),
        ({"currency": "JPY", "per_order_max": 100}, []),
        ({"currency": "KWD", "per_order_max": "1.001"}, []),
        ({"currency": "XXX"}, [("/currency", "invalid")]),
        ({"currency": "XAU", "per_order_max": 1}, [("/currency", "invalid")]),
        ({"currencies": ("EUR", "EURO")}, [("/currencies", "invalid")]),
        ({"currency": "JPY", "per_order_max": "0.5"}, [("/per_order_max", "too-many-decimals")]),
        ({"cumulative_max": "0.001"}, [("/cumulative_max", "too-many-decimals")]),
        ({"auto_approve_below": -1}, [("/auto_approve_below", "invalid")]),
        ({"per_order_max": "NaN"}, [("/per_order_max", "invalid")]),
        ({"per_order_max": "1e15"}, [("/per_order_max", "invalid")]),
        ({"per_period_max": 1}, [("/period_days", "required")]),
        ({"period_days": 1}, [("/per_period_max", "required")]),
        ({"per_period_max": 1, "period_days": 367}, [("/period_days", "invalid")]),
        ({"per_period_max": 1, "period_days": 0}, [("/period_days", "invalid")]),
        ({"categories_allowed": ("43 21",)}, [("/categories_allowed", "invalid")]),
        ({"categories_allowed": ("",)}, [("/categories_allowed", "invalid")]),
        ({"categories_denied": ("x" * 41,)}, [("/categories_denied", "invalid")]),
        ({"categories_denied": tuple(map(str, range(201)))}, [("/categories_denied", "too-many")]),
        (
            {"categories_allowed": ("4321", "44"), "categories_denied": ("43",)},
            [("/categories_allowed", "denied-too")],
        ),
        (
            {"categories_allowed": ("43",), "categories_denied": ("44",)},
            [("/categories_denied", "not-allowed-anyway")],
        ),
        ({"ship_to": ("ZZ",)}, [("/ship_to", "invalid")]),
        ({"ship_to": ("SE-",)}, [("/ship_to", "invalid")]),
        ({"ship_to": ("SWEDEN",)}, [("/ship_to", "invalid")]),
    ),
)
def test_terms_faults_name_what_makes_no_sense(
    said: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    faults = terms_faults(terms(**said).tidied())

    assert [(fault.pointer, fault.code) for fault in faults] == expected


def test_terms_are_tidied_before_they_are_kept() -> None:
    said = terms(currency="eur", categories_allowed=("it-2", " it-1", "IT-2"), ship_to=("se-11",))

    assert said.tidied() == terms(categories_allowed=("IT-1", "IT-2"), ship_to=("SE-11",))


@pytest.mark.parametrize(
    ("code", "expected"),
    (
        ("4321", True),
        ("43211503", True),
        ("432", False),
        ("4421", False),
        ("it-chairs", True),
        (" IT-chairs", True),
        ("", False),
    ),
)
def test_covers_takes_a_code_and_all_that_begin_with_it(code: str, *, expected: bool) -> None:
    assert covers(("4321", "IT-"), code) is expected
