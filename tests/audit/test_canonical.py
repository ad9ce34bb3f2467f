"""What a leaf commits to, against RFC 8785's own implementation."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.canonical import (
    EVENT_PREFIX,
    PARTNER_PREFIX,
    SESSION_PREFIX,
    EventFacts,
    is_plain,
    leaf_bytes,
    leaf_document,
    private_hash,
    timestamp,
)
from apps.audit.models import Event
from apps.oauth.models import TokenSession
from apps.partners.models import Partner

FACTS = EventFacts(
    id=uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
    at=datetime(2026, 11, 20, 19, 5, 0, 120, tzinfo=UTC),
    action="purchase_order.issued",
    outcome="allowed",
    actor_kind="user",
    actor_id="usr_somebody",
    session_id=uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8058"),
    client_id="erp",
    partner_id=None,
    subject_kind="purchase_order",
    subject_id="po_1",
    subject_label="PO-2026-000001",
    request_id="req-1",
    data={"revision": 2},
    private={"actor_label": "Ana Müller", "ip": "192.0.2.1"},
    salt="00" * 16,
)

exact = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
scalars = (
    st.none()
    | st.booleans()
    | exact
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=5)


def test_leaf_document_has_exactly_the_documented_members() -> None:
    salted = b"0" * 32 + (
        b'{"actor_id":"usr_somebody",'
        b'"private":{"actor_label":"Ana M\xc3\xbcller","ip":"192.0.2.1"}}'
    )

    assert leaf_document(FACTS) == {
        "id": "evt_01H455VB4PEX5VSKNK084SN02Q",
        "at": "2026-11-20T19:05:00.000120Z",
        "action": "purchase_order.issued",
        "outcome": "allowed",
        "actor": {"kind": "user"},
        "session": "ses_01H455VB4PEX5VSKNK084SN02R",
        "client_id": "erp",
        "partner": None,
        "subject": {"kind": "purchase_order", "id": "po_1", "label": "PO-2026-000001"},
        "request_id": "req-1",
        "data": {"revision": 2},
        "private_hash": hashlib.sha256(salted).hexdigest(),
    }


def test_persons_and_addresses_stand_in_the_private_part_only() -> None:
    shown = leaf_bytes(FACTS).decode()

    assert "usr_somebody" not in shown
    assert "Ana" not in shown
    assert "192.0.2.1" not in shown


def test_public_ids_are_those_of_the_models() -> None:
    of_models = (Event.id_prefix, TokenSession.id_prefix, Partner.id_prefix)

    assert of_models == (EVENT_PREFIX, SESSION_PREFIX, PARTNER_PREFIX)


def test_timestamp_is_utc_with_six_decimals_whatever_zone_it_came_in() -> None:
    helsinki = timezone(timedelta(hours=2))

    assert timestamp(datetime(2026, 1, 1, 1, 30, tzinfo=helsinki)) == "2025-12-31T23:30:00.000000Z"


@given(data=json_objects, private=json_objects)
def test_bytes_are_those_of_rfc8785(data: dict[str, Any], private: dict[str, Any]) -> None:
    facts = FACTS._replace(data=data, private=private)
    document = {"actor_id": facts.actor_id, "private": private}

    salted = facts.salt.encode() + rfc8785.dumps(document)
    assert private_hash(facts) == hashlib.sha256(salted).hexdigest()
    assert leaf_bytes(facts) == rfc8785.dumps(leaf_document(facts))


@given(changes=st.fixed_dictionaries({name: st.text() for name in ("client_id", "subject_label")}))
def test_bytes_of_any_text_are_those_of_rfc8785(changes: dict[str, str]) -> None:
    facts = FACTS._replace(**changes)

    assert leaf_bytes(facts) == rfc8785.dumps(leaf_document(facts))


@pytest.mark.parametrize(
    ("value", "expected"),
    (
        ({"a": ["x", 1, None, True, {"b": -5}]}, True),
        ({"a": 1.0}, False),
        ([0.5], False),
        (2**53, False),
        (-(2**53), False),
        ({"\u20ac": 1}, False),
        ({"a": {"\u20ac": 1}}, False),
        (2**53 - 1, True),
    ),
)
def test_is_plain_for_what_both_encoders_write_alike(value: object, expected: object) -> None:
    assert is_plain(value) is expected


def test_a_number_beyond_json_is_refused_and_not_rounded() -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        leaf_bytes(FACTS._replace(data={"n": 2**53}))


def test_bytes_follow_utf16_order_where_it_differs_from_code_points() -> None:
    facts = FACTS._replace(data={"\ufb33": 1, "\U0001f600": 2, "z": 1.0})

    assert b'"data":{"z":1,"\xf0\x9f\x98\x80":2,"\xef\xac\xb3":1}' in leaf_bytes(facts)
