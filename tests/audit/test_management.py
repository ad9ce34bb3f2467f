"""The operator's commands: one JSON document, or words; and the exit codes 0, 1 and 2."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper, SystemCheckError

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.audit.models import Checkpoint
from apps.core.errors import ConflictError, FieldError, ValidationFailedError
from tests.factories.audit import signed_log, triggers_off


class Example(JsonCommand):
    """Returns what it was made with, or raises it."""

    requires_system_checks = []

    def __init__(self, outcome: Result | Exception, refused: str = "") -> None:
        super().__init__(stdout=StringIO())
        self.outcome = outcome
        self.refused = refused

    def handle_json(self, **options: Any) -> Result:
        assert "as_json" not in options
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def refusal(self, result: Result) -> str:
        return self.refused or super().refusal(result)


def printed(command: Example, *arguments: str) -> str:
    call_command(command, *arguments)
    return output(command)


def output(command: Example) -> str:
    return str(command.stdout.getvalue())  # type: ignore[attr-defined]  # the wrapper passes it on


def test_json_is_one_document_and_nothing_else() -> None:
    result = {"client_id": "ü", "counts": {"a": 1}}

    assert printed(Example(result), "--json") == '{"client_id": "ü", "counts": {"a": 1}}\n'
    assert printed(Example([{"revision": 1}]), "--json") == '[{"revision": 1}]\n'


def test_without_json_people_read_names_and_values() -> None:
    result = {
        "client": {"client_id": "x", "secret": None},
        "scopes": ["a", "b"],
        "orders": [{"number": 1, "open": True}, {"number": 2, "open": False}],
        "problems": [],
    }

    assert printed(Example(result)).splitlines() == [
        "client:",
        "  client id: x",
        "  secret: -",
        "scopes:",
        "  - a",
        "  - b",
        "orders:",
        "  - number: 1",
        "    open: yes",
        "  - number: 2",
        "    open: no",
        "problems: none",
    ]


def test_a_refusal_is_told_in_json_and_in_words() -> None:
    fault = FieldError(pointer="/project", code="not-found", detail="There is no such project.")
    error = ValidationFailedError("Not accepted.", errors=[fault], extra={"limit": 3})
    command = Example(error)

    with pytest.raises(CommandError) as caught:
        call_command(command, "--json")

    assert caught.value.returncode == 1
    assert str(caught.value) == "Not accepted.\n/project: There is no such project."
    assert json.loads(output(command)) == {
        "error": "validation-error",
        "detail": "Not accepted.",
        "limit": 3,
        "errors": [
            {"pointer": "/project", "code": "not-found", "detail": "There is no such project."}
        ],
    }


def test_a_refusal_in_words_prints_nothing_on_standard_output() -> None:
    command = Example(ConflictError("Already there."))

    with pytest.raises(CommandError, match="Already there"):
        call_command(command)

    assert output(command) == ""


def test_a_refused_result_is_printed_first() -> None:
    command = Example({"ok": False}, refused="It is not.")

    with pytest.raises(CommandError, match="It is not") as caught:
        call_command(command, "--json")

    assert caught.value.returncode == 1
    assert output(command) == '{"ok": false}\n'


def test_a_usage_error_has_its_own_exit_code() -> None:
    with pytest.raises(UsageError) as caught:
        call_command(Example(UsageError("Not both.")), "--json")

    assert caught.value.returncode == 2


def test_the_operator_is_named_after_the_command() -> None:
    command = Example({})

    assert command.operator().id == "system:test_management"
    assert command.now().tzinfo is not None


def test_a_command_without_work_is_a_programming_error() -> None:
    with pytest.raises(NotImplementedError):
        JsonCommand().handle()


def verify(*arguments: str) -> dict[str, Any]:
    stdout = StringIO()
    try:
        call_command("verify_audit", *arguments, "--json", stdout=stdout, skip_checks=True)
    except CommandError as error:
        return {**json.loads(stdout.getvalue()), "exit": error.returncode, "said": str(error)}
    return json.loads(stdout.getvalue())


@pytest.mark.django_db
def test_verify_audit_of_a_good_log() -> None:
    signed_log(3, 4)

    assert verify() == {
        "events": 7,
        "checkpoints": 2,
        "signed_size": 7,
        "checkpoint": Checkpoint.objects.get(tree_size=7).signature,
        "ok": True,
        "first_bad": None,
        "problems": [],
    }
    assert verify("--from", "3", "--to", "4")["events"] == 2


@pytest.mark.django_db
def test_verify_audit_of_an_altered_log_fails_and_names_the_place() -> None:
    written = signed_log(4)
    with triggers_off() as cursor:
        cursor.execute("UPDATE audit_event SET client_id = 'x' WHERE id = %s", [written[1].pk])

    assert verify() == {
        "events": 4,
        "checkpoints": 1,
        "signed_size": 4,
        "checkpoint": Checkpoint.objects.get().signature,
        "ok": False,
        "first_bad": 1,
        "problems": ["Event 1 is not what was sealed."],
        "exit": 1,
        "said": "The trail is not what was sealed and signed, from position 1 on.",
    }


@pytest.mark.django_db
def test_verify_audit_of_an_unnumbered_fault() -> None:
    signed_log(1)
    with triggers_off() as cursor:
        cursor.execute("UPDATE audit_leaf SET sequence = 1")

    assert verify()["first_bad"] == 0


@pytest.mark.django_db
def test_verify_audit_refuses_a_part_the_log_does_not_have() -> None:
    found = verify("--from", "3")

    assert (found["error"], found["exit"]) == ("validation-error", 1)


@pytest.mark.parametrize(
    "arguments",
    (
        ("--from", "x"),
        ("--to", "-1"),
        ("--from", "2", "--to", "1"),
        ("--of", "1"),
        ("--checkpoint", "nowhere"),
    ),
)
def test_verify_audit_refuses_what_makes_no_sense(arguments: tuple[str, ...]) -> None:
    with pytest.raises((CommandError, SystemCheckError)) as caught:
        call_command("verify_audit", *arguments)

    assert isinstance(caught.value, CommandError)


@pytest.mark.django_db
def test_verify_audit_against_a_checkpoint_kept_in_any_form(tmp_path: Path) -> None:
    signed_log(3)
    before = verify()
    printed_file, bare_file = tmp_path / "kept.json", tmp_path / "kept.jws"
    printed_file.write_text(json.dumps(before))
    bare_file.write_text(before["checkpoint"] + "\n")
    signed_log(2)

    kept = (before["checkpoint"], str(printed_file), str(bare_file))
    assert [verify("--checkpoint", one)["ok"] for one in kept] == [True] * 3

    with triggers_off() as cursor:
        cursor.execute("DELETE FROM audit_checkpoint")
        cursor.execute("DELETE FROM audit_leaf WHERE sequence > 1")
    said = "The kept checkpoint covers 3 events; what was looked at ends after 2."
    assert [verify("--checkpoint", one)["problems"][0] for one in kept] == [said] * 3


@pytest.mark.parametrize("content", ("{}", "{", '{"checkpoint": null}', ""))
def test_verify_audit_refuses_a_file_without_a_checkpoint(tmp_path: Path, content: str) -> None:
    file = tmp_path / "kept.json"
    file.write_text(content)

    with pytest.raises(CommandError, match="no file with one"):
        call_command("verify_audit", "--checkpoint", str(file))


def test_usage_error_is_told_in_json_too() -> None:
    command = Example(UsageError("Not both."))

    with pytest.raises(UsageError):
        call_command(command, "--json")

    assert json.loads(output(command)) == {"error": "usage", "detail": "Not both."}


@pytest.mark.parametrize(("flags", "document"), ((["--json"], 1), ([], 0)))
def test_line_that_the_parser_refuses_ends_with_2_and_in_json_with_one_document(
    flags: list[str], document: int
) -> None:
    command = Example({})
    command.stderr = OutputWrapper(StringIO())

    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "example", "--nonsense", *flags])

    told = [json.loads(line) for line in output(command).splitlines()]
    refusal = {"error": "usage", "detail": "unrecognized arguments: --nonsense"}
    assert (ended.value.code, told) == (2, [refusal] * document)
    assert command.stderr.getvalue().startswith("usage: manage.py example")  # type: ignore[attr-defined]  # the wrapper passes it on
