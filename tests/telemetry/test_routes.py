"""Readings and the quarantine over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.clock import rfc3339
from chalicelib.registry.consent import DataKind
from chalicelib.registry.model import Kind
from tests.api import Service
from tests.builders import HOUR, device, envelope, hourly, payload, water


def test_refused_messages_with_their_reasons(api: Service) -> None:
    api.town.hear(
        *(envelope(b"?", received_at=api.now - timedelta(seconds=n)) for n in range(3)), now=api.now
    )
    first = api.get("/v1/quarantine?limit=2").body
    rest = api.get(f"/v1/quarantine?limit=2&cursor={first['next_cursor']}").body
    assert sum(first["today"].values()) in (2, 3)  # a test may run at midnight
    shown = first["items"] + rest["items"]
    assert [(r["reason"], r["raw"], r["device"], r["size_bytes"]) for r in shown] == [
        ("not_json", "?", "wm-001", 1)
    ] * 3
    assert [r["received_at"] for r in shown] == [rfc3339(api.now - timedelta(seconds=n)) for n in range(3)]


def test_whatever_a_device_sent_staff_can_read_it(api: Service) -> None:
    bad = [b"\xff\xfe\x00", b"\xed\xa0\x80", b'"\\ud800"', payload("\ud800", {}), payload("toaster", {})]
    api.town.hear(*(envelope(raw, received_at=api.now) for raw in bad), now=api.now)
    response = api.get("/v1/quarantine")
    assert (response.status, len(response.body["items"])) == (200, len(bad))


def readings(api: Service, query: str, **who: Any) -> list[tuple[str, int]]:
    """All pages of the meter's readings."""
    seen: list[tuple[str, int]] = []
    more = ""
    while more is not None:
        page = api.get(f"/v1/devices/wm-001/readings?{query}{more and f'&cursor={more}'}", **who).body
        seen += [(item["at"], item["fields"]["register_litres"]) for item in page["items"]]
        more = page["next_cursor"]
    return seen


@pytest.fixture
def metered(api: Service) -> Service:
    """Xinghe with 60 hours of readings, sent in messages of 12 hours."""
    for n in range(5):
        until = api.now - 12 * n * HOUR
        litres = range(1000 - 12 * n - 11, 1000 - 12 * n + 1)
        api.town.hear(envelope(water(*litres, until=until), received_at=until), now=until)
    return api


@pytest.mark.parametrize("limit", [1, 7, 60, 100])
def test_readings_of_days_page_by_page(metered: Service, limit: int) -> None:
    since, until = rfc3339(metered.now - 59 * HOUR), rfc3339(metered.now)
    found = readings(metered, f"since={since}&until={until}&limit={limit}")
    assert [litres for _, litres in found] == list(range(941, 1001))
    assert [at for at, _ in found] == [rfc3339(metered.now - n * HOUR) for n in range(59, -1, -1)]


def test_readings_of_a_day_unless_told_otherwise(metered: Service) -> None:
    assert [litres for _, litres in readings(metered, "limit=100")] in (
        list(range(976, 1001)),  # both ends are included
        list(range(977, 1001)),
    )


def test_a_range_includes_both_its_ends(metered: Service) -> None:
    at = rfc3339(metered.now - 5 * HOUR)
    assert readings(metered, f"since={at}&until={at}") == [(at, 995)]


def test_no_reading_is_lost_where_a_page_ends_among_several_of_one_instant(api: Service) -> None:
    """A page never cuts an instant in two; here one alone is larger than a page, and ends its day."""
    turn = (api.now - timedelta(days=1)).replace(hour=19, minute=0, second=0)
    last = turn - timedelta(seconds=1)
    for litres in (1, 2, 3, 4):
        api.town.hear(envelope(water(litres, until=last), received_at=last), now=last)
    api.town.hear(envelope(water(9, until=turn), received_at=turn), now=turn)
    query = f"since={rfc3339(last - HOUR)}&until={rfc3339(turn)}&limit=1"
    assert sorted(litres for _, litres in readings(api, query)) == [1, 2, 3, 4, 9]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("since=yesterday", "/since"),
        ("since=2026-01-15T12:00:00", "/since"),
        ("until=2026-13-01T00:00:00Z", "/until"),
        ("until=0001-01-01T00:00:00Z", "/until"),
        ("until=9999-12-31T23:59:59-12:00", "/until"),
        ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "/since"),
        ("since=2026-01-01T00:00:00Z&until=2026-04-01T00:00:01Z", "/since"),
    ],
)
def test_what_is_wrong_with_a_range(api: Service, query: str, pointer: str) -> None:
    response = api.get(f"/v1/devices/wm-001/readings?{query}")
    assert (response.status, response.body["errors"][0]["pointer"]) == (422, pointer)


def test_ninety_days_are_the_longest_range(api: Service) -> None:
    path = "/v1/devices/wm-001/readings?since=2026-01-01T00:00:00Z&until=2026-04-01T00:00:00Z"
    assert api.get(path).body == {"device": "wm-001", "kind": "water_meter", "items": [], "next_cursor": None}


def test_a_revoked_devices_readings_stay(metered: Service) -> None:
    metered.town.registry.revoke_device("xinghe", "wm-001", now=metered.now)
    assert readings(metered, "limit=100")
    (known,) = metered.get("/v1/households/h001").body["devices"]
    assert known["standing"] is None


def test_other_kinds_have_their_own_fields(api: Service) -> None:
    api.town.agrees(DataKind.DOOR)
    api.town.install(device("dc-001", Kind.DOOR_CONTACT), now=api.now)
    said = {"at": hourly(0, until=api.now)[0]["at"], "open": False, "battery_percent": 64}
    api.town.hear(
        envelope(payload(Kind.DOOR_CONTACT, said), device="dc-001", received_at=api.now), now=api.now
    )
    page = api.get("/v1/devices/dc-001/readings").body
    assert page["kind"] == "door_contact"
    assert page["items"] == [{"at": rfc3339(api.now), "fields": {"open": False, "battery_percent": 64}}]
