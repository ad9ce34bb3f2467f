"""Codes of categories and of places to ship to, as rules write them."""

import re
from collections.abc import Callable, Iterable

from apps.core.errors import FieldError
from apps.core.policy import COUNTRIES

CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,39}")
PLACE = re.compile(r"([A-Z]{2})(-[A-Z0-9][A-Z0-9 ]{0,11})?")
MOST = 200


def written_alike(codes: Iterable[str]) -> tuple[str, ...]:
    """Each once, in capitals, in order."""
    return tuple(sorted({code.strip().upper() for code in codes}))


def covers(prefixes: Iterable[str], code: str) -> bool:
    """Whether a code is one of these or begins with one: `4321` covers `43211503`. Capitals do not
    matter, so that nobody gets around a rule with the shift key.
    """
    return any(code.strip().upper().startswith(prefix.upper()) for prefix in prefixes)


def category_faults(codes: tuple[str, ...], *, pointer: str) -> list[FieldError]:
    detail = "{} is not a category: write a code or the beginning of one, such as 4321."
    return list_faults(codes, fits=CODE.fullmatch, pointer=pointer, detail=detail)


def place_faults(places: tuple[str, ...], *, pointer: str) -> list[FieldError]:
    """A country, or a country and the beginning of a postal code."""
    detail = "{} is not a place: write a country (SE), or with the beginning of a code (SE-11)."
    return list_faults(places, fits=_is_place, pointer=pointer, detail=detail)


def list_faults(
    codes: tuple[str, ...], *, fits: Callable[[str], object], pointer: str, detail: str
) -> list[FieldError]:
    """``detail`` names the code where it has braces."""
    if len(codes) > MOST:
        return [FieldError(pointer, "too-many", f"At most {MOST} of these.")]
    return [
        FieldError(pointer, "invalid", detail.format(repr(code)))
        for code in codes
        if not fits(code)
    ]


def _is_place(text: str) -> bool:
    found = PLACE.fullmatch(text)
    return found is not None and found[1] in COUNTRIES
