"""A rule rehearsed on a community's own past: what it would have done, and what it would have missed."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console

from chalicelib import wiring
from chalicelib.alarms.outcome import Action, Cause, Outcome, Verdict
from chalicelib.alarms.service import Responder
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.model import Kind, Resident
from chalicelib.registry.people import Person
from chalicelib.watch.model import ConcernKind
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_fusion import Told
from chalicelib.watch.routine_habits import Habits
from chalicelib.watch.routine_rule import Budget, RoutineRule, WatchedBy
from chalicelib.watch.routine_senses import Sensor
from chalicelib.watch.routine_spans import Stay
from chalicelib.watch.still_water import StillWater
from infra.commands import rehearse as rehearsing
from infra.commands.rehearse import TITLES, _pasts, _real, _row
from infra.commands.shared import listing
from infra.rehearsal import (
    NOTHING_KNOWN,
    REHEARSED,
    Found,
    Past,
    Rehearsed,
    community_priors,
    rehearse,
    summary,
)
from tests.api import Service, api
from tests.builders import HOUR, concern, device, envelope, payload
from tests.scenarios.test_routine_watch import CALENDAR, DAWN, lived
from tests.watch.test_routine_fusion import FULL
from tests.watch.test_routine_fusion import lived as lived_with_sensors

__all__ = ["api"]
BUDGET = Budget(24, 12)
SINCE = DAWN - REHEARSED


def past(days: int = 75, *, seed: int = 3, quiet_days: int = 0, **fields: object) -> Past:
    """A home with regular habits; for the last `quiet_days` nothing was drawn."""
    readings = lived(days, seed=seed, until=DAWN)
    quiet_from = DAWN - timedelta(days=quiet_days)
    still = [r for r in readings if r.at <= quiet_from][-1].litres
    litres = [(r.at, r.litres if r.at <= quiet_from else still) for r in readings]
    samples = [{"at": epoch(at), "register_litres": drawn} for at, drawn in litres]
    told = Told((Sensor("wm-001", Kind.WATER_METER, 3600),), {"wm-001": samples})
    return Past("h001", told, HOUR, StillWater(), DAWN, **fields)  # type: ignore[arg-type]


def rehearsed(home: Past, *others: Past) -> Rehearsed:
    """A home replayed by what it and others have in common."""
    prior = community_priors([home, *others], CALENDAR, until=SINCE)[home.mix.step]
    return rehearse(home, BUDGET, prior, CALENDAR, since=SINCE)


def test_a_regular_life_is_knocked_at_far_less_than_by_the_founding_rule() -> None:
    homes = [past(seed=seed) for seed in range(4)]
    found = [rehearsed(home, *homes) for home in homes]
    figures = summary(found)
    assert figures["homes_ready"] == 4
    assert figures["visits_then"] * 2 < figures["visits_now"]
    assert figures["visits_then"] <= figures["check_calls_then"]


def test_a_real_silence_is_found_and_none_is_missed() -> None:
    began = DAWN - timedelta(days=2)
    real = Found(began, DAWN)
    home = past(quiet_days=2, real=(real,))
    found = rehearsed(home)
    assert found.missed == ()
    assert any(began <= knock <= began + timedelta(hours=24) for knock in found.knocks)


def test_a_real_silence_of_before_teaches_nothing_and_is_no_miss_of_these_days() -> None:
    """Three days before the rehearsed ones somebody lay for a day, and was found."""
    home, day = past(), timedelta(days=1)
    began = SINCE - 4 * day
    samples = home.told.samples["wm-001"]
    litres = next(s["register_litres"] for s in samples if s["at"] >= epoch(began))
    quiet = range(epoch(began), epoch(began + day))
    still = [{**s, "register_litres": litres} if s["at"] in quiet else s for s in samples]
    lay = replace(home, told=replace(home.told, samples={"wm-001": still}))
    known = replace(lay, real=(Found(began, began + day),))
    furthest = [max(n for n, peak in enumerate(_taught(each).peaks) if peak) for each in (home, lay, known)]
    assert furthest[0] == furthest[2] < furthest[1]
    assert rehearsed(known).missed == ()


def _taught(home: Past) -> Habits:
    routine = Routine(home.mix, CALENDAR, NOTHING_KNOWN)
    routine.add_all(span for span in home.spans(CALENDAR) if span.end <= epoch(SINCE))
    return routine.habits


def test_an_outcome_before_which_nobody_would_have_been_sent_is_told() -> None:
    real = Found(DAWN - timedelta(hours=60), DAWN - timedelta(hours=59))
    home = past(real=(real,))
    found = rehearsed(home)
    assert found.missed == (real,)


def test_who_pressed_waited_for_no_rule() -> None:
    """Nothing is learned of that time; and it is no miss: no rule of silences sends anybody for a press."""
    pressed = Found(DAWN - timedelta(hours=60), DAWN - timedelta(hours=59), by_silence=False)
    assert rehearsed(past(real=(pressed,))).missed == ()


def test_only_silences_and_calls_for_help_stand_in_a_rehearsal_tasks_do_not(api: Service) -> None:
    """A follow-up that stood open for weeks and was closed as real says nothing of those weeks."""
    real = Outcome(Verdict.REAL, Cause.FELL, action=Action.HELPED)
    for kind in (ConcernKind.ROUTINE, ConcernKind.ONE_KEY, ConcernKind.FOLLOW_UP, ConcernKind.DEVICE_SILENT):
        began = api.now - timedelta(days=20)
        alarm = wiring.alarms.concerns().raise_once(concern(kind, began_at=began), now=began)
        wiring.alarms.desk().resolve(alarm, real, by=Responder("li", "xinghe"), now=api.now)
    found = _real("xinghe", since=api.now - timedelta(days=30))
    assert [one.by_silence for one in found["h001"]].count(True) == 1
    assert len(found["h001"]) == 2


def test_the_past_of_others_who_lived_there_is_no_past_of_a_home(api: Service) -> None:
    """Neither how they lived nor how they were found: rules are rehearsed for whoever lives there now."""
    left, came = api.now - timedelta(days=10), api.now - timedelta(days=5)
    wiring.registry.registry().add_device(device(), now=api.now - timedelta(days=30))
    readings = lived(30, seed=3, until=api.now)
    said = [{"at": epoch(each.at), "register_litres": each.litres} for each in readings[-24 * 20 :: 24]]
    told = envelope(payload(Kind.WATER_METER, *said, every=86400), received_at=api.now)
    assert api.town.hear(told, now=api.now).stored == 1
    fell = concern(ConcernKind.ROUTINE, began_at=left - HOUR)
    alarm = wiring.alarms.concerns().raise_once(fell, now=left - HOUR)
    outcome = Outcome(Verdict.REAL, Cause.FELL, action=Action.HELPED)
    wiring.alarms.desk().resolve(alarm, outcome, by=Responder("li", "xinghe"), now=left)
    (before,) = _pasts("xinghe", None, api.now)
    assert (len(before.told.samples["wm-001"]), len(before.real)) == (20, 1)
    residents = wiring.registry.residents()
    residents.remove(residents.get("xinghe", "r1"), now=left)
    (empty,) = _pasts("xinghe", None, api.now)
    assert not rehearsed(empty).is_ready
    residents.put(Resident("r2", "xinghe", "h001", "李"), now=came)
    (theirs,) = _pasts("xinghe", None, api.now)
    assert min(each["at"] for each in theirs.told.samples["wm-001"]) >= epoch(came)
    assert theirs.real == []


@pytest.mark.parametrize(("width", "lines"), [(80, 4)])
def test_the_table_fits_a_terminal(width: int, lines: int) -> None:
    homes = [replace(rehearsed(past(31)), household=f"h{n:03d}") for n in (1, 2, 3)]
    console = Console(width=width, file=StringIO())
    console.print(listing([_row(home) for home in homes], TITLES))
    told = cast(StringIO, console.file).getvalue()
    assert len(told.splitlines()) == lines
    assert "ready in 13 days" in told


@pytest.mark.parametrize(("days", "missing"), [(31, 13), (40, 4), (60, 0)])
def test_a_home_with_too_short_a_past_says_how_many_days_are_missing(days: int, missing: int) -> None:
    home = past(days)
    found = rehearsed(home)
    assert (found.missing_days, found.is_ready) == (missing, missing == 0)


def test_a_home_with_more_sensors_is_rehearsed_with_all_of_them() -> None:
    said = lived_with_sensors(75, begin=epoch(DAWN) - 75 * 86400 - epoch(DAWN) % 3600)
    home = Past("h002", Told(FULL, said), HOUR, StillWater(), DAWN)
    assert set(community_priors([home, past()], CALENDAR, until=SINCE)) == {3600, 900}
    found = rehearsed(home, past())
    assert found.is_ready
    assert len(found.knocks) <= len(found.checks) <= 6


def test_what_was_declared_as_an_absence_would_have_sent_nobody() -> None:
    home = past(quiet_days=5)
    away = Stay(epoch(DAWN) - 5 * 86400, epoch(DAWN))
    told = replace(home.told, stays=(away,))
    found, undeclared = rehearsed(replace(home, told=told)), rehearsed(home)
    last = DAWN - timedelta(days=5)
    assert [at for at in (*found.knocks, *found.founding) if at >= last] == []
    assert [at for at in (*undeclared.knocks, *undeclared.founding) if at >= last]


def test_whoever_rehearses_a_rule_stands_in_the_log_of_looks(
    api: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    me = "arn:aws:iam::111122223333:user/wei"
    monkeypatch.setattr(rehearsing, "connected", lambda: SimpleNamespace(operator=lambda: me))
    for household in ((), ("--household", "h001")):
        if household:
            kept = RoutineRule(WatchedBy.ROUTINE, BUDGET, NOTHING_KNOWN, "chen", api.now)
            wiring.watch.rules().put("xinghe", kept)
        rehearsing.command.main(["--community", "xinghe", "--json", *household], standalone_mode=False)
        looks = wiring.privacy.access_log().looks("xinghe", "r1")
        assert {(look.who, look.parts) for look in looks} == {(me, ("history",))}
    assert "h001" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("role", "word"), [(Role.KIN, "kin"), (Role.VOLUNTEER, "volunteer"), (None, "nobody")]
)
def test_a_rule_is_approved_by_a_coordinator_and_by_nobody_else(
    api: Service, monkeypatch: pytest.MonkeyPatch, role: Role | None, word: str
) -> None:
    monkeypatch.setattr(rehearsing, "connected", lambda: SimpleNamespace(operator=lambda: "me"))
    if role:
        api.town.people.put_many([Person("gao", "xinghe", "高", role)])
    with pytest.raises(RefusedError, match=word):
        rehearsing.command.main(
            ["--community", "xinghe", "--approve", "gao", "--json"], standalone_mode=False
        )
    assert wiring.watch.rules().get("xinghe") is None
