"""Offers of new access that name a project: they end with it, and do not come back with it."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Value

from apps.core.ids import encode_id
from apps.oauth.models import Consent, DeviceGrant, PushedAuthorizationRequest
from apps.projects.models import Project


def withdraw_offers(*, project_id: uuid.UUID, at: datetime) -> dict[str, int]:
    """Take the project out of standing consents, and refuse what waits for an answer about limits
    in it; how many of each. Done again it does nothing. Codes need nothing: their sessions end.
    """
    return {
        "consents": _narrow_consents(project_id, at),
        "requests": _refuse_requests(encode_id(Project.id_prefix, project_id), at),
    }


def _narrow_consents(project_id: uuid.UUID, at: datetime) -> int:
    """A person is asked again before anybody acts for them in the project."""
    standing = Consent.objects.filter(revoked_at__isnull=True, project_ids__contains=[project_id])
    revoked = standing.filter(project_ids=[project_id]).update(revoked_at=at)
    others = Func(
        F("project_ids"),
        Value(project_id),
        function="array_remove",
        output_field=ArrayField(models.UUIDField()),
    )
    return revoked + standing.update(project_ids=others)


def _refuse_requests(public_id: str, at: datetime) -> int:
    devices = DeviceGrant.objects.filter(
        status=DeviceGrant.Status.PENDING,
        expires__gt=at,
        authorization_details__contains=[{"identifier": public_id}],
    )
    pushed = PushedAuthorizationRequest.objects.filter(
        used_at__isnull=True, expires__gt=at, parameters__icontains=public_id
    )
    return devices.update(status=DeviceGrant.Status.DENIED) + pushed.update(used_at=at)
