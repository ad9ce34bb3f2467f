"""The base of every command: `--json`, exit codes 0, 1, 2, and the operator as actor (spec 8)."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from apps.core.actor import Actor, system_actor
from apps.core.errors import DomainError

Result = dict[str, Any] | list[dict[str, Any]]
USAGE = 2
JSON_FLAG = "--json"


class UsageError(CommandError):
    """The command line makes no sense in a way the parser cannot see; exit code 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=USAGE)


class JsonCommand(BaseCommand):
    """A command that returns what it did; this prints it, and turns refusals into exit code 1.

    With `--json`, standard output carries one JSON document and nothing else, also when the
    command was refused, or its line makes no sense: `{"error": code, "detail": ...}`. What people
    read goes to standard error.
    """

    def handle_json(self, **options: Any) -> Result:  # noqa: ANN401 -- Django's signature of handle
        """Do the work with one call inward. May raise DomainError (exit 1) or UsageError (2)."""
        raise NotImplementedError

    def refusal(self, _result: Result) -> str:
        """Why the command ends with exit code 1 though it has a result; empty when it does not."""
        return ""

    def lines(self, result: Result) -> Iterator[str]:
        """What people read of the result."""
        return readable(result)

    def tell(self, text: str) -> None:
        """Say to people what the result does not."""
        self.stderr.write(text, str)

    def now(self) -> datetime:
        return timezone.now()

    def operator(self) -> Actor:
        """Whoever may open the operator's shell, named in the trail after the command."""
        return system_actor(type(self).__module__.rpartition(".")[2])

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:  # noqa: ANN401 -- Django's signature
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument(
            JSON_FLAG, action="store_true", dest="as_json", help="print one JSON document"
        )
        # It raises what it refuses instead of ending the process: run_from_argv tells it.
        parser.called_from_command_line = False
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        try:
            super().run_from_argv(argv)
        except CommandError as error:
            if "--traceback" in argv:
                raise
            # Django has told every other one: this is the parser's.
            said = str(error).removeprefix("Error: ")
            if JSON_FLAG in argv:
                self._print_json(usage_document(said))
            usage = self.create_parser(argv[0], argv[1]).format_usage()
            self.stderr.write(f"{usage}{said}")
            sys.exit(USAGE)

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 -- Django's signature
        as_json = bool(options.pop("as_json", False))
        try:
            result = self.handle_json(**options)
        except DomainError as error:
            if as_json:
                self._print_json(refusal_document(error))
            raise CommandError(readable_refusal(error)) from error
        except UsageError as error:
            if as_json:
                self._print_json(usage_document(str(error)))
            raise
        if as_json:
            self._print_json(result)
        else:
            self.stdout.write("\n".join(self.lines(result)))
        if refused := self.refusal(result):
            raise CommandError(refused)

    def _print_json(self, document: Result) -> None:
        self.stdout.write(json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False))


def usage_document(said: str) -> dict[str, Any]:
    return {"error": "usage", "detail": said}


def refusal_document(error: DomainError) -> dict[str, Any]:
    document: dict[str, Any] = {**error.extra, "error": error.code, "detail": str(error)}
    if error.errors:
        document["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
            for fault in error.errors
        ]
    return document


def readable_refusal(error: DomainError) -> str:
    return "\n".join([str(error), *(f"{fault.pointer}: {fault.detail}" for fault in error.errors)])


def readable(value: object, indent: str = "") -> Iterator[str]:
    """The lines a person reads: `name: value`, what is nested stands indented below its name."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _named(str(name).replace("_", " "), inner, indent)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _item(inner, indent)
    else:
        yield f"{indent}{_scalar(value)}"


def _named(name: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list | tuple) and value:
        yield f"{indent}{name}:"
        yield from readable(value, indent + "  ")
    else:
        yield f"{indent}{name}: {_scalar(value)}"


def _item(value: object, indent: str) -> Iterator[str]:
    lines = list(readable(value, ""))
    yield from (f"{indent}{'  ' if place else '- '}{line}" for place, line in enumerate(lines))


def _scalar(value: object) -> str:
    words = {None: "-", True: "yes", False: "no"}
    if value is None or isinstance(value, bool):
        return words[value]
    return "none" if isinstance(value, dict | list | tuple) else str(value)
