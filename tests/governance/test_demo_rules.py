"""The demo's policy, approval rule and rates: made once, and what staff ended stays ended."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from apps.core.actor import Actor
from apps.governance.services.demo import ensure_demo
from apps.projects.models import ApprovalRule, ExchangeRate, PolicyVersion, Project
from apps.projects.selectors import approval_rules_by_project, policies_applying, rate_between
from apps.projects.services import retire_approval_rule, retire_policy, withdraw_exchange_rate

pytestmark = pytest.mark.django_db
ANYBODY: dict[str, Any] = {"client_id": "", "partner_id": None, "role": ""}


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "var"


def fleet() -> Project:
    return Project.objects.get(number="DEMO-FLEET")


def rules_of(project_id: uuid.UUID) -> list[ApprovalRule]:
    return approval_rules_by_project(project_ids=[project_id])[project_id]


def test_demo_has_large_orders_of_one_project_approved(operator: Actor, at: datetime) -> None:
    ensure_demo(actor=operator, at=at)

    policy = policies_applying(project_id=fleet().pk, at=at, **ANYBODY)[0]
    rule = rules_of(fleet().pk)[0]

    assert (policy.per_order_max, policy.auto_approve_below) == (Decimal(250_000), None)
    assert (rule.amount_from, rule.approver_role) == (Decimal(50_000), "approver_admin")
    office = Project.objects.get(number="DEMO-OFFICE")
    assert policies_applying(project_id=office.pk, at=at, **ANYBODY) == []
    assert rules_of(office.pk) == []


def test_demo_twice_has_the_same_rules(operator: Actor, at: datetime) -> None:
    for _time in range(2):
        ensure_demo(actor=operator, at=at)

    models = (PolicyVersion, ApprovalRule, ExchangeRate)
    assert [model.objects.count() for model in models] == [1, 1, 9]


def test_demo_has_rates_of_the_day_also_weeks_later(operator: Actor, at: datetime) -> None:
    later = at + timedelta(days=41)
    for moment in (at, later):
        ensure_demo(actor=operator, at=moment)

    found = rate_between(currency="USD", target="SEK", via="EUR", day=later.date())

    assert found is not None
    assert found.on == later.date()


def test_demo_leaves_what_staff_ended(operator: Actor, at: datetime) -> None:
    ensure_demo(actor=operator, at=at)
    who: dict[str, Any] = {"actor": operator, "at": at, "reason": "test"}
    retire_policy(policy=PolicyVersion.objects.get().policy, **who)
    retire_approval_rule(rule=ApprovalRule.objects.get(), **who)
    withdraw_exchange_rate(rate=ExchangeRate.objects.get(base_currency="USD"), **who)

    ensure_demo(actor=operator, at=at)

    assert policies_applying(project_id=fleet().pk, at=at, **ANYBODY) == []
    assert rules_of(fleet().pk) == []
    standing = ExchangeRate.objects.filter(withdrawn_at__isnull=True)
    assert "USD" in {one.base_currency for one in standing}
    assert standing.count() == 9
