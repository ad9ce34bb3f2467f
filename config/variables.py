"""Every environment variable the product reads, as data; `make docs` renders the page from it."""

from typing import NamedTuple


class Variable(NamedTuple):
    """One variable: its form, what stands in for it locally and in production, what it is for."""

    name: str
    form: str
    local: str
    production: str
    meaning: str


REQUIRED = "required"
VARIABLES = (
    Variable("ENVIRONMENT", "local, staging or production", "local", REQUIRED,
             "Which settings are used; staging uses production's."),
    Variable("DATABASE_URL", "postgresql://user:password@host:5432/name", "embedded", REQUIRED,
             "The PostgreSQL database."),
    Variable("REDIS_URL", "redis://:password@host:6379/0, rediss://… or unix:///path",
             "embedded", REQUIRED, "Redis or Valkey: cache, limits, broker."),
    Variable("SECRET_KEY", "32 characters or more", "generated", REQUIRED,
             "Signs sign-in sessions, page cursors and links."),
    Variable("SECRET_KEY_FALLBACKS", "secrets, separated by commas", "none", "none",
             "Earlier values of SECRET_KEY that are still accepted."),
    Variable("ENCRYPTION_KEYS", "base64 of 32 bytes, separated by commas, newest first",
             "generated", REQUIRED, "Encrypt what must be read back, such as private keys."),
    Variable("CLIENT_SECRET_PEPPER", "32 characters or more", "generated", REQUIRED,
             "Keys the hashes of client secrets; changing it invalidates all of them."),
    Variable("PUBLIC_URL", "https://host, without a path", "http://localhost:PORT", REQUIRED,
             "The issuer and the base of every address the product states."),
    Variable("ALLOWED_HOSTS", "host names, separated by commas", "localhost", REQUIRED,
             "Names the product answers to."),
    Variable("TRUSTED_PROXIES", "addresses or CIDR networks, separated by commas", "none", "none",
             "Proxies whose X-Forwarded-For is believed."),
    Variable("OUTBOUND_PRIVATE_NETWORKS", "private CIDR networks, separated by commas", "none",
             "none", "Where the buyer's own applications and issuers may be called, over https, "
             "beside public addresses. Partners' never are."),
    Variable("EMAIL_URL", "smtp://user:password@host:587 or smtps://…", "log", "log",
             "Where mail leaves; without it mail is written to the log."),
    Variable("EMAIL_FROM", "an address, or Name <address>", "Countersign <countersign@HOST>",
             "Countersign <countersign@HOST>",
             "Whom mail comes from; HOST is that of PUBLIC_URL."),
    Variable("LEGACY_API_KEYS", "on or off", "on", "off",
             "Whether partners' API keys are made and accepted; OAuth never needs them."),
    Variable("BANK_CHANGE_COOLING_OFF_HOURS", "0 to 8760", "48", "48",
             "How long a verified change of a vendor's bank account waits before it counts."),
    Variable("WEB_LOCK_TIMEOUT_SECONDS", "0 to 3600", "5", "5",
             "How long a request waits for what another holds before it is answered 503; 0 is "
             "for ever. Jobs, commands and migrations are exempt."),
    Variable("WEB_STATEMENT_TIMEOUT_SECONDS", "0 to 3600", "30", "30",
             "How long a request waits for one statement, likewise."),
    Variable("MFA_REQUIRED", "on or off", "off", "on",
             "Whether staff, and partner people whose role reaches the restricted tier, must have "
             "a second factor."),
    Variable("PASSWORD_DENYLIST_FILE", "a file, gzip or not, one password per line", "none",
             "none", "Passwords refused besides Django's list of common ones."),
    Variable("METRICS_TOKEN", "any text", "none", "none",
             "Bearer token for /metrics from elsewhere; without it only this machine may read it."),
    Variable("LOG_FORMAT", "console or json", "console", "console", "How log lines look."),
    Variable("DATA_DIR", "a folder", "./var", "./var",
             "Embedded servers, generated secrets, demo credentials, collected static files."),
    Variable("PORT", "1 to 65535", "8000", "not read", "Where `make run` listens."),
    Variable("HOST", "an address", "127.0.0.1", "not read", "On which address `make run` listens."),
    Variable("WEB_WORKERS", "a number", "2", "not read", "Web processes of `make run`."),
    Variable("PG_BINDIR", "a folder", "found", "not read",
             "PostgreSQL's programs for the embedded server."),
    Variable("REDIS_SERVER_BIN", "a file", "found", "not read",
             "The program of the embedded Valkey or Redis."),
)  # fmt: skip


NOTE = (
    "Generated from `config/variables.py` by `make docs`. A bad value stops the start and "
    "names its variable."
)


def render() -> str:
    """The page docs/configuration.md."""
    lines = [
        "# Configuration",
        "",
        NOTE,
        "",
        "| variable | form | local | production | meaning |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{one.name}` | {one.form} | {one.local} | {one.production} | {one.meaning} |"
        for one in VARIABLES
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(render())
