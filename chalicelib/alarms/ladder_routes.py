"""A community's ladders over HTTP."""

from typing import Annotated

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.alarms.ladder import DEFAULTS, LONGEST_SECONDS, Ladder, Rung, Who
from chalicelib.http.endpoint import Ask, Call, IfMatch, NoQuery, Plain, Versioned, View, endpoint
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import COORDINATORS, STAFF

routes = Blueprint(__name__)

Severity = Annotated[int, Field(ge=1, le=3)]
Seconds = Annotated[int, Field(ge=0, le=LONGEST_SECONDS)]


class RungAsk(Ask):
    """So long after the ladder's start, these are asked."""

    after_seconds: Seconds
    ask: list[Who]


class LadderAsk(Ask):
    """A ladder. Who took charge sets out and arrives in time, or others are asked. After its last rung it
    begins anew, `repeats` times; null: until a human closes.
    """

    rungs: Annotated[list[RungAsk], Field(max_length=20)]
    set_out_within_seconds: Seconds
    arrive_within_seconds: Seconds
    repeat_every_seconds: Seconds
    repeats: Annotated[int, Field(ge=0, le=100)] | None


class RungView(View):
    after_seconds: int
    ask: list[Who]


class LadderView(Versioned):
    """A ladder. Version 0 is the usual one, which no community set."""

    version: int
    rungs: list[RungView]
    set_out_within_seconds: int
    arrive_within_seconds: int
    repeat_every_seconds: int
    repeats: int | None


@routes.route("/ladders/{severity}", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def read_ladder(call: Plain, severity: Severity) -> LadderView:
    """The ladder that alarms of a severity climb in this community."""
    ladder, version = wiring.alarms.ladders().versioned(call.caller.community, severity)
    return _ladder_view(ladder or DEFAULTS[severity], version)


@routes.route("/ladders/{severity}", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, body=LadderAsk, if_match=IfMatch.REQUIRED)
def set_ladder(call: Call[NoQuery, LadderAsk], severity: Severity) -> LadderView:
    """Change a ladder for alarms raised from now on. One that could go silent is refused."""
    asked, community = call.body, call.caller.community
    _, version = wiring.alarms.ladders().versioned(community, severity, consistent=True)
    call.seen.must_be(version)
    ladder = Ladder(
        tuple(Rung(rung.after_seconds, tuple(rung.ask)) for rung in asked.rungs),
        asked.set_out_within_seconds, asked.arrive_within_seconds, asked.repeat_every_seconds,
        asked.repeats,
    )  # fmt: skip
    return _ladder_view(ladder, wiring.alarms.ladders().put(community, severity, ladder, follows=version))


def _ladder_view(ladder: Ladder, version: int) -> LadderView:
    return LadderView(
        version=version,
        rungs=[RungView(after_seconds=rung.after, ask=list(rung.ask)) for rung in ladder.rungs],
        set_out_within_seconds=ladder.set_out_within,
        arrive_within_seconds=ladder.arrive_within,
        repeat_every_seconds=ladder.repeat_every,
        repeats=ladder.repeats,
    )
