"""Who is on duty: the table of cases is the specification."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.rota.duty import Sheet
from chalicelib.rota.hours import Calendar, Days, Period
from chalicelib.rota.model import (
    COMMON,
    Confirmation,
    Cycle,
    Entry,
    EntryKind,
    Leave,
    Rotation,
    Settings,
)
from tests.rota.builders import (
    BERLIN,
    UNASKED,
    at,
    dates,
    day_team,
    duty,
    entry,
    night_team,
    override,
    ranks,
    sheet,
    swap,
    team,
)

DAY, NIGHT = day_team("li", "wang", "zhao"), night_team("chen", "liu", "sun")
BOTH = (DAY, NIGHT)
IN_TURN = night_team("chen", "liu", "sun", rotations=(Rotation(("chen", "liu", "sun"), date(2026, 1, 12)),))
RESERVE = team("all-night", Period.NIGHT, "zhou", "wu", grid=COMMON)


@pytest.mark.parametrize(
    ("sheet", "when", "people"),
    [
        pytest.param(sheet(*BOTH), "01-15 08:00", "li wang zhao", id="by day the day team, in its order"),
        pytest.param(sheet(*BOTH), "01-15 20:00", "chen liu sun", id="by night the night team"),
        pytest.param(sheet(*BOTH), "01-15 19:59", "li wang zhao", id="to the minute before"),
        pytest.param(sheet(DAY), "01-15 20:00", "", id="no night team is a gap"),
        pytest.param(sheet(), "01-15 12:00", "", id="no team at all is a gap"),
        pytest.param(sheet(DAY, common=(RESERVE,)), "01-15 20:00", "zhou wu", id="the community's serve"),
        pytest.param(sheet(NIGHT, common=(RESERVE,)), "01-15 20:00", "chen liu sun", id="its own go first"),
        pytest.param(sheet(IN_TURN), "01-12 20:00", "chen liu sun", id="the first turn"),
        pytest.param(sheet(IN_TURN), "01-13 19:59", "", id="a turn ends with the night"),
        pytest.param(sheet(IN_TURN), "01-13 20:00", "liu sun chen", id="the next turn"),
        pytest.param(sheet(IN_TURN), "01-15 03:00", "sun chen liu", id="a night is its evening's"),
        pytest.param(sheet(IN_TURN), "01-11 20:00", "chen liu sun", id="before it starts the default holds"),
    ],
)  # fmt: skip
def test_by_rule(sheet: Sheet, when: str, people: str) -> None:
    assert list(ranks(sheet, when)) == people.split()


SWAPPED = swap("01-15 20:00", "01-16 08:00", "wang")
PLANNED = entry(EntryKind.PLAN, "01-15 20:00", "01-16 08:00", "sun", team="g1-night")
OVERRIDDEN = override("01-15 22:00", "01-16 02:00", "zhao")


@pytest.mark.parametrize(
    ("entries", "when", "people"),
    [


        pytest.param([PLANNED], "01-15 21:00", "sun chen liu", id="a plan beats the rotation"),
        pytest.param([PLANNED], "01-16 21:00", "liu sun chen", id="and is over with its shift"),
        pytest.param([SWAPPED], "01-15 21:00", "wang liu sun chen", id="a swap beats the rotation"),
        pytest.param([SWAPPED, PLANNED], "01-15 21:00", "wang chen liu sun", id="a swap beats a plan"),
        pytest.param([OVERRIDDEN, SWAPPED], "01-15 22:00", "zhao liu sun chen wang", id="over a swap"),
        pytest.param([OVERRIDDEN, SWAPPED], "01-15 21:59", "wang liu sun chen", id="not a minute early"),
        pytest.param([OVERRIDDEN, SWAPPED], "01-16 02:00", "wang liu sun chen", id="its end is not in it"),
        pytest.param(
            [OVERRIDDEN, override("01-15 22:00", "01-16 02:00", "li")], "01-15 23:00", "li liu sun chen zhao",
            id="the later of two overrides",
        ),
        pytest.param([override("01-15 22:00", "01-16 02:00", "liu")], "01-15 23:00", "liu sun chen",
                     id="one of the team moves to the front"),
        pytest.param([override("01-15 10:00", "01-15 12:00", "zhao")], "01-15 11:00", "zhao", id="in a gap"),
    ],
)  # fmt: skip
def test_precedence(entries: list[Entry], when: str, people: str) -> None:
    assert list(ranks(sheet(IN_TURN, entries=tuple(entries)), when)) == people.split()


def test_the_leader_and_whoever_stands_behind() -> None:
    named = duty(sheet(replace(DAY, leader="zhao", backup="sun")), at("01-15 12:00"))
    assert (named.first, named.second, named.leader, named.backup) == ("li", "wang", "zhao", "sun")
    assert duty(sheet(DAY), at("01-15 12:00")).backup == "wang"


def test_alone_one_has_the_whole_community_behind_them() -> None:
    alone = duty(sheet(night_team("chen"), common=(RESERVE,)), at("01-15 21:00"))
    assert (alone.first, alone.second, alone.backup, alone.team) == ("chen", "zhou", "zhou", ("chen",))


def test_somebody_who_takes_a_grid_without_a_team_has_them_too() -> None:
    taken = sheet(common=(RESERVE,), entries=(override("01-15 21:00", "01-16 08:00", "li", taken=True),))
    found = duty(taken, at("01-15 22:00"))
    assert (found.first, found.second, found.leader, found.served_by) == ("li", "zhou", "zhou", "g1")


WEEKEND = team("weekend", Period.DAY, "sun", days=Days.REST)
WORKDAYS = team("workdays", Period.DAY, "li", days=Days.WORK)
GOLDEN_WEEK = Settings(
    confirm_minutes=0, calendar=Calendar(rest=dates("2026-10-01"), work=dates("2026-10-10"))
)


@pytest.mark.parametrize(
    ("when", "first"),
    [
        pytest.param("10-01 12:00", "sun", id="a Thursday off is a day of rest"),
        pytest.param("09-30 12:00", "li", id="the Wednesday before is not"),
        pytest.param("10-10 12:00", "li", id="a Saturday worked for it is a working day"),
        pytest.param("10-11 12:00", "sun", id="the Sunday after is not"),
    ],
)
def test_holidays(when: str, first: str) -> None:
    assert duty(sheet(WEEKEND, WORKDAYS, settings=GOLDEN_WEEK), at(when)).first == first


def test_weekend_turns_go_round_by_weekends_not_by_weeks_of_seven() -> None:
    turns = Rotation(("li", "wang", "zhao"), date(2026, 1, 3), days=Days.REST)
    days = [f"01-{day} 12:00" for day in ("03", "04", "10", "11", "17")]
    found = [duty(sheet(day_team("sun", rotations=(turns,))), at(day)).first for day in days]
    assert found == ["li", "wang", "zhao", "li", "wang"]
    assert duty(sheet(day_team("sun", rotations=(turns,))), at("01-05 12:00")).first == "sun"


def test_teams_that_take_turns() -> None:
    a, b = (
        team(name, Period.NIGHT, who, cycle=Cycle(date(2026, 1, 12), 7, 2, place))
        for place, (name, who) in enumerate([("a", "li"), ("b", "wang")])
    )
    weeks = ("01-11", "01-12", "01-18", "01-19", "01-26")
    assert [duty(sheet(a, b), at(f"{day} 21:00")).first for day in weeks] == [
        "wang",
        "li",
        "li",
        "wang",
        "li",
    ]


LEAVE = Leave("chen", at("01-15 00:00"), at("01-17 00:00"))


def test_on_leave_one_is_not_asked() -> None:
    off = sheet(NIGHT, leaves=(LEAVE,))
    found = duty(off, at("01-15 21:00"))
    assert (found.team, found.leader, found.away) == (("liu", "sun"), None, ("chen",))
    assert duty(off, at("01-17 00:00")).first == "chen"


def test_everyone_on_leave_is_a_gap() -> None:
    assert duty(sheet(night_team("chen"), leaves=(LEAVE,)), at("01-15 21:00")).is_gap


ASKED = Settings(confirm_minutes=10)
START = at("01-15 20:00")


def confirmed(*people: str) -> tuple[Confirmation, ...]:
    return tuple(Confirmation("g1", START, person) for person in people)


THERE = {"confirmations": confirmed("chen")}
SUN_THERE = {"confirmations": confirmed("sun")}


@pytest.mark.parametrize(
    ("fields", "when", "people", "for_whom"),
    [
        pytest.param({}, "01-15 20:09:59", "chen liu sun", None, id="ten minutes' grace"),
        pytest.param({}, "01-15 20:10", "liu chen sun", "chen", id="then the second steps in"),
        pytest.param(THERE, "01-15 20:10", "chen liu sun", None, id="unless confirmed"),
        pytest.param(SUN_THERE, "01-15 20:10", "sun chen liu", "chen", id="who said so goes first"),
        pytest.param(THERE, "01-16 20:10", "liu chen sun", "chen", id="for that night only"),
        pytest.param(
            {"entries": (SWAPPED,)}, "01-15 20:10", "liu wang sun chen", "wang", id="a swapped shift too"
        ),
        pytest.param(
            {"entries": (OVERRIDDEN,)}, "01-15 22:09", "zhao liu sun chen", None, id="since they began"
        ),
        pytest.param(
            {"entries": (replace(OVERRIDDEN, taken=True),)}, "01-15 22:30", "zhao liu sun chen", None,
            id="who took it over is there",
        ),
    ],
)  # fmt: skip
def test_confirmation(fields: dict[str, Any], when: str, people: str, for_whom: str | None) -> None:
    found = duty(sheet(NIGHT, settings=ASKED, **fields), at(when))
    assert (list(found.team), found.stood_in_for) == (people.split(), for_whom)


def test_a_named_backup_steps_in_before_the_second() -> None:
    found = duty(sheet(replace(NIGHT, backup="zhao"), settings=ASKED), at("01-15 20:10"))
    assert (found.first, found.second, found.team) == ("zhao", "chen", ("zhao", "chen", "liu", "sun"))


@pytest.mark.parametrize(
    ("said", "when", "first", "confirm_by"),
    [
        pytest.param("", "01-15 20:19:59", "liu", "01-15 20:20", id="the stand-in has as long"),
        pytest.param("", "01-15 20:20", "zhao", "01-15 20:30", id="then the leader"),
        pytest.param("", "01-16 03:00", "zhao", "01-15 20:30", id="who keeps it when nobody is left"),
        pytest.param("liu", "01-15 20:20", "liu", None, id="unless the stand-in is there"),
        pytest.param("zhao", "01-15 20:10", "zhao", None, id="a leader who said so is not kept waiting"),
        pytest.param("chen", "01-15 20:20", "chen", None, id="nor the owner, late as they are"),
    ],
)
def test_the_silence_of_a_stand_in_passes_on_to_the_leader(
    said: str, when: str, first: str, confirm_by: str | None
) -> None:
    led = replace(NIGHT, leader="zhao")
    found = duty(sheet(led, settings=ASKED, confirmations=confirmed(*said.split())), at(when))
    assert (found.first, found.confirm_by) == (first, at(confirm_by) if confirm_by else None)


def test_behind_a_stand_in_stands_somebody_else() -> None:
    asked = sheet(NIGHT, settings=ASKED)
    assert duty(asked, at("01-15 20:05")).backup == "liu"
    stepped_in = duty(asked, at("01-15 20:15"))
    assert (stepped_in.first, stepped_in.backup) == ("liu", "sun")
    named = duty(sheet(replace(NIGHT, backup="zhao", leader="wu"), settings=ASKED), at("01-15 20:25"))
    assert (named.first, named.backup) == ("wu", "zhao")  # who may still say that they are there
    two = duty(sheet(night_team("chen", "liu"), settings=ASKED), at("01-15 20:15"))
    assert (two.first, two.backup) == ("liu", "liu")


def test_by_when_the_first_must_confirm() -> None:
    asked = sheet(NIGHT, settings=ASKED)
    assert duty(asked, START).confirm_by == at("01-15 20:10")
    assert duty(sheet(NIGHT, settings=ASKED, **THERE), START).confirm_by is None
    assert duty(asked, at("01-15 20:10")).confirm_by == at("01-15 20:20")
    assert duty(asked, at("01-15 23:00")).confirm_by == at("01-15 20:20")  # nobody is left to pass it on to
    assert (
        duty(sheet(NIGHT, settings=ASKED, confirmations=confirmed("liu")), at("01-15 20:10")).confirm_by
        is None
    )
    assert duty(sheet(night_team("chen"), settings=ASKED), at("01-15 21:00")).confirm_by == at("01-15 20:10")


def test_nobody_is_late_for_a_shift_to_come_nor_replaced_by_nobody() -> None:
    asked = sheet(NIGHT, settings=ASKED)
    assert duty(asked, at("01-15 23:00"), now=at("01-15 12:00")).first == "chen"
    assert duty(asked, at("01-15 23:00"), now=at("01-15 23:00")).first == "liu"
    assert duty(sheet(night_team("chen"), settings=ASKED), at("01-15 23:00")).first == "chen"


def test_a_dst_night_belongs_to_one_team_from_end_to_end() -> None:
    berlin = sheet(*BOTH, settings=replace(UNASKED, time_zone="Europe/Berlin"))
    evening = at("03-28 20:00", BERLIN)
    hours = [duty(berlin, evening + timedelta(hours=n)).first for n in range(12)]
    assert hours == ["chen"] * 11 + ["li"]
