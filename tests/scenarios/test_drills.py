"""Once a month it is proven that a press is answered: for each resident, and for each team."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.alarms.model import IllegalMoveError
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.proof import ProofStore
from chalicelib.alarms.service import Responder
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.onekey.drill_plan import DrillRules, Whose
from chalicelib.onekey.holdings import DrillHoldings
from chalicelib.registry.holdings import Subject
from chalicelib.registry.model import Household
from chalicelib.rota.hours import Period
from chalicelib.rota.model import COMMON, Team
from chalicelib.watch.model import Concern, ConcernKind
from tests.faults import CrashingTable
from tests.scenarios.telephones import HOME, MORNING, PHONES, Telephones

SHANGHAI = ZoneInfo("Asia/Shanghai")
LI, WANG, ZHAO, CHEN, MIN, ZHOU, SUN, QIAN, DESK = (
    PHONES[name] for name in ("li", "wang", "zhao", "chen", "min", "zhou", "sun", "qian", "desk")
)
DAY = timedelta(days=1)


@pytest.fixture
def town() -> Telephones:
    return Telephones()


def drilled() -> Telephones:
    """A town in which Du's drill has just rung."""
    town = Telephones()
    town.sleep_until(town.plan().due_at)
    return town


def local(at: datetime) -> datetime:
    return at.astimezone(SHANGHAI)


def who_rang(town: Telephones, since: datetime) -> list[str]:
    """Whose phones rang from an instant on, each once, in order."""
    names = {phone: name for name, phone in PHONES.items()}
    second = int((since - town.began_at).total_seconds())
    rung = [names.get(ring.phone, ring.phone) for ring in town.exchange.rings if ring.at >= second]
    return list(dict.fromkeys(rung))


def test_whoever_is_enrolled_has_a_drill_ahead_by_day_but_not_today(town: Telephones) -> None:
    due = town.plan().due_at
    assert due - town.now >= DAY
    assert 10 <= local(due).hour < 16


def test_a_drill_rings_as_a_press_would_and_says_that_it_is_one() -> None:
    town = drilled()
    assert who_rang(town, town.now) == ["li", "zhou", "min"]
    assert town.spoken(LI) == town.spoken(ZHOU) == ["这是演练，3号楼，不用过去。听到请按1。"]
    assert town.spoken(MIN) == ["这是社区的每月演练，没有人求助，一切照常。"]
    assert (town.drill().kind, town.drill().household) == ("one_key", "h001")


def test_whoever_presses_one_has_proven_it_and_nobody_goes() -> None:
    town = drilled()
    town.wait(seconds=25)
    assert town.presses(LI, "1") == "accepted"
    drill = town.drill()
    assert (drill.state, drill.outcome) == ("resolved", Outcome(Verdict.DRILL, Cause.TEST))
    proof = town.proof()
    assert proof is not None
    assert (proof.at, proof.by, proof.seconds, proof.alarm) == (town.now, "li", 25, drill.id)
    rung = len(town.exchange.rings)
    town.wait(hours=3)
    assert (len(town.exchange.rings), town.tasks()) == (rung, [])


def test_the_second_to_answer_is_told_who_was_first_and_a_drill_is_not_reopened() -> None:
    town = drilled()
    drill = town.drill().id
    town.takes(drill, "li")
    town.takes(drill, "li")
    with pytest.raises(IllegalMoveError, match="li answered this drill first"):
        town.takes(drill, "wang")
    with pytest.raises(IllegalMoveError, match="press once more"):
        town.desk.reopen(drill, note="?", by=Responder("li", "xinghe"), now=town.now)


def test_a_drill_that_nobody_answers_climbs_the_ladder_once_and_becomes_a_task() -> None:
    town = drilled()
    began = town.now
    town.wait(minutes=5)
    assert who_rang(town, began) == ["li", "zhou", "min", "wang", "zhao", "desk", "chen"]
    assert all("120" not in text and "演练" in text for text in town.spoken(CHEN) + town.spoken(DESK))
    rung = len(town.exchange.rings)
    town.wait(minutes=31)
    assert town.drill().state == "resolved"
    assert town.tasks() == ["du"]
    assert town.log(town.drill().id)[-1][0] == "drill_unanswered"
    town.wait(hours=2)
    of_the_drill = [r for r in town.exchange.rings[rung:] if r.letter.message.kind == "drill"]
    assert (of_the_drill, town.proof()) == ([], None)


def test_the_next_drill_comes_in_the_next_month_at_much_the_same_time() -> None:
    town = drilled()
    first = town.plan().drilled_at
    assert first is not None
    town.presses(LI, "1")
    nxt = local(town.plan().due_at)
    assert (nxt.day, nxt.hour, nxt.minute) == (local(first).day, local(first).hour, local(first).minute)
    assert nxt.month == local(first).month % 12 + 1


def test_a_test_press_of_the_residents_own_counts(town: Telephones) -> None:
    due = town.plan().due_at
    town.sleep_until(due.replace(day=1) + timedelta(hours=3))
    town.tests_key()
    town.presses(LI, "1")
    town.sleep_until(due)
    assert len(town.rung_at(LI)) == 1
    assert local(town.plan().due_at).month == local(due).month % 12 + 1
    proof = town.proof()
    assert proof is not None and proof.by == "li"


def test_a_test_press_that_nobody_answers_is_a_task_too(town: Telephones) -> None:
    town.tests_key()
    town.wait(minutes=40)
    assert town.tasks() == ["du"]


def test_a_test_press_in_the_small_hours_wakes_nobody_but_who_is_first_and_second() -> None:
    night = Telephones(MORNING + timedelta(hours=17))
    night.tests_key()
    night.wait(minutes=40)
    assert who_rang(night, night.began_at) == ["sun", "qian"]
    assert night.tasks() == ["du"]


def test_a_real_press_in_a_drill_rings_the_same_phone_at_once() -> None:
    town = drilled()
    began = int((town.now - town.began_at).total_seconds())
    town.wait(seconds=10)
    press = Concern(ConcernKind.ONE_KEY, "xinghe", "h001", town.now, {})
    real = town.concerns().raise_once(press, now=town.now)
    town.tick()
    assert town.rung_at(LI) == [began, began + 10]
    town.presses(LI, "1")
    assert (town.alarm(real).state, town.drill().state) == ("acknowledged", "raised")


def test_a_drill_takes_no_phone_from_a_real_press() -> None:
    town = Telephones()
    town.sleep_until(town.plan().due_at - timedelta(seconds=20))
    town.registry.put_households([Household("h002", "xinghe", "g1", "h002")])
    town.concerns().raise_once(Concern(ConcernKind.ONE_KEY, "xinghe", "h002", town.now, {}), now=town.now)
    town.tick()
    rung = len(town.rung_at(LI))
    town.wait(seconds=30)
    assert len(town.rung_at(LI)) == rung, "the drill waits for the minute to pass"
    town.wait(seconds=40)
    assert len(town.rung_at(LI)) == rung + 1
    assert town.spoken(LI)[-1].startswith("这是演练")


def test_a_home_in_trouble_is_not_drilled() -> None:
    town = Telephones()
    town.sleep_until(town.plan().due_at - timedelta(minutes=5))
    alarm = town.goes_quiet()
    town.takes(alarm)
    due = town.plan().due_at
    town.wait(minutes=10)
    assert town.plan().due_at == due + DAY
    town.desk.resolve(
        alarm, Outcome(Verdict.FALSE, Cause.ASLEEP), by=Responder("zhou", "xinghe"), now=town.now
    )
    town.sleep_until(due + DAY)
    assert town.drill().household == "h001"


def test_off_means_none_and_a_day_means_that_day(town: Telephones) -> None:
    town.drill_book().put_rules("xinghe", DrillRules(on=False), follows=0)
    due = town.plan().due_at
    town.sleep_until(due)
    assert (town.exchange.rings, local(town.plan().due_at).month) == ([], local(due).month % 12 + 1)
    town.drill_book().put_rules("xinghe", DrillRules(day=9), follows=1)
    town.sleep_until(town.plan().due_at)
    assert town.exchange.rings != []
    assert local(town.plan().due_at).day == 9


def test_a_plan_outlives_another_import_and_ends_with_its_resident(town: Telephones) -> None:
    before = town.plan()
    town.lives("+8613800000008")
    assert town.plan() == before
    du = town.residents.get("xinghe", "du")
    assert du is not None
    town.residents.remove(du, HOME)
    assert town.plan() == before
    town.sleep_until(before.due_at)
    assert town.exchange.rings == []
    assert town.drill_book().plan("xinghe", Whose.RESIDENT, "du") is None


def test_a_resident_who_is_removed_has_no_drill_ahead(town: Telephones) -> None:
    du = town.residents.get("xinghe", "du")
    assert du is not None
    town.enrolled.remove(du)
    assert town.drill_book().plan("xinghe", Whose.RESIDENT, "du") is None


def test_who_moves_keeps_their_drill_and_it_is_about_the_new_home(town: Telephones) -> None:
    before = town.plan()
    town.registry.put_households([Household("h002", "xinghe", "g1", "h002", "9号楼")])
    du = town.residents.get("xinghe", "du")
    assert du is not None
    town.enrolled.put(replace(du, household="h002"))
    assert town.plan() == replace(before, household="h002")
    town.sleep_until(before.due_at)
    assert "9号楼" in town.spoken(LI)[-1]


def test_a_team_that_is_changed_keeps_its_drill() -> None:
    town = team_town()
    before = town.plan("team#night")
    town.wait(hours=1)
    town.rota.put_teams("xinghe", town.rota.teams("xinghe"), now=town.now)
    assert town.plan("team#night") == before


def test_what_a_proof_says_goes_with_its_resident(town: Telephones) -> None:
    town.tests_key()
    town.presses(LI, "1")
    held = DrillHoldings(town.drill_book(), ProofStore(town.on.deadlines))
    du = Subject("xinghe", "du", "h001", (), alone=True)
    (proven,) = held.about(du, now=town.now)["proven"]
    assert proven["by"] == "li"
    assert held.erase(du, {}, now=town.now) is None
    assert held.about(du, now=town.now) == {"next_at": None, "proven": []}


def test_after_an_outage_a_drill_waits_for_a_good_moment(town: Telephones) -> None:
    due = town.plan().due_at
    town.now = due + timedelta(hours=12)
    town.tick()
    assert town.exchange.rings == []
    assert town.plan().due_at == due + DAY
    town.sleep_until(due + DAY)
    assert who_rang(town, town.now) == ["li", "zhou", "min"]


def test_a_month_without_a_drill_is_a_task(town: Telephones) -> None:
    due = town.plan().due_at
    town.now = due + timedelta(days=40)
    town.tick()
    assert town.tasks() == ["du"]
    town.sleep_until(town.plan().due_at)
    town.presses(LI, "1")
    assert (len(town.tasks()), town.proof() is not None) == (1, True)


def team_town() -> Telephones:
    town = Telephones(teams_are_drilled=True)
    town.forget_drill("resident", "du")
    return town


def test_a_night_team_is_drilled_at_the_beginning_of_its_shift() -> None:
    town = team_town()
    town.forget_drill("team", "day")
    due = town.plan("team#night").due_at
    assert timedelta(minutes=15) <= local(due) - local(due).replace(hour=20, minute=0) < timedelta(hours=1)
    town.sleep_until(due)
    assert who_rang(town, town.now) == ["sun"]
    town.wait(minutes=1)
    assert who_rang(town, due) == ["sun", "qian"]
    town.presses(QIAN, "1")
    proof = town.proof("team#night")
    assert proof is not None and (proof.by, proof.seconds) == ("qian", 60)


def test_a_day_team_is_drilled_by_day() -> None:
    town = team_town()
    due = town.plan("team#day").due_at
    assert 10 <= local(due).hour < 16
    town.sleep_until(due)
    assert who_rang(town, due) == ["li"]


def test_nobody_else_can_answer_for_a_team() -> None:
    town = team_town()
    town.forget_drill("team", "day")
    town.sleep_until(town.plan("team#night").due_at)
    town.wait(minutes=6)
    assert town.presses(CHEN, "1") == "accepted"
    drill = town.drill()
    assert (drill.state, town.proof("team#night")) == ("raised", None)
    assert ("noted", "chen", "voice") in town.log(drill.id)
    town.wait(minutes=31)
    assert (town.drill().state, town.tasks()) == ("resolved", ["night"])


def test_a_teams_drill_that_others_closed_is_a_task_when_the_next_is_due() -> None:
    town = team_town()
    town.forget_drill("team", "day")
    town.sleep_until(town.plan("team#night").due_at)
    found = Outcome(Verdict.DRILL, Cause.TEST)
    town.desk.resolve(town.drill().id, found, by=Responder("chen", "xinghe"), now=town.now)
    assert (town.tasks(), town.proof("team#night")) == ([], None)
    town.sleep_until(town.plan("team#night").due_at)
    assert town.tasks() == ["night"]


def test_of_two_teams_in_one_shift_each_is_rung_for_itself() -> None:
    town = team_town()
    town.forget_drill("team", "day")
    town.forget_drill("team", "night")
    second = Team("day-2", "第二队", COMMON, Period.DAY, "he", ("he", "wang"))
    town.rota.put_teams("xinghe", [second], now=town.now)
    town.sleep_until(town.plan("team#day-2").due_at)
    town.wait(minutes=1)
    assert who_rang(town, town.began_at) == ["wang", "he"]


def test_a_team_that_was_dissolved_is_drilled_no_more() -> None:
    town = team_town()
    due = town.plan("team#night").due_at
    town.rota.remove_team("xinghe", "night")
    town.forget_drill("team", "day")
    town.sleep_until(due)
    assert town.exchange.rings == []


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", ["write", "write_all", "get", "get_many"])
@pytest.mark.parametrize("nth", range(1, 8))
def test_a_crash_anywhere_rings_one_drill_and_only_one(method: str, nth: int, before: bool) -> None:
    town = Telephones()
    due = town.plan().due_at
    town.now = due
    with suppress(StoreUnavailableError):
        town.tick(CrashingTable(town.on.deadlines, method, nth, before=before))
    town.wait(minutes=4)
    alarms, _ = town.desk.page("xinghe", is_open=True, limit=50, after=None)
    assert [alarm.drill for alarm in alarms] == [True]
    assert town.plan().due_at > due + timedelta(days=20)
