"""Drills over HTTP: when it was last proven that a press is answered, and how a community drills."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.alarms.proof import Proof
from chalicelib.http.cursors import cursor, position
from chalicelib.http.endpoint import (
    Ask,
    Call,
    IfMatch,
    Instant,
    NoQuery,
    PageQuery,
    Plain,
    Versioned,
    View,
    endpoint,
)
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import COORDINATORS, STAFF
from chalicelib.kernel.clock import rfc3339
from chalicelib.onekey.drill_plan import DAYS, DrillRules, Plan, Whose
from chalicelib.onekey.drills import newest

routes = Blueprint(__name__)

RUNS_FOR = timedelta(hours=1)
"""A drill is over after this, answered or not."""
PROVES_FOR = timedelta(days=40)
"""A month, and some days for a drill that had to wait."""


class DrillStanding(StrEnum):
    """Whether a press would be answered, as far as drills tell."""

    PROVEN = "proven"
    WAITING = "waiting"
    MISSED = "missed"


class DrillView(View):
    """A resident's or a team's monthly drill.

    `last_proven_at` is when a drill or a test press was last answered, by whom and after how many seconds.
    `standing`: proven; waiting for the first; or missed, when the last one proved nothing.
    """

    of: Whose
    id: str
    household: str | None
    standing: DrillStanding
    last_proven_at: Instant | None
    proven_by: str | None
    answered_in_seconds: int | None
    last_drilled_at: Instant | None
    next_drill_at: Instant


class DrillPage(View):
    items: list[DrillView]
    next_cursor: str | None


class DrillRulesAsk(Ask):
    """Whether drills take place, and on which day of the month (1 to 28; null: spread over the month)."""

    on: bool
    day: Annotated[int, Field(ge=1, le=DAYS)] | None = None


class DrillRulesView(Versioned):
    """Whether drills take place, and on which day of the month; null: spread over the month."""

    on: bool
    day: int | None


@routes.route("/drills", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, query=PageQuery)
def list_drills(call: Call[PageQuery, None]) -> DrillPage:
    """The community's drills, residents first, by id, each with its last proof."""
    query, community, key = call.query, call.caller.community, wiring.ground.cursor_key()
    scope = f"drills/{community}"
    after = position(query.cursor, scope=scope, key=key) if query.cursor else None
    plans, page = wiring.onekey.drill_book().page(community, limit=query.limit, after=after)
    more = cursor(page.after, scope=scope, key=key) if page.after else None
    wiring.sight.listed(call.caller, [plan.id for plan in plans if plan.of is Whose.RESIDENT], call.now)
    return DrillPage(items=drill_views(community, plans, call.now), next_cursor=more)


@routes.route("/drills/rules", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def read_drill_rules(call: Plain) -> DrillRulesView:
    """How the community drills."""
    return _rules_view(*wiring.onekey.drill_book().rules(call.caller.community))


@routes.route("/drills/rules", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, body=DrillRulesAsk, if_match=IfMatch.REQUIRED)
def set_drill_rules(call: Call[NoQuery, DrillRulesAsk]) -> DrillRulesView:
    """Change how the community drills. Each drill follows when it is next due, within a month."""
    community, rules = call.caller.community, DrillRules(call.body.on, call.body.day)
    _, version = wiring.onekey.drill_book().rules(community)
    call.seen.must_be(version)
    return _rules_view(rules, wiring.onekey.drill_book().put_rules(community, rules, follows=version))


def drill_views(community: str, plans: list[Plan], now: datetime) -> list[DrillView]:
    """Plans, each with its last proof: one read for all."""
    keys = [key for plan in plans for key in plan.proofs]
    proofs = wiring.onekey.proofs().of_many(community, keys)
    return [_view(plan, newest([proofs[k] for k in plan.proofs if k in proofs]), now) for plan in plans]


def _view(plan: Plan, proof: Proof | None, now: datetime) -> DrillView:
    return DrillView(
        of=plan.of,
        id=plan.id,
        household=plan.household or None,
        standing=_standing(plan, proof, now),
        last_proven_at=rfc3339(proof.at) if proof else None,
        proven_by=proof.by if proof else None,
        answered_in_seconds=proof.seconds if proof else None,
        last_drilled_at=rfc3339(plan.drilled_at) if plan.drilled_at else None,
        next_drill_at=rfc3339(plan.due_at),
    )


def _standing(plan: Plan, proof: Proof | None, now: datetime) -> DrillStanding:
    drilled = plan.drilled_at
    if proof is not None and (drilled is None or proof.at >= drilled) and now - proof.at <= PROVES_FOR:
        return DrillStanding.PROVEN
    if drilled is not None and now - drilled < RUNS_FOR:
        return DrillStanding.WAITING
    return DrillStanding.WAITING if drilled is None and proof is None else DrillStanding.MISSED


def _rules_view(rules: DrillRules, version: int) -> DrillRulesView:
    return DrillRulesView(on=rules.on, day=rules.day, version=version)
