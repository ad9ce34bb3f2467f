"""A real browser before the real server, and whoever visits with it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import Visitor

WHERE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _chromium() -> str:
    named = os.environ.get("CHROMIUM", "")
    return named or next((found for found in map(shutil.which, WHERE) if found), "")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Started for one module: while it lives, its event loop counts as running in this thread."""
    path = _chromium()
    if not path:
        reason = "needs CHROMIUM: make test-deps installs one"
        pytest.fail(reason) if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patch:
        # The loop is Playwright's; our own code here calls the database from no coroutine.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            yield browser
            browser.close()


@pytest.fixture
def visitor(
    chromium: Browser, live_server: object, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """Somebody with an empty browser; the test fails when a page complained to the console."""
    options = getattr(request, "param", {})
    context = chromium.new_context(
        base_url=str(live_server), viewport={"width": 1280, "height": 800}, **options
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    folder = os.environ.get("SCREENSHOTS", "")
    somebody = Visitor(context.new_page(), Path(folder) if folder else None)
    yield somebody
    context.close()
    assert somebody.complaints == []
