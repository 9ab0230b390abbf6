"""A home's routine over HTTP: why it is looked at when it is, and what its false knocks propose."""

from datetime import datetime
from typing import Annotated

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http import etags
from chalicelib.http.endpoint import AnyCall, Ask, Call, IfMatch, NoQuery, Plain, Versioned, View, endpoint
from chalicelib.http.shapes import Instant
from chalicelib.kernel.caller import COORDINATORS, STAFF
from chalicelib.kernel.clock import epoch, from_epoch, rfc3339
from chalicelib.kernel.errors import NotFoundError, RefusedError
from chalicelib.kernel.sight import Part
from chalicelib.registry.consent import Audience, DataKind, is_open
from chalicelib.registry.model import Kind
from chalicelib.watch.budget_store import OwnBudget
from chalicelib.watch.routine_advice import Change, Proposal, budget_for
from chalicelib.watch.routine_rule import Budget, WatchedBy
from chalicelib.watch.routine_service import Seen
from chalicelib.watch.routine_why import Why, sentence

routes = Blueprint(__name__)
A_HOME = wiring.sight.a_household(Part.STATUS, Part.SERIES)
A_HOMES_DAYS = wiring.sight.a_household(Part.SERIES)
"""How somebody's days go is made of what meters and sensors said, and is seen by whom that is opened to."""
PICTURED = 48


class PicturePoint(View):
    """How many of a hundred such silences still go on at a moment."""

    at: Instant
    percent_still_quiet: int


class SensorView(View):
    """What a home is watched by. `believed_percent` is how far its life signs are believed, by its past; a
    silent one makes the others wait longer.
    """

    device: str
    kind: Kind
    is_silent: bool
    believed_percent: int


class ProposalView(View):
    """A setting that the causes given at the door speak for; somebody decides. `knocks_a_year` is the home's
    own budget once it is accepted; null where people have something to do instead.
    """

    change: Change
    cause: str
    knocks: list[Instant]
    knocks_a_year: int | None


class OwnBudgetView(View):
    """A home's own budgets, and who set them."""

    checks_a_year: int
    knocks_a_year: int
    set_by: str
    set_at: Instant


class RoutineView(Versioned):
    """How a home is watched. `knock_at` is when somebody would be sent if nothing more happened; null, with
    the sentence, while too little is known. `ready` says whether the home's own past suffices, `is_out`
    whether a door was the last to speak, so that the clock stands still. `checks_a_year` and `knocks_a_year`
    are how often silences that mean nothing may ring the phone, or send somebody: the home's `own_budget`,
    else the community's. `version` is the own budget's. What all sensors told together is null, or empty, for
    whom one of them wasn't opened to.
    """

    version: int

    watched_by: WatchedBy
    ready: bool
    days_known: int
    checks_a_year: int | None
    knocks_a_year: int | None
    own_budget: OwnBudgetView | None
    sentence: str | None
    last_life_sign_at: Instant | None
    knock_at: Instant | None
    is_out: bool
    sensors: list[SensorView]
    picture: list[PicturePoint]
    proposals: list[ProposalView]


class BudgetAsk(Ask):
    """How often a year silences that mean nothing may ring the home's phone (`checks_a_year`), and send
    somebody (`knocks_a_year`, no more than calls); both null for the community's.
    """

    checks_a_year: Annotated[int, Field(ge=1, le=365)] | None
    knocks_a_year: Annotated[int, Field(ge=1, le=365)] | None


class DecisionAsk(Ask):
    """Whether a proposal was taken up; either way it is settled."""

    accepted: bool
    note: str = Field("", max_length=500)


@routes.route("/households/{household_id}/routine", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=A_HOMES_DAYS)
def read_routine(call: Plain, household_id: str) -> RoutineView:
    """How a home is watched, why it would be knocked at when it would, and what is proposed for it."""
    return _view(call, household_id)


@routes.route("/households/{household_id}/proposals/{cause}", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=A_HOME, body=DecisionAsk, if_match=IfMatch.REQUIRED)
def settle_proposal(call: Call[NoQuery, DecisionAsk], household_id: str, cause: str) -> RoutineView:
    """Settle a proposal; again changes nothing.

    Accepted, its budget holds at once for this home, and is logged; whatever else it proposes is for people
    to do. If-Match is the routine's ETag: of two proposals
    that were shown at once, the second is read again before it halves what the first has halved.
    """
    community, lessons = call.caller.community, wiring.watch.lessons()
    _must_be(community, household_id)
    proposal = next(
        (p for p in lessons.proposals(community, household_id, now=call.now) if p.cause == cause), None
    )
    if proposal is not None:
        by, accepted = call.caller.name, call.body.accepted
        if accepted:
            _take_up(community, household_id, proposal, by=by, seen=call.seen, now=call.now)
        lessons.settle(community, household_id, proposal, by=by, accepted=accepted, now=call.now)
    return _view(call, household_id)


@routes.route("/households/{household_id}/routine-budget", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=A_HOMES_DAYS, body=BudgetAsk, if_match=IfMatch.REQUIRED)
def set_routine_budget(call: Call[NoQuery, BudgetAsk], household_id: str) -> RoutineView:
    """Give a home budgets of its own, or the community's again. It takes effect at once, and is logged."""
    community, store, asked = call.caller.community, wiring.watch.budgets(), call.body
    _must_be(community, household_id)
    known = store.get(community, household_id)
    call.seen.must_be(known.version)
    if (asked.checks_a_year is None) is not (asked.knocks_a_year is None):
        raise RefusedError(
            "Give both budgets, or null for both.",
            pointer="/knocks_a_year",
            zh="两个次数要么都填，要么都为空。",
        )
    budget = Budget(asked.checks_a_year, asked.knocks_a_year or 0) if asked.checks_a_year else None
    if budget != known.budget:
        store.put(community, household_id, known, OwnBudget(budget, call.caller.name, call.now))
    wiring.watch.routine_homes().take_budget(community, household_id, now=call.now)
    return _view(call, household_id)


def _take_up(
    community: str, household: str, proposal: Proposal, *, by: str, seen: etags.Seen, now: datetime
) -> None:
    """Give the home the budget that a proposal asks for, once. Raises StaleError where another was seen."""
    store, asked_for = wiring.watch.budgets(), {f"{proposal.cause}_until": epoch(max(proposal.knocks))}
    known = store.get(community, household)
    budget = _proposed(community, proposal, known)
    if budget is None:
        return
    if dict(known.rehearsed) != asked_for:  # else this is a second try
        seen.must_be(known.version)
        store.put(community, household, known, OwnBudget(budget, by, now, rehearsed=asked_for))
    wiring.watch.routine_homes().take_budget(community, household, now=now)


def _proposed(community: str, proposal: Proposal, own: OwnBudget) -> Budget | None:
    """The budget that a proposal asks for; none where homes aren't watched by their routine."""
    rule = wiring.watch.rules().get(community)
    if rule is None or rule.by is not WatchedBy.ROUTINE:
        return None
    return budget_for(proposal.change, own.budget or rule.budget)


def _must_be(community: str, household: str) -> None:
    if wiring.registry.store().household(community, household) is None:
        raise NotFoundError(f"There is no household '{household}'.")


def _view(call: AnyCall, household: str) -> RoutineView:
    community, now = call.caller.community, call.now
    _must_be(community, household)
    own = wiring.watch.budgets().get(community, household)
    watch, rule = wiring.watch.routine(), wiring.watch.rules().get(community)
    explained = watch.explain(community, household, now=now)
    seen, known = explained if explained else (None, None)
    routine = seen.routine if seen else None
    opened = _all_open(seen, call.sight.kinds) if seen else True
    told = known if opened else None
    budget = own.budget or (rule.budget if rule else None)
    stands = watch.stands_for(community, household, now=now)
    proposed = wiring.watch.lessons().proposals(community, household, now=now)
    return RoutineView(
        watched_by=WatchedBy.ROUTINE if stands else WatchedBy.STILL_WATER,
        ready=stands,
        days_known=routine.habits.days if routine else 0,
        version=own.version,
        checks_a_year=budget.checks_a_year if budget else None,
        knocks_a_year=budget.knocks_a_year if budget else None,
        own_budget=_own(own),
        sentence=sentence(told, routine.calendar, language=call.language) if told and routine else None,
        last_life_sign_at=rfc3339(from_epoch(told.last_sign_at)) if told else None,
        knock_at=rfc3339(from_epoch(told.deadline)) if told else None,
        is_out=routine is not None and opened and routine.is_out(),
        sensors=_sensors(seen) if seen else [],
        picture=_picture(told) if told else [],
        proposals=[_proposal(each, _proposed(community, each, own)) for each in proposed],
    )


def _all_open(seen: Seen, kinds: frozenset[str]) -> bool:
    """Whether every sensor's kind of data was opened: what they told together says what each of them told."""
    opened = frozenset(map(DataKind, kinds))
    return all(is_open(each.kind, Audience.STAFF, opened) for each in seen.told.sensors)


def _own(own: OwnBudget) -> OwnBudgetView | None:
    if own.budget is None or own.set_at is None:
        return None
    return OwnBudgetView(
        checks_a_year=own.budget.checks_a_year,
        knocks_a_year=own.budget.knocks_a_year,
        set_by=own.set_by,
        set_at=rfc3339(own.set_at),
    )


def _sensors(seen: Seen) -> list[SensorView]:
    silent = {each.id for each in seen.silent}
    return [
        SensorView(
            device=each.id,
            kind=each.kind,
            is_silent=each.id in silent,
            believed_percent=round(seen.routine.trust(each.sense) * 100),
        )
        for each in seen.told.sensors
    ]


def _picture(told: Why) -> list[PicturePoint]:
    points = told.picture[:PICTURED]
    return [
        PicturePoint(at=rfc3339(from_epoch(at)), percent_still_quiet=round(quiet * 100))
        for at, quiet in points
    ]


def _proposal(each: Proposal, budget: Budget | None) -> ProposalView:
    return ProposalView(
        change=each.change,
        cause=each.cause,
        knocks=[rfc3339(at) for at in each.knocks],
        knocks_a_year=budget.knocks_a_year if budget else None,
    )
