"""Demo data: made on the first run, mended and printed on every other."""

from typing import Any

from apps.audit.management.command import JsonCommand, Result
from apps.governance.services.demo import ensure_demo


class Command(JsonCommand):
    help = "Make demo data, or mend it, and print its sign-ins. Refused in production."
    for_people = True

    def handle(self, *args: Any, **options: Any) -> None:
        self.for_people = not options["as_json"]
        super().handle(*args, **options)

    def handle_json(self, **_options: Any) -> Result:
        document = ensure_demo(actor=self.operator(), at=self.now())
        return readable_summary(document) if self.for_people else document


def readable_summary(document: dict[str, Any]) -> dict[str, Any]:
    """What an operator wants to see; clients and the partners' people stand in the document."""
    url = document["public_url"]
    return {
        "front page": f"{url}/",
        "admin": f"{url}/admin/",
        "API reference": f"{url}/api/docs",
        "staff who may sign in": [
            f"{person['email']}  {person['password']}" for person in document["staff"]
        ],
        "clients and the partners' people": "demo --json, or demo.json in the data directory",
    }
