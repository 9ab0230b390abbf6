"""Retention: how long readings and closed alarms are kept, and that a community may say so itself."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.tables import Table
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import ConflictError, RefusedError
from chalicelib.registry.model import Kind
from chalicelib.registry.retention import Retention
from tests.api import ASLEEP, Service, raised
from tests.builders import Town, device, envelope, water


@pytest.fixture
def metered() -> Iterator[Service]:
    service = Service(Town())
    service.town.install(device(), now=service.now)
    yield service
    service.close()


def items(table: Table, prefix: str) -> list[Item]:
    assert isinstance(table, MemoryTable)
    return [item for item in table.items() if item["pk"].startswith(prefix)]


def keep(api: Service, series_days: int, alarm_days: int) -> int:
    asked = {"series_days": series_days, "alarm_days": alarm_days}
    return api.change("/v1/retention", asked, role=Role.COORDINATOR).status


def days_kept(api: Service, *, process_age: timedelta = timedelta(0)) -> int:
    """For how many days a reading of now is kept."""
    api.town.ingest.take(
        {"d": envelope(water(1, until=api.now), received_at=api.now)}, now=api.now + process_age
    )
    (item,) = items(api.town.on.series, "wm-001")
    return (int(item["expires"]) - epoch(api.now)) // 86400


def test_readings_are_kept_ninety_days(metered: Service) -> None:
    assert days_kept(metered) == 90


def test_a_community_says_how_long_readings_are_kept(metered: Service) -> None:
    assert keep(metered, 30, 1096) == 200
    assert days_kept(metered) == 30


@pytest.mark.parametrize(("readings", "refused"), [(7, 7), (366, 90)])
def test_what_was_refused_is_kept_no_longer_than_what_was_read(
    metered: Service, readings: int, refused: int
) -> None:
    assert keep(metered, readings, 1096) == 200
    for sender in ("wm-001", "wm-900"):  # its own nonsense, and somebody else's in its name
        said = envelope(b"12 litres at noon", received_at=metered.now, client_id=sender)
        metered.town.ingest.take({"d": said}, now=metered.now)
    found = [item for item in items(metered.town.on.quarantine, "xinghe") if "raw" in item]
    assert [(item["expires"] - epoch(metered.now)) / 86400 for item in found] == [refused] * 2


def test_a_running_ingest_hears_of_it_within_five_minutes(metered: Service) -> None:
    assert days_kept(metered) == 90
    keep(metered, 30, 1096)
    assert days_kept(metered, process_age=timedelta(minutes=4)) == 90
    assert days_kept(metered, process_age=timedelta(minutes=6)) == 30


@pytest.mark.parametrize(("alarm_days", "kept"), [(None, 1096), (400, 400), (3000, 3000)])
def test_an_alarm_is_forgotten_with_its_log_so_long_after_its_outcome(
    metered: Service, alarm_days: int | None, kept: int
) -> None:
    if alarm_days is not None:
        keep(metered, 90, alarm_days)
    alarm = raised(metered)
    (open_item,) = [i for i in items(metered.town.on.deadlines, f"alarm#{alarm}") if i["sk"] == "alarm"]
    assert "expires" not in open_item
    metered.put(f"/v1/alarms/{alarm}/outcome", ASLEEP)
    closed = items(metered.town.on.deadlines, f"alarm#{alarm}")
    assert len(closed) == 3
    assert {(int(i["expires"]) - epoch(metered.now)) // 86400 for i in closed} <= {kept, kept - 1}


def test_an_alarm_that_is_opened_again_is_not_forgotten(metered: Service) -> None:
    alarm = raised(metered)
    metered.put(f"/v1/alarms/{alarm}/outcome", ASLEEP)
    metered.put(f"/v1/alarms/{alarm}/reopening", {"note": "又打来了"})
    (item,) = [i for i in items(metered.town.on.deadlines, f"alarm#{alarm}") if i["sk"] == "alarm"]
    assert "expires" not in item


@pytest.mark.parametrize(
    ("series_days", "alarm_days", "pointer"),
    [
        (6, 400, "/series_days"),
        (367, 400, "/series_days"),
        (90, 29, "/alarm_days"),
        (90, 3661, "/alarm_days"),
    ],
)
def test_bounds(series_days: int, alarm_days: int, pointer: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Retention(series_days, alarm_days)
    assert refused.value.pointer == pointer


def test_two_coordinators_can_t_overwrite_each_other_unseen(metered: Service) -> None:
    store = wiring.registry.store()
    store.put_retention("xinghe", Retention(30, 400))
    with pytest.raises(ConflictError):
        store.put_retention("xinghe", Retention(60, 400))
    store.put_retention("xinghe", Retention(60, 400, version=1))
    assert (store.retention("xinghe"), store.retention("yuehu")) == (Retention(60, 400), Retention())


def test_setting_it_hides_no_device_that_was_just_added(metered: Service) -> None:
    store = wiring.registry.store()
    before = store.roster_facts("xinghe")[0]
    store.put_retention("xinghe", Retention(30, 400))
    metered.town.install(device("em-001", Kind.ELECTRICITY_METER))
    assert store.roster_facts("xinghe")[0] == before + 2
    assert store.retention("xinghe").series_days == 30
