"""What a visitor does on every page: look at it on a laptop and a phone, by day and by night."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

from tests.factories.identity import PASSWORD

LAPTOP, PHONE = 1280, 390
LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (LAPTOP, "light"),
    (PHONE, "light"),
    (LAPTOP, "dark"),
)
AXE = Axe()
# By night the page is the same but for its colours.
RULES: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}},
}


class Visitor:
    """A page, what it complained of, and where pictures of it go."""

    def __init__(self, page: Page, pictures: Path | None) -> None:
        self.page, self.pictures = page, pictures
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        """A refused page is no fault of the page; what breaks its policy or its script is."""
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def go(self, path: str) -> None:
        self.page.goto(path)

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def look(self, name: str) -> None:
        """Fail on what axe finds, and on a page wider than its window; keep pictures."""
        self.page.wait_for_load_state("networkidle")  # A click may lead on only in a moment.
        found = [fault for width, scheme in LOOKS for fault in self._faults(name, width, scheme)]
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": LAPTOP, "height": 800})
        assert found == [], "\n".join(found)

    def _faults(self, name: str, width: int, scheme: Literal["light", "dark"]) -> Iterator[str]:
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 800})
        yield from (f"{name}, {scheme}, {width}: {fault}" for fault in self._found(width, scheme))
        if self.pictures:
            self.pictures.mkdir(parents=True, exist_ok=True)
            picture = self.pictures / f"{name}-{width}-{scheme}.png"
            self.page.screenshot(path=picture, full_page=True)

    def _found(self, width: int, scheme: str) -> Iterator[str]:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            yield f"it is {wide} wide"
        for violation in AXE.run(self.page, options=RULES[scheme]).response["violations"]:
            yield f"{violation['id']} at {[node['html'] for node in violation['nodes']]}"
