"""Sealing by hand."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from apps.audit.selectors import inclusion_proof
from apps.ops.models import JobRun
from tests.factories.audit import events

pytestmark = pytest.mark.django_db


def seal() -> dict[str, int]:
    stdout = StringIO()
    call_command("seal_audit", "--json", stdout=stdout, skip_checks=True)
    return dict(json.loads(stdout.getvalue()))


def test_seal_audit_signs_at_once_what_it_sealed() -> None:
    events(2)
    assert seal() == {"sealed": 2, "checkpoints": 1}

    (event,) = events(1)
    assert seal() == {"sealed": 1, "checkpoints": 1}
    assert inclusion_proof(event) is not None


def test_seal_audit_is_kept_in_the_history_when_it_did_something() -> None:
    seal()
    assert not JobRun.objects.exists()

    events(1)
    seal()
    assert JobRun.objects.get().counts == {"sealed": 1, "checkpoints": 1}
