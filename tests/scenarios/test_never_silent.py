"""It never ends silently: whatever is missing in a community, an open alarm goes on ringing somebody."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.alarms.climbing import Climber
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.ladder import Who
from chalicelib.alarms.model import Alarm
from chalicelib.kernel.caller import Role
from chalicelib.notify.courier import ProviderDownError
from chalicelib.registry.people import Person
from chalicelib.rota.model import Holders, Settings
from chalicelib.rota.outlook import Trouble
from chalicelib.watch.model import ConcernKind
from tests.rota.builders import day_team
from tests.scenarios.neighbourhood import Neighbourhood
from tests.scenarios.quarter import DAY_PEOPLE, Quarter, X, clock

TEN = clock("01-15 10:00")
HALF_AN_HOUR = timedelta(minutes=30)


def without_offices(*, teams: bool = True) -> Quarter:
    """A community as it is until somebody names who holds its offices, and no coordinator signed up."""
    town = Quarter(TEN) if teams else Quarter(TEN, teams=())
    town.rota.put_settings(X, Settings(confirm_minutes=0), now=town.now)
    town.people.put_many(
        [Person(name, X, name, Role.NURSE, "+8613800000099") for name in ("chen", "he", "desk")]
    )
    town.until(TEN + timedelta(minutes=15))
    town.rang.clear()
    return town


@pytest.mark.parametrize("teams", [True, False], ids=["a leader", "a grid worker alone"])
def test_without_a_desk_somebody_stands_in_and_is_reminded_for_good(teams: bool) -> None:
    town = without_offices(teams=teams)
    town.goes_quiet()
    town.wait(hours=48)
    times = [at for at, *_ in town.rang]
    assert all(later - earlier <= HALF_AN_HOUR for earlier, later in pairwise(times))
    assert town.now - times[-1] <= HALF_AN_HOUR


def test_without_a_desk_whoever_arrived_and_never_closed_is_not_forgotten() -> None:
    town = without_offices()
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.arrives(alarm, "li")
    town.rang.clear()
    town.wait(hours=5)
    assert town.phones_rung() == [DAY_PEOPLE[0]] * 10


@pytest.mark.parametrize("state", ["on_site", "cleared"])
def test_a_reminder_finds_its_way_around_a_provider_that_is_down(state: str) -> None:
    town = Quarter(TEN)
    alarm = town.goes_quiet()
    if state == "on_site":
        town.takes(alarm, "zhou")
        town.arrives(alarm, "zhou")
    else:
        Concerns(town.alarms).clear(alarm, now=town.now)
    town.sms.trouble["*"] = ProviderDownError("500")
    town.rang.clear()
    town.wait(minutes=151)
    assert [channel for _, channel, who, _ in town.rang if who == "desk"][:1] == ["voice"]
    assert town.alarm(alarm).state == state


def test_a_reminder_that_the_desk_turns_out_not_to_have_heard_goes_below_it_once() -> None:
    town = Quarter(TEN)
    town.voice.proves_within = town.sms.proves_within = timedelta(seconds=75)
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.arrives(alarm, "li")
    town.rang.clear()
    town.wait(minutes=40)
    assert [channel for _, channel, who, _ in town.rang if who == "desk"] == ["voice", "sms"]
    assert town.phones_rung(kind="desk") == ["desk", "desk", "chen", "chen"]
    assert town.alarm(alarm).state == "on_site"


def test_reminders_of_many_alarms_wait_for_the_desks_phone_and_ring_nobody_else() -> None:
    town = Quarter(TEN)
    for household in ("h001", "h002", "h003", "h004"):
        alarm = town.goes_quiet(household)
        town.takes(alarm, "zhou")
        town.arrives(alarm, "zhou")
    town.rang.clear()
    town.wait(minutes=40)
    assert town.phones_rung() == ["desk"] * 4


def test_what_waits_for_the_desk_in_writing_is_heard_and_no_emergency_for_the_coordinator() -> None:
    town, cries = Quarter(TEN), []
    for household in ("h001", "h002"):
        alarm = town.press_one_key(household)
        town.takes(alarm, "li")
        town.arrives(alarm, "li")
    town.rang.clear()
    climber = town.climber()
    climber.unheard = lambda: cries.append(town.now)
    town.now += timedelta(minutes=30)
    for alarm in town.alarms.open_of(X, "h001") + town.alarms.open_of(X, "h002"):
        climber.climb(alarm, now=town.now)
    assert [(channel, who) for _, channel, who, _ in town.rang] == [("voice", "desk"), ("sms", "desk")]
    assert cries == []


def test_a_desk_that_turns_out_not_to_have_heard_is_the_systems_own_trouble() -> None:
    town, cries = Quarter(TEN), []
    town.voice.proves_within = town.sms.proves_within = timedelta(seconds=75)
    made = town.climber

    def climber() -> Climber:
        climber = made()
        climber.unheard = lambda: cries.append(town.now - TEN)
        return climber

    town.climber = climber  # type: ignore[method-assign]
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.arrives(alarm, "li")
    town.wait(minutes=32)
    assert cries == []
    town.wait(minutes=1)
    assert cries == [timedelta(minutes=32, seconds=30)]


def test_whoever_is_reminded_below_a_deaf_desk_sees_the_case() -> None:
    town = Quarter(TEN)
    town.people.put_many([Person("desk", X, "Desk", Role.COORDINATOR)])
    alarm = town.goes_quiet()
    town.takes(alarm, "zhou")
    town.arrives(alarm, "zhou")
    town.rang.clear()
    town.wait(minutes=31)
    assert town.phones_rung(kind="desk") == list(DAY_PEOPLE)
    assert all(town.alarm(alarm).has_on_case(person) for person in DAY_PEOPLE)


def test_nobody_is_woken_to_close_what_a_life_sign_cleared() -> None:
    town = Quarter(clock("01-15 21:00"))
    town.people.put_many([Person("desk", X, "Desk", Role.COORDINATOR)])
    alarm = town.goes_quiet()
    Concerns(town.alarms).clear(alarm, now=town.now)
    town.rang.clear()
    town.wait(hours=9)
    assert not {"sun", "qian", "wu", "zhou"} & set(town.phones_rung())


def test_a_desk_that_declines_is_not_rung_again_at_once_and_then_everybody_is() -> None:
    town = Neighbourhood()
    alarm = town.goes_quiet()
    town.wait(hours=4)
    town.wait(seconds=town.rung_at("desk")[-1] + 1800 + 5 - 4 * 3600)
    town.rang.clear()
    for _ in range(3):
        town.declines(alarm, "desk")
        town.wait(seconds=10)
    assert town.rang == []
    town.wait(hours=1)
    assert {"Zhou", "Li", "Wang", "desk"} <= set(town.phones_rung())


def test_who_declines_while_the_rung_is_still_being_told_is_not_waited_for() -> None:
    town, tell = Neighbourhood(), Neighbourhood.tell
    declined: list[str] = []

    def told(alarm: Alarm, person: str, who: Who, **more: Any) -> tuple[bool, datetime | None]:
        heard = tell(town, alarm, person, who, **more)
        if not declined:
            declined.append(person)
            town.declines(alarm.id, person)
        return heard

    town.tell = told  # type: ignore[method-assign]
    town.goes_quiet()
    town.wait(minutes=1)
    assert town.phones_rung() == ["Zhou", "Li"]


def test_who_declines_while_others_of_the_rung_are_still_being_told_delays_nobody() -> None:
    town, tell = Neighbourhood(), Neighbourhood.tell

    def told(alarm: Alarm, person: str, who: Who, **more: Any) -> tuple[bool, datetime | None]:
        heard = tell(town, alarm, person, who, **more)
        if who is Who.TEAM and town.desk.get(alarm.id, community="xinghe").has_on_case("Li"):
            town.declines(alarm.id, "Li")
        return heard

    town.tell = told  # type: ignore[method-assign]
    town.press_one_key()
    town.wait(minutes=4)
    assert [at for at, who in town.rang if who in ("Zhao", "desk")] == [180, 180]


def test_leave_is_heeded_among_those_who_stand_in_for_the_desk() -> None:
    town = without_offices()
    for number, person in enumerate(("boss1", "boss2")):
        town.people.put_many([Person(person, X, person, Role.COORDINATOR, f"+86138000000{90 + number}")])
    town.rota.arrangements.away(X, "boss1", town.now, town.now + timedelta(days=2), now=town.now)
    town.rang.clear()
    town.press_one_key()
    town.wait(minutes=4)
    assert town.phones_rung(kind="desk") == ["boss2"]


def test_the_coordinators_sit_at_an_empty_desk_named_or_not() -> None:
    town = without_offices()
    town.people.put_many([Person("he", X, "He", Role.COORDINATOR, "+8613800000098")])
    town.press_one_key()
    town.wait(minutes=3)
    assert town.phones_rung(kind="desk") == ["he"]
    town.rota.put_settings(
        X, Settings(confirm_minutes=0, holders=Holders(coordinator=("chen",))), now=town.now
    )
    town.wait(minutes=10)
    assert "chen" in town.phones_rung(kind="desk")


def test_a_desk_that_nobody_hears_brings_the_whole_ladder_again() -> None:
    town = Quarter(TEN)
    town.people.put_many([Person("desk", X, "Desk", Role.COORDINATOR)])
    town.goes_quiet()
    town.wait(hours=3)
    rung = len(town.rung_at("li"))
    town.wait(hours=24)
    assert len(town.rung_at("li")) > rung + 12
    assert town.now - town.rang[-1][0] <= timedelta(hours=1)


def test_who_is_on_leave_is_not_rung_whatever_their_office() -> None:
    town = Quarter(TEN)
    for person in ("zhou", "chen", "desk"):
        town.rota.arrangements.away(X, person, town.now, town.now + timedelta(days=2), now=town.now)
    town.rang.clear()
    town.goes_quiet()
    assert town.phones_rung() == ["li"], "the steward's rung is passed at once"
    town.wait(minutes=35)
    assert not {"zhou", "desk"} & set(town.phones_rung())
    assert "he" in town.phones_rung(kind="desk"), "the secretary stands in"


def test_an_office_whose_holders_are_all_away_is_rung_nevertheless() -> None:
    town = Quarter(TEN)
    for person in ("chen", "desk", "he"):
        town.rota.arrangements.away(X, person, town.now, town.now + timedelta(days=2), now=town.now)
    town.press_one_key()
    town.wait(minutes=5)
    assert town.phones_rung(kind="desk")[0] == "desk"
    assert "chen" in town.phones_rung(kind="call_120")


def test_an_office_whose_holder_is_gone_keeps_no_duty_from_changing_and_is_told_of() -> None:
    town = Quarter(TEN)
    (desk,) = town.people.get_many(X, ["desk"]).values()
    town.people.remove(desk)
    town.wait(hours=24)  # in which every deadline is kept
    assert [w.trouble for w in town.rota.warnings(X, now=town.now)] == [Trouble.NO_DESK]
    assert "nobody sits at the desk for calls that nobody takes. Please open the app." in town.titles("chen")


def test_an_unmanned_desk_is_told_before_it_hurts() -> None:
    town = without_offices()
    assert [(w.trouble, w.start) for w in town.rota.warnings(X, now=town.now)] == [
        (Trouble.NO_DESK, town.now)
    ]
    town.people.put_many([Person("he", X, "He", Role.COORDINATOR, "+8613800000098")])
    town.duty_changed()
    town.wait(minutes=15)
    assert "nobody sits at the desk for calls that nobody takes. Please open the app." in town.titles("he")
    town.rota.put_settings(X, Settings(confirm_minutes=0, holders=Holders(desk=("he",))), now=town.now)
    assert town.rota.warnings(X, now=town.now) == []
    town.people.put_many([Person("he", X, "He", Role.COORDINATOR)])
    assert len(town.rota.warnings(X, now=town.now)) == 1


def test_the_desk_is_loud_at_night_too() -> None:
    town = Quarter(clock("01-15 23:00"), teams=(day_team(*DAY_PEOPLE),))
    town.rang.clear()
    town.goes_quiet()
    town.wait(hours=3)
    assert len(town.rung_at("desk")) > 3


def test_when_nobody_at_all_can_be_told_the_system_itself_says_so() -> None:
    town, heard = without_offices(teams=False), []
    town.people.put_many([Person("zhou", X, "Zhou", Role.GRID_WORKER)])
    alarm = town.press_one_key()
    climber = town.climber()
    climber.unheard = lambda: heard.append(town.now)
    town.now += timedelta(minutes=6)
    climber.climb(alarm, now=town.now)
    assert heard


@pytest.mark.parametrize(
    ("kind", "coordinator", "desk"),
    [
        (ConcernKind.SMOKE, "smoke_119", "smoke"),
        (ConcernKind.GAS, "gas_119", "gas"),
        (ConcernKind.ONE_KEY, "call_120", "desk"),
    ],
)
def test_coordinator_and_desk_are_told_of_smoke_and_gas(
    kind: ConcernKind, coordinator: str, desk: str
) -> None:
    town = Quarter(TEN)
    town.raises(kind)
    town.wait(minutes=5)
    told = {(who, what) for _, _, who, what in town.rang}
    assert {("chen", coordinator), ("desk", desk)} <= told
