"""Every rule is tested from a place where nobody has failed before."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_failures_counted() -> Iterator[None]:
    """All tests call from one address, whose failures are limited for a minute."""
    cache.clear()
    yield
    cache.clear()
