"""Whether somebody has proved lately who they are (ASVS 5 V7.5)."""

from collections.abc import Iterable, Mapping
from typing import Any

FACTOR, PROVIDER = "mfa", "socialaccount"


def has_proved(
    steps: Iterable[Mapping[str, Any]],
    *,
    has_factor: bool,
    made_by_provider: bool,
    since: float,
) -> bool:
    """Of the steps that django-allauth wrote down, one since then (in seconds since 1970) will do;
    of somebody with a second factor that factor alone, and of somebody a provider made no password,
    which a mail could have given them.
    """
    if has_factor:
        wanted = {FACTOR}
    elif made_by_provider:
        wanted = {FACTOR, PROVIDER}
    else:
        wanted = set()
    return any(one["at"] > since and (not wanted or one["method"] in wanted) for one in steps)
