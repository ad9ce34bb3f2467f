"""The file with the demo's passwords and secrets: DATA_DIR/demo.json, readable by its owner."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = "demo.json"
OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Known:
    """What an earlier run generated: passwords by e-mail, secrets and private keys by client_id."""

    passwords: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    api_keys: list[str] = field(default_factory=list)


def read_known(folder: Path) -> Known:
    """Nothing is known where there is no file, or one that is no demo document any more."""
    try:
        document = json.loads((folder / NAME).read_text(encoding="utf-8"))
        people = [*document["staff"], *document["partner_users"]]
        clients = document["clients"].values()
        return Known(
            passwords={person["email"]: person["password"] for person in people},
            secrets={
                client["client_id"]: client["client_secret"]
                for client in clients
                if "client_secret" in client
            },
            keys={
                client["client_id"]: dict(client["private_jwk"])
                for client in clients
                if "private_jwk" in client
            },
            api_keys=[one["key"] for one in document["api_keys"]],
        )
    except (FileNotFoundError, ValueError, LookupError, TypeError, AttributeError):
        return Known()


def write_document(folder: Path, document: dict[str, Any]) -> None:
    """Replace the file in one step; nobody ever reads half of it, and only its owner any of it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{NAME}.{os.getpid()}"
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2, ensure_ascii=False)
        file.write("\n")
    draft.replace(folder / NAME)
