"""A community's ladders over HTTP."""

from typing import Annotated

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.alarms.ladder import DEFAULTS, Ladder, Rung, Who
from chalicelib.http.endpoint import Ask, Call, NoQuery, Plain, View, endpoint
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import COORDINATORS, STAFF
from chalicelib.kernel.errors import NotFoundError

routes = Blueprint(__name__)


class RungAsk(Ask):
    """`after` seconds from the ladder's start, these are asked."""

    after: int
    ask: list[Who]


class LadderAsk(Ask):
    """A ladder, times in seconds. `repeats` null: until a human closes."""

    rungs: Annotated[list[RungAsk], Field(max_length=20)]
    set_out_within: int
    arrive_within: int
    repeat_every: int
    repeats: Annotated[int, Field(ge=0, le=100)] | None


class RungView(View):
    after: int
    ask: list[Who]


class LadderView(View):
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
    return _ladder_view(wiring.alarms.ladders().get(call.caller.community, number) or DEFAULTS[number])


@routes.route("/ladders/{severity}", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, body=LadderAsk)
def set_ladder(call: Call[NoQuery, LadderAsk], severity: str) -> LadderView:
    """Change a ladder for alarms raised from now on. One that could go silent is refused."""
    asked = call.body
    ladder = Ladder(
        tuple(Rung(rung.after, tuple(rung.ask)) for rung in asked.rungs),
        asked.set_out_within, asked.arrive_within, asked.repeat_every, asked.repeats,
    )  # fmt: skip
    wiring.alarms.ladders().put(call.caller.community, _severity(severity), ladder)
    return _ladder_view(ladder)


def _severity(text: str) -> int:
    if text not in ("1", "2", "3"):
        raise NotFoundError("There are ladders for severity 1, 2 and 3.")
    return int(text)


def _ladder_view(ladder: Ladder) -> LadderView:
    return LadderView(
        rungs=[RungView(after=rung.after, ask=list(rung.ask)) for rung in ladder.rungs],
        set_out_within=ladder.set_out_within,
        arrive_within=ladder.arrive_within,
        repeat_every=ladder.repeat_every,
        repeats=ladder.repeats,
    )
