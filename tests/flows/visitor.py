"""A person at a browser without JavaScript, over real HTTP: signs in and says yes."""

import re
from html import unescape
from urllib.parse import urljoin

import requests

FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')
PASSWORD = "correct horse battery"


class Visitor:
    """One browser; it follows redirects within the server and stops before it leaves it."""

    def __init__(self, server: str, email: str) -> None:
        self.server, self.email = server, email
        self.http = requests.Session()

    def allow(self, address: str) -> str:
        """Open the link of an application, sign in if asked, press Allow; where that leads."""
        page = self._follow(self.http.get(address, allow_redirects=False))
        if "/account/login/" in page.url:
            page = self._send(page, login=self.email, password=PASSWORD)
        if page.is_redirect:
            return str(page.headers["Location"])  # Nothing was left to ask.
        return str(self._send(page, decision="allow").headers["Location"])

    def _send(self, page: requests.Response, **answers: str) -> requests.Response:
        """Submit the page's form as a browser does."""
        hidden = {name: unescape(value) for name, value in FIELD.findall(page.text)}
        origin = {"Origin": self.server, "Referer": page.url}
        posted = self.http.post(
            page.url, data={**hidden, **answers}, headers=origin, allow_redirects=False
        )
        return self._follow(posted)

    def _follow(self, answer: requests.Response) -> requests.Response:
        while answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            if not target.startswith(f"{self.server}/"):
                return answer
            answer = self.http.get(target, allow_redirects=False)
        answer.raise_for_status()
        return answer
