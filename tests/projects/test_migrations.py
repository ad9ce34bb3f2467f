"""What the migrations do to the rows that are there."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection

from apps.projects.models import Project
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db


def test_projects_closed_before_learn_when_access_ended(world: World) -> None:
    early, open_ = project("EARLY", world.buyer), world.office
    closed_at = early.access_until - timedelta(days=30)
    Project.objects.filter(pk=early.pk).update(status="closed", closed_at=closed_at)

    with connection.cursor() as cursor:
        cursor.execute(import_module("apps.projects.migrations.0010_real_ends").REAL_ENDS)

    ends = dict(Project.objects.values_list("number", "access_until"))
    assert ends == {"EARLY": closed_at, "OFFICE": open_.access_until}
