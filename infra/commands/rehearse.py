"""`shouwang rehearse-rule`: what the routine watch would have done here lately; a person approves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import click
from rich.progress import track

from chalicelib.alarms.moves import INACTIVITY, TASK
from chalicelib.alarms.outcome import Verdict
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import epoch, rfc3339
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.sight import Part
from chalicelib.registry.model import FOUNDING, Device, Kind
from chalicelib.registry.service import effective
from chalicelib.telemetry.model import KEPT, merged
from chalicelib.watch.budget_store import OwnBudget
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_fusion import Told
from chalicelib.watch.routine_rule import Budget, RoutineRule, WatchedBy
from chalicelib.watch.routine_senses import sensor
from chalicelib.watch.still_water import StillWater
from infra.commands.shared import as_json, community_option, connected, listing, stderr, stdout, write_json
from infra.rehearsal import REHEARSED, Found, Past, Rehearsed, community_priors, per_year, rehearse, summary
from infra.stack import Stack

TITLES = {
    "household": "home", "known_days": "days", "visits_now": "visits now", "visits_then": "then",
    "check_calls": "calls", "missed": "missed", "remark": "",
}  # fmt: skip


@click.command("rehearse-rule")
@community_option
@click.option("--checks", default=24, show_default=True, help="Check calls for nothing, a home and year.")
@click.option("--knocks", default=12, show_default=True, help="Visits for nothing, a home and year.")
@click.option("--back", is_flag=True, help="Go back to the founding rule instead.")
@click.option("--household", help="These budgets for this home alone, by the rule that holds.")
@click.option("--approve", metavar="PERSON", help="Let it hold from now on; who decided is logged.")
@as_json
def command(
    community: str, checks: int, knocks: int, back: bool, household: str | None, approve: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Replay a community's last 30 days by its homes' routines: visits, check calls, what would be missed.

    Nothing changes without --approve. Residents' access logs say that you saw how their homes were.
    """
    stack = connected()
    now, budget = clock.now(), Budget(checks, knocks)
    if approve:  # said before the work of minutes, not after it
        _must_decide_here(community, approve)
    pasts = _pasts(community, household, now)
    by = WatchedBy.STILL_WATER if back else WatchedBy.ROUTINE
    rule = _held(community) if household else _proposed(community, pasts, by, budget, now)
    homes = _replayed(community, pasts, rule, budget if household else None, now)
    figures = summary(homes)
    _note(stack, community, household, now)
    if as_json:
        write_json({"figures": figures, "homes": [_row(home) for home in homes]})
    else:
        stdout.print(listing([_row(home) for home in homes], TITLES))
        stdout.print(_told(figures), highlight=False)
    if approve:
        if household:
            _approve_for(community, household, OwnBudget(budget, approve, now, rehearsed=figures))
        else:
            _approve(community, replace(rule, rehearsed=figures, approved_by=approve), pasts)


def _note(stack: Stack, community: str, household: str | None, now: datetime) -> None:
    """Write down, before anything is shown, whose homes' past somebody looks at: of one home, or of all."""
    from chalicelib import wiring

    living = wiring.registry.resident_store().ids_of_household(community, household) if household else []
    if living or not household:
        wiring.privacy.access_log().note_operator(
            community, stack.operator(), frozenset({Part.HISTORY}), residents=living, now=now
        )


def _pasts(community: str, household: str | None, now: datetime) -> list[Past]:
    """What is known of the homes that have sensors, or of one. Raises RefusedError where there are none."""
    real = _real(community, since=now - KEPT)
    found = {home: sensors for home, sensors in _sensors(community).items() if household in (None, home)}
    devices = track(list(found.items()), "reading", console=stderr)
    pasts = [_past(community, home, sensors, real, now=now) for home, sensors in devices]
    if not pasts:
        whose = f"'{household}'" if household else f"No home of '{community}'"
        raise RefusedError(f"{whose} has no meter or sensor yet; there is nothing to rehearse.")
    return pasts


def _proposed(
    community: str, pasts: Sequence[Past], by: WatchedBy, budget: Budget, now: datetime
) -> RoutineRule:
    """The rule that would hold, with what the homes had in common before the rehearsed days."""
    from chalicelib import wiring

    priors = community_priors(pasts, wiring.watch.calendar(community), until=now - REHEARSED)
    return RoutineRule(by, budget, priors[HOUR], "", now, others=priors)


def _replayed(
    community: str, pasts: Sequence[Past], rule: RoutineRule, budget: Budget | None, now: datetime
) -> list[Rehearsed]:
    """The homes by these budgets; without any by their own, or by the rule's."""
    from chalicelib import wiring

    calendar, budgets = wiring.watch.calendar(community), wiring.watch.budgets()
    return [
        rehearse(
            past,
            budget or budgets.get(community, past.household).budget or rule.budget,
            rule.prior_for(past.mix.step),
            calendar,
            since=now - REHEARSED,
        )
        for past in track(pasts, "rehearsing", console=stderr)
    ]


def _sensors(community: str) -> dict[str, list[Device]]:
    """What tells of a life, by household: no revoked device, and none that nobody agreed to."""
    from chalicelib import wiring

    found: dict[str, list[Device]] = {}
    for device in sorted(wiring.registry.store().devices(community), key=lambda d: (d.household, d.id)):
        if sensor(device) is not None and device.revoked_at is None and not device.withheld:
            found.setdefault(device.household, []).append(device)
    return found


def _past(
    community: str,
    household: str,
    devices: Sequence[Device],
    real: Mapping[str, Sequence[Found]],
    *,
    now: datetime,
) -> Past:
    from chalicelib import wiring

    home = wiring.registry.store().household(community, household)
    chunks = {d.id: wiring.telemetry.series().between(d.id, now - KEPT, now) for d in devices}
    numbers = effective(wiring.registry.community(community), home) if home else FOUNDING
    rule = StillWater(timedelta(minutes=numbers.window_minutes or 0), numbers.least_litres or 0)
    water = [chunk.every for found in chunks.values() for chunk in found if chunk.kind is Kind.WATER_METER]
    sensors = tuple(one for d in devices if (one := sensor(d)))
    stays = wiring.watch.absences().stays(community, household)
    told = Told(sensors, {name: merged(found) for name, found in chunks.items()}, stays)
    every = timedelta(seconds=max(water, default=3600))
    since = wiring.watch.lived_in_since(
        community, household
    )  # what others lived there before is no past of it
    found_here = [one for one in real.get(household, ()) if epoch(one.began) >= since]
    return Past(household, told.since(since), every, rule, now, found_here)


def _real(community: str, *, since: datetime) -> dict[str, list[Found]]:
    """Real outcomes since a moment, by household: what was a task tells nothing of a silence."""
    from chalicelib import wiring

    found: dict[str, list[Found]] = {}
    after = None
    while True:
        alarms, page = wiring.alarms.desk().page(community, is_open=False, limit=100, after=after)
        for alarm in alarms:
            real = alarm.outcome is not None and alarm.outcome.verdict is Verdict.REAL and not alarm.drill
            if real and alarm.severity < TASK and alarm.raised_at >= since:
                ended = alarm.resolved_at or alarm.raised_at
                one = Found(alarm.began_at, ended, by_silence=alarm.kind in INACTIVITY)
                found.setdefault(alarm.household, []).append(one)
        if (after := page.after) is None:
            return found


def _row(home: Rehearsed) -> dict[str, Any]:
    remark = "" if home.is_ready else f"ready in {home.missing_days} days"
    return {
        "household": home.household,
        "known_days": home.known_days,
        "visits_now": len(home.founding),
        "visits_then": len(home.knocks if home.is_ready else home.founding),
        "check_calls": len(home.checks) if home.is_ready else 0,
        "missed": ", ".join(rfc3339(real.at) for real in home.missed),
        "remark": remark,
    }


def _told(figures: dict[str, int]) -> str:
    homes = figures["homes"]
    now, then = (per_year(figures[name], homes) for name in ("visits_now", "visits_then"))
    return (
        f"{figures['days']} days, {homes} homes, {figures['homes_ready']} of them with enough past;"
        " by the founding rule until they are ready.\n"
        f"Visits: {figures['visits_now']} by the rule of today, {figures['visits_then']} by the routine"
        f" ({now:.0f} and {then:.0f} a home and year). Check calls: {figures['check_calls_then']}.\n"
        f"Silences with a real outcome, and nobody sent: {figures['real_outcomes_missed']}.\n"
        "To let it hold: the same with --approve YOUR-ID."
    )


def _held(community: str) -> RoutineRule:
    from chalicelib import wiring

    rule = wiring.watch.rules().get(community)
    if rule is None or rule.by is not WatchedBy.ROUTINE:
        raise RefusedError("A home has budgets of its own where the routine rule holds: approve it first.")
    return rule


def _must_decide_here(community: str, person: str) -> None:
    from chalicelib import wiring

    found = wiring.registry.people().get(community, person)
    if found is None:
        raise RefusedError(f"'{person}' is nobody of this community; a rule is approved by somebody.")
    if found.role is not Role.COORDINATOR:
        raise RefusedError(f"{found.name} is {found.role} here; a rule is approved by a coordinator.")


def _approve_for(community: str, household: str, own: OwnBudget) -> None:
    from chalicelib import wiring

    store = wiring.watch.budgets()
    changed = store.put(community, household, store.get(community, household), own)
    wiring.watch.routine_homes().take_budget(community, household, now=clock.now())
    stderr.print(f"Budget {changed.version} of '{household}' holds, approved by {own.set_by}, and logged.")


def _approve(community: str, rule: RoutineRule, pasts: Sequence[Past]) -> None:
    from chalicelib import wiring

    rules = wiring.watch.rules()
    before = rules.get(community)
    changed = rules.put(community, replace(rule, version=before.version if before else 0))
    watch, now = wiring.watch.routine_homes(), rule.approved_at
    for past in track(pasts, "beginning", console=stderr):
        watch.begin_learned(community, past.household, past.teaches, now=now)
    stderr.print(
        f"Rule {changed.version} of '{community}' holds: {rule.by}; approved by {rule.approved_by}, logged."
    )
