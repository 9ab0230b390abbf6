"""The rules, what they come to ahead, fair shares, and cases that pass on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import partial

import pytest

from chalicelib.kernel.errors import NotFoundError, RefusedError, StaleError
from chalicelib.registry.model import Community
from chalicelib.rota.handoff import Handoff, OpenCase
from chalicelib.rota.hours import Calendar, Hours, Period
from chalicelib.rota.lookup import Duties
from chalicelib.rota.model import COMMON, Holders, Settings, Team
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore
from tests.bench.metered import Bill, MeteredTable
from tests.faults import FaultyTable
from tests.rota import big
from tests.rota.builders import MINUTE, Office, at, dates, day_team, night_team, person, team

NOW, EVENING, MORNING = at("01-15 12:00"), at("01-15 20:00"), at("01-16 08:00")
X = "xinghe"
WEEK = (at("01-12 08:00"), at("01-19 08:00"))


@pytest.fixture
def office() -> Office:
    made = Office()
    both = [replace(t, id=f"{t.id}-2", grid="g2") for t in (day_team("li"), night_team("chen"))]
    made.staff(day_team("li", "wang"), night_team("chen", "liu", "sun"), *both, now=NOW, confirm_minutes=0)
    return made


def troubles(office: Office) -> list[str]:
    shown = "{0.trouble} {0.grid} {0.person} {1:%d.%H}-{2:%d.%H} x{0.times}"
    zone = office.rota.settings(X).zone
    found = office.rota.warnings(X, now=NOW)
    return [shown.format(w, w.start.astimezone(zone), w.end.astimezone(zone)) for w in found]


def test_a_rota_without_faults_says_nothing(office: Office) -> None:
    assert troubles(office) == []


def test_gaps_are_told_before_they_hurt(office: Office) -> None:
    office.rota.arrangements.away(X, "li", at("01-20 10:00"), at("01-22 12:00"), now=NOW)
    assert troubles(office) == [
        "on_leave g1 li 20.10-22.12 x3",
        "gap g2  20.10-20.20 x1",
        "on_leave g2 li 20.10-22.12 x3",
        "gap g2  21.08-21.20 x1",
        "gap g2  22.08-22.12 x1",
    ]


def test_nobody_ever_is_one_long_gap(office: Office) -> None:
    office.rota.remove_team(X, "g1-day-2")
    office.rota.remove_team(X, "g1-night-2")
    assert troubles(office) == ["gap g2  15.12-29.12 x1"]


def test_people_who_cant_be_reached(office: Office) -> None:
    office.people.put_many([person("wang", phone="")])
    assert troubles(office) == ["no_phone g1 wang 15.12-29.12 x15"]


def test_the_whole_communitys_people_are_told_of_once(office: Office) -> None:
    for grid_team in office.rota.teams(X):
        office.rota.remove_team(X, grid_team.id)
    office.people.put_many([person("zhao", phone="")])
    pair = [team(f"all-{p}", p, "zhao", grid=COMMON) for p in Period]
    office.rota.put_teams(X, pair, now=NOW)
    assert troubles(office) == ["no_phone  zhao 15.12-29.12 x29"]


def test_how_duty_is_shared(office: Office) -> None:
    arrange = office.rota.arrangements
    arrange.override(X, "g1", at("01-12 21:00"), at("01-13 08:00"), ["sun"])
    arrange.override(X, "g1", at("01-13 20:00"), at("01-14 01:00"), ["sun"])
    for when in ("01-14 02:00", "01-14 03:00", "01-14 22:00", "01-25 03:00"):
        office.rota.woken(X, "chen", at=at(when))
    shown = [(s.person, s.shifts, s.nights, s.woken) for s in office.rota.shares(X, *WEEK, now=NOW)]
    assert shown == [("chen", 7, 7, 2), ("li", 7, 0, 0), ("sun", 1, 1, 0)]


def test_my_shifts(office: Office) -> None:
    arrange = office.rota.arrangements
    arrange.override(X, "g1", at("01-13 09:00"), at("01-13 10:00"), ["sun"])
    arrange.override(X, "g2", at("01-14 09:00"), at("01-14 10:00"), ["sun"])
    found = office.rota.shifts_of(X, "sun", *WEEK, now=NOW)
    assert [(s.duty.grid, s.start) for s in found] == [("g1", at("01-13 09:00")), ("g2", at("01-14 09:00"))]
    assert len(office.rota.shifts_of(X, "liu", *WEEK, now=NOW)) == 7
    assert office.rota.shifts_of(X, "zhao", *WEEK, now=NOW) == []


@dataclass
class Cases:
    """Open cases, as the alarms would tell them."""

    cases: list[OpenCase] = field(default_factory=list)
    passed: list[Handoff] = field(default_factory=list)

    def open_cases(self, community: str) -> Sequence[OpenCase]:
        return self.cases

    def hand_over(self, community: str, handoff: Handoff, *, now: datetime) -> None:
        self.passed.append(handoff)
        self.cases = [
            replace(c, responder=handoff.taker, since=now) if c.id == handoff.case else c for c in self.cases
        ]


@pytest.mark.parametrize(
    ("responder", "now", "taker"),
    [
        pytest.param("chen", MORNING - MINUTE, None, id="the shift still runs"),
        pytest.param("chen", MORNING, "li", id="it passes to the next shift"),
        pytest.param("liu", MORNING, "li", id="from the second too"),
        pytest.param("zhao", MORNING, None, id="a steward keeps theirs"),
        pytest.param("chen", EVENING + timedelta(days=1), None, id="back on duty one keeps it"),
    ],
)
def test_open_cases_pass_on(office: Office, responder: str, now: datetime, taker: str | None) -> None:
    cases = Cases([OpenCase("al-1", "g1", responder, EVENING + MINUTE)])
    found = office.rota.hand_over(X, cases, now=now)
    assert found == ([Handoff("al-1", responder, taker)] if taker else [])
    assert office.rota.hand_over(X, cases, now=now) == []
    assert cases.passed == found


def test_nobody_is_relieved_by_a_gap(office: Office) -> None:
    office.rota.remove_team(X, "g1-day")
    cases = Cases([OpenCase("al-1", "g1", "chen", EVENING)])
    assert office.rota.hand_over(X, cases, now=MORNING) == []


def test_a_case_passes_in_mid_shift_to_who_took_over(office: Office) -> None:
    office.rota.arrangements.override(X, "g2", at("01-16 00:00"), MORNING, ["sun"])
    office.rota.put_teams(X, [team("g1-night-2", Period.NIGHT, "zhao", grid="g2")], now=NOW)
    cases = Cases([OpenCase("al-1", "g2", "zhao", EVENING)])
    assert office.rota.handoffs(X, cases, now=at("01-16 00:00")) == []
    office.rota.arrangements.away(X, "zhao", at("01-16 00:00"), MORNING, now=NOW)
    assert office.rota.handoffs(X, cases, now=at("01-16 00:00")) == [Handoff("al-1", "zhao", "sun")]


def test_offices_and_rules(office: Office) -> None:
    holders = Holders(("li",), ("wang", "zhao"), ("sun",))
    settings = Settings(hours=Hours(time(7), time(19)), country="", holders=holders)
    office.rota.put_settings(X, settings, now=NOW)
    duties = office.rota.duties
    assert (duties.coordinator(X), duties.desk(X), duties.secretary(X)) == (
        ("li",),
        ("wang", "zhao"),
        ("sun",),
    )
    assert duties.coordinator("yuehu") == ()
    assert office.first(at("01-15 19:00")) == "chen"
    with pytest.raises(RefusedError, match="nobody 'x'"):
        office.rota.put_settings(X, Settings(holders=Holders(desk=("x",))), now=NOW)
    with pytest.raises(NotFoundError):
        office.rota.settings("nowhere")


def test_a_community_that_moves_takes_its_hours_along(office: Office) -> None:
    office.registry.put_community(Community(X, "星禾里社区", time_zone="Europe/Berlin"))
    assert office.rota.refresh(X, now=NOW).time_zone == "Europe/Berlin"
    assert office.first(at("01-15 12:00")) == "chen"


def test_the_same_again_writes_nothing(office: Office) -> None:
    before = list(office.table.items())  # type: ignore[attr-defined]
    office.rota.refresh(X, now=NOW)
    office.rota.put_teams(X, office.rota.teams(X), now=NOW)
    assert list(office.table.items()) == before  # type: ignore[attr-defined]


def test_holidays_given_by_hand_stay(office: Office) -> None:
    given = Calendar(dates("2026-01-16"), dates("2026-01-17"))
    settings = replace(office.rota.settings(X), country="XX", calendar=given)  # of which nobody publishes any
    assert office.rota.put_settings(X, settings, now=NOW).calendar == given


@pytest.mark.parametrize(
    ("team", "why"),
    [
        (day_team("li", grid="g9"), "no grid 'g9'"),
        (day_team("li", "nobody"), "nobody 'nobody'"),
        (day_team("li", leader="nobody"), "nobody 'nobody'"),
    ],
)
def test_what_is_wrong_with_a_team(office: Office, team: Team, why: str) -> None:
    before = office.rota.teams(X)
    with pytest.raises(RefusedError, match=why):
        office.rota.put_teams(X, [day_team("zhao"), replace(team, id="other")], now=NOW)
    assert office.rota.teams(X) == before


def test_a_team_may_move_to_another_grid(office: Office) -> None:
    office.rota.put_teams(X, [day_team("zhao", grid="g2")], now=NOW)
    assert [t.grid for t in office.rota.teams(X) if t.id == "g1-day"] == ["g2"]
    assert office.first(NOW) is None
    assert office.first(NOW, "g2") == "li"


@pytest.mark.parametrize("spread", [True, False])
def test_a_lookup_at_real_size_is_one_call_of_few_read_units(spread: bool) -> None:
    office, bill = big.office(spread=spread), Bill()
    duties = Duties(RotaStore(MeteredTable(office.table, bill, "duty")))  # type: ignore[arg-type]
    assert duties.on_duty(X, "grid-1", big.NOW).first == "volunteer-0785"
    assert sum(bill.reads.values()) <= 4


def test_a_team_that_somebody_changed_in_between_is_not_overwritten() -> None:
    """Both read it, both were told that it was as they read it; who writes later is refused."""
    office = Office()
    office.staff(day_team("li", "wang"), now=NOW)
    read = office.rota.teams("xinghe")

    def as_read(stood: Sequence[Team]) -> None:
        if list(stood) != read:
            raise StaleError("It has changed.")

    table = FaultyTable(office.table)
    slow = Rota(RotaStore(table), office.registry, office.people)
    changes: list[Callable[[], None]] = [
        lambda: slow.put_teams("xinghe", [day_team("li", "sun")], now=NOW, seen=as_read),
        lambda: slow.remove_team("xinghe", "g1-day", seen=as_read),
    ]
    for change in changes:
        read = office.rota.teams("xinghe")
        theirs = day_team("li", "wang", "chen" if read[0].members[-1] != "chen" else "liu")
        table.meanwhile = [partial(office.rota.put_teams, "xinghe", [theirs], now=NOW)]
        with pytest.raises(StaleError):
            change()
        assert office.rota.teams("xinghe") == [theirs]
