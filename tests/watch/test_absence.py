"""Absences: who declares them, what pauses meanwhile, and how they end."""

from datetime import datetime, timedelta

import pytest

from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import epoch, from_epoch, rfc3339
from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.holdings import Subject
from chalicelib.registry.model import Resident
from chalicelib.registry.needs import Kin
from chalicelib.registry.people import Person
from chalicelib.watch.absence import (
    Absence,
    AbsenceOverlapsError,
    Declared,
    came_back,
    declared,
    resumes_at,
)
from chalicelib.watch.absence_service import Absences
from chalicelib.watch.absence_store import AbsenceStore
from chalicelib.watch.deadlines import Handler
from chalicelib.watch.holdings import AbsenceHoldings
from chalicelib.watch.routine_rule import WatchedBy
from chalicelib.watch.routine_senses import Sensor
from chalicelib.watch.service import StillWaterWatch
from chalicelib.watch.store import STILL_WATER
from tests.api import Service, api
from tests.builders import DAY, HOUR, NOON, device
from tests.scenarios.test_routine_watch import RoutineHome

__all__ = ["api"]


def away(begins: datetime = NOON, ends: datetime = NOON + 3 * DAY, kind: Declared = Declared.AWAY) -> Absence:
    return Absence("xinghe", "h001", kind, begins, ends, "k1", NOON)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        pytest.param(NOON, NOON, id="it ends after it begins"),
        pytest.param(NOON - DAY, NOON - HOUR, id="and after now"),
        pytest.param(NOON, NOON + 31 * DAY, id="30 days at most"),
        pytest.param(NOON - 3 * DAY, NOON + DAY, id="what was learned stays"),
        pytest.param(NOON + 61 * DAY, NOON + 62 * DAY, id="not too far ahead"),
    ],
)
def test_what_can_t_be_declared(begins: datetime, ends: datetime) -> None:
    with pytest.raises(RefusedError):
        declared(away(begins, ends), [], now=NOON)


def test_two_of_a_kind_don_t_overlap_and_a_visitor_may_come_meanwhile() -> None:
    with pytest.raises(AbsenceOverlapsError, match="end it first"):
        declared(away(NOON + DAY, NOON + 5 * DAY), [away()], now=NOON)
    assert declared(away(NOON + 3 * DAY, NOON + 5 * DAY), [away()], now=NOON)
    assert declared(away(kind=Declared.VISITOR), [away()], now=NOON)


def test_a_rule_judges_again_a_window_after_the_end() -> None:
    window = 12 * HOUR
    assert resumes_at([away()], window, now=NOON + DAY) == NOON + 3 * DAY + window
    assert resumes_at([away()], window, now=NOON - HOUR) is None
    assert resumes_at([away()], window, now=NOON + 4 * DAY) is None
    assert resumes_at([away(kind=Declared.VISITOR)], window, now=NOON + DAY) is None


@pytest.mark.parametrize(
    ("hours", "back"),
    [
        pytest.param([1, 3, 5, 9, 11], False, id="who leaves later than they said"),
        pytest.param([30, 31], False, id="a neighbour who waters the plants"),
        pytest.param([30, 31, 33, 37], True, id="somebody who lives there"),
        pytest.param([14, 20, 40, 41], False, id="signs of other days"),
    ],
)
def test_who_came_back(hours: list[int], back: bool) -> None:
    begins = epoch(NOON)
    assert came_back([begins + h * 3600 for h in hours], begins=begins, now=begins + 48 * 3600) is back


class AwayHome(RoutineHome):
    """A home whose absences are known to its watches."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.store = AbsenceStore(self.town.on.deadlines, self.town.deadlines)
        meter = Sensor("wm-001", device().kind, 3600)
        self.absences = Absences(self.store, self.town.deadlines, self.town.series, lambda c, h: (meter,))
        self.watch.stays_of = self.absences.stays

    def handlers(self) -> dict[str, Handler]:
        still = StillWaterWatch(
            self.town.series, self.town.deadlines, self.town.concerns, self.watch, self.absences
        )
        ours: dict[str, Handler] = {STILL_WATER: still, "away": self.absences, "visitor": self.absences}
        return {**super().handlers(), **ours}

    def goes_away(self, length: timedelta, kind: Declared = Declared.AWAY) -> Absence:
        absence = Absence("xinghe", "h001", kind, self.now, self.now + length, "k1", self.now)
        return self.absences.declare(absence, now=self.now)


@pytest.mark.parametrize("by", [WatchedBy.ROUTINE, WatchedBy.STILL_WATER])
def test_nobody_knocks_at_a_home_that_is_away_and_the_clock_counts_from_its_end(by: WatchedBy) -> None:
    home = AwayHome(by=by)
    home.lives(20)
    home.goes_away(5 * DAY)
    home.is_quiet(5 * 24)
    assert (home.alarms(), home.phones.rang) == ([], [])
    (kept,) = home.store.of("xinghe", "h001")
    assert (kept.ended_by, kept.covers(home.now)) == ("", False)
    home.is_quiet(6)
    assert home.alarms() == []
    home.is_quiet(18)
    assert home.alarms() == [f"{by} raised"]


@pytest.mark.parametrize("by", [WatchedBy.ROUTINE, WatchedBy.STILL_WATER])
def test_who_comes_back_early_is_watched_again(by: WatchedBy) -> None:
    home = AwayHome(by=by)
    home.lives(20)
    home.goes_away(20 * DAY)
    home.is_quiet(3 * 24)
    home.lives(24)
    (kept,) = home.store.of("xinghe", "h001")
    assert kept.ended_by == "life_signs"
    home.is_quiet(30)
    assert home.alarms() == [f"{by} raised"]


def test_what_somebody_ends_is_over_and_ending_it_again_changes_nothing() -> None:
    home = AwayHome(by=WatchedBy.STILL_WATER)
    home.lives(20)
    absence = home.goes_away(20 * DAY)
    home.is_quiet(48)
    ended = home.absences.end("xinghe", "h001", absence.id, by="k1", now=home.now)
    assert ended.ends_at == home.now
    home.is_quiet(11)
    assert home.alarms() == []
    home.is_quiet(3)
    assert home.alarms() == ["still_water raised"]
    again = home.absences.end("xinghe", "h001", absence.id, by="zhou", now=home.now)
    assert again == ended


def test_an_absence_and_a_visitor_teach_nothing() -> None:
    home = AwayHome()
    home.lives(48)
    before = home.habits.kept("xinghe", "h001")["seconds"]
    home.goes_away(8 * DAY, Declared.VISITOR)
    home.lives(8 * 24)
    assert home.habits.kept("xinghe", "h001")["seconds"] < before * 1.05
    assert home.alarms() == []


def test_a_visitor_pauses_nothing() -> None:
    home = AwayHome()
    home.lives(20)
    home.goes_away(3 * DAY, Declared.VISITOR)
    home.is_quiet(30)
    assert home.alarms() == ["routine raised"]


def test_absences_are_told_and_erased_with_who_lives_alone() -> None:
    home = AwayHome()
    home.goes_away(DAY)
    held, alone = AbsenceHoldings(home.store), Subject("xinghe", "r1", "h001", (), alone=True)
    assert held.about(alone, now=home.now)[0]["declared_by"] == "k1"
    assert held.erase(alone, {}, now=home.now) is None
    assert held.about(alone, now=home.now) == []


def test_kin_declare_an_absence_see_it_and_end_it(api: Service) -> None:
    api.town.residents.enrol([Resident("r1", "xinghe", "h001", "王桂英", kin=(Kin("k1"),))])
    api.town.people.put_many([Person("k1", "xinghe", "王敏", Role.KIN)])
    kin = api.token(Role.KIN, name="k1")
    ends = rfc3339(api.now + 3 * DAY)
    path, key = "/v1/households/h001/absences", {"idempotency-key": "one"}
    made = [api.call("POST", path, body={"ends_at": ends}, token=kin, headers=key) for _ in range(2)]
    assert [answer.status for answer in made] == [201, 201]
    assert (made[0].body["kind"], made[0].body["declared_by"], made[0].body["is_over"]) == (
        "away",
        "k1",
        False,
    )
    assert api.get("/v1/households/h001").body["away_until"] == made[0].body["ends_at"]
    twice = api.call("POST", path, body={"ends_at": ends}, headers={"idempotency-key": "two"})
    assert (twice.status, twice.body["code"]) == (409, "absence_overlaps")
    stranger = api.token(Role.KIN, name="k9")
    assert api.call("POST", path, body={"ends_at": ends}, token=stranger, headers=key).status == 404
    ended = api.call("DELETE", f"{path}/{made[0].body['id']}", token=kin)
    assert (ended.body["is_over"], ended.body["ended_by"]) == (True, "k1")
    assert (made[0].body["ended_by"], ended.body["names"]) == (None, {"k1": "王敏"})
    assert api.get("/v1/households/h001").body["away_until"] is None
    assert [item["id"] for item in api.get(path).body["items"]] == [made[0].body["id"]]


def test_what_is_wrong_with_an_absence_is_said(api: Service) -> None:
    path, key = "/v1/households/h001/absences", {"idempotency-key": "one"}
    asked = {"ends_at": rfc3339(api.now + 40 * DAY)}
    refused = api.call("POST", path, body=asked, headers={**key, "accept-language": "zh-CN"})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/ends_at")
    assert "最长30天" in refused.body["detail"]
    assert from_epoch(0) < api.now
