"""Examples in the API's description: every body has one, and each is what its schema says."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonschema
import pytest
from django.test import Client as Browser

JSON = ("application/json", "application/merge-patch+json")


class Content(NamedTuple):
    """A body that is sent or answered, in one media type."""

    name: str
    media: dict[str, Any]


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    document: dict[str, Any] = Browser().get("/api/v1/openapi.json").json()
    return document


def contents(description: dict[str, Any]) -> Iterator[Content]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            bodies = {"sent": operation.get("requestBody", {}), **operation["responses"]}
            for status, body in bodies.items():
                if status not in {"sent", "200", "201"}:
                    continue
                for media, content in body.get("content", {}).items():
                    if media in JSON:
                        yield Content(f"{method.upper()} {path} {status} {media}", content)


def test_every_body_has_an_example(description: dict[str, Any]) -> None:
    assert [one.name for one in contents(description) if not one.media.get("examples")] == []


def test_every_example_is_what_its_schema_says(description: dict[str, Any]) -> None:
    wrong = [
        f"{one.name}: {fault.message}"
        for one in contents(description)
        for example in one.media.get("examples", {}).values()
        for fault in jsonschema.Draft202012Validator(
            {**description, **one.media["schema"]}
        ).iter_errors(example["value"])
    ]

    assert wrong == []


def test_example_of_a_list_is_a_page_of_its_items(description: dict[str, Any]) -> None:
    def shown(path: str) -> Any:
        answer = description["paths"][path]["get"]["responses"]["200"]
        (example,) = answer["content"]["application/json"]["examples"].values()
        return example["value"]

    checkpoint = shown("/api/v1/audit-log/checkpoints/{tree_size}")
    assert shown("/api/v1/audit-log/checkpoints") == {
        "data": [checkpoint],
        "page": {"next": None, "prev": None, "has_more": False},
    }


def test_examples_name_no_site_of_ours(description: dict[str, Any]) -> None:
    values = [
        json.dumps(example["value"])
        for one in contents(description)
        for example in one.media.get("examples", {}).values()
    ]

    assert [value for value in values if "localhost" in value or "127.0.0.1" in value] == []
