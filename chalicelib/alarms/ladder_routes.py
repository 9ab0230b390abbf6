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
from chalicelib.kernel.errors import NotFoundError

routes = Blueprint(__name__)

Seconds = Annotated[int, Field(ge=0, le=LONGEST_SECONDS)]


class RungAsk(Ask):
    """`after` seconds from the ladder's start, these are asked."""

    after: Seconds
    ask: list[Who]


class LadderAsk(Ask):
    """A ladder, times in seconds. `repeats` null: until a human closes."""

    rungs: Annotated[list[RungAsk], Field(max_length=20)]
    set_out_within: Seconds
    arrive_within: Seconds
    repeat_every: Seconds
    repeats: Annotated[int, Field(ge=0, le=100)] | None


class RungView(View):
    after: int
    ask: list[Who]


class LadderView(Versioned):
    """A ladder, times in seconds. Version 0 is the design's own."""

    version: int
    rungs: list[RungView]
    set_out_within: int
    arrive_within: int
    repeat_every: int
    repeats: int | None


@routes.route("/ladders/{severity}", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def read_ladder(call: Plain, severity: str) -> LadderView:
    """The ladder that alarms of a severity climb in this community."""
    number = _severity(severity)
    ladder, version = wiring.alarms.ladders().versioned(call.caller.community, number)
    return _ladder_view(ladder or DEFAULTS[number], version)


@routes.route("/ladders/{severity}", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, body=LadderAsk, if_match=IfMatch.REQUIRED)
def set_ladder(call: Call[NoQuery, LadderAsk], severity: str) -> LadderView:
    """Change a ladder for alarms raised from now on. One that could go silent is refused."""
    asked, community, number = call.body, call.caller.community, _severity(severity)
    _, version = wiring.alarms.ladders().versioned(community, number, consistent=True)
    call.seen.must_be(version)
    ladder = Ladder(
        tuple(Rung(rung.after, tuple(rung.ask)) for rung in asked.rungs),
        asked.set_out_within, asked.arrive_within, asked.repeat_every, asked.repeats,
    )  # fmt: skip
    return _ladder_view(ladder, wiring.alarms.ladders().put(community, number, ladder, follows=version))


def _severity(text: str) -> int:
    if text not in ("1", "2", "3"):
        raise NotFoundError("There are ladders for severity 1, 2 and 3.")
    return int(text)


def _ladder_view(ladder: Ladder, version: int) -> LadderView:
    return LadderView(
        version=version,
        rungs=[RungView(after=rung.after, ask=list(rung.ask)) for rung in ladder.rungs],
        set_out_within=ladder.set_out_within,
        arrive_within=ladder.arrive_within,
        repeat_every=ladder.repeat_every,
        repeats=ladder.repeats,
    )
