"""How long a connection's statements wait before they give up."""

from typing import Any


def wait_no_longer(database: dict[str, Any], *, lock: int, statement: int) -> None:
    """Have every connection that is made from now on give up on a lock, and on a whole statement,
    after so many seconds; 0 is never. Sent as the connection's startup options, so that it costs
    no statement; what the database's URL says in its own options goes before.
    """
    limits = {"lock_timeout": lock, "statement_timeout": statement}
    said = [f"-c {name}={seconds}s" for name, seconds in limits.items() if seconds]
    if said:
        options = database["OPTIONS"]
        options["options"] = " ".join([*said, options.get("options", "")]).strip()
