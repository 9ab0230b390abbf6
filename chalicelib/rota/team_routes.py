"""Teams over HTTP: who serves which grid, by day or by night, and in which order."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Annotated

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.endpoint import (
    AnyCall,
    Ask,
    Call,
    Creates,
    IfMatch,
    NoQuery,
    Plain,
    Versioned,
    View,
    endpoint,
)
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import COORDINATORS, STAFF
from chalicelib.kernel.errors import ConflictError, NotFoundError
from chalicelib.kernel.ids import ID_PATTERN
from chalicelib.registry.office_views import RemovedView
from chalicelib.rota.hours import Days, Period
from chalicelib.rota.model import COMMON, Cycle, Rotation, Team
from chalicelib.rota.service import Seen
from chalicelib.rota.views import WHOLE, Id, People

routes = Blueprint(__name__)


class RotationModel(Ask):
    """Who begins, in turn: the first of `order` on `starts`, the next `every_days` later."""

    order: Annotated[People, Field(min_length=1)]
    starts: date
    every_days: Annotated[int, Field(ge=1, le=366)] = 1


class CycleModel(Ask):
    """Teams take turns: the `place`-th (from 0) of `of`, for `every_days` each, counted from `starts`."""

    starts: date
    every_days: Annotated[int, Field(ge=1, le=366)]
    of: Annotated[int, Field(ge=1, le=100)]
    place: Annotated[int, Field(ge=0, le=99)]


class TeamAsk(Ask):
    """A team: its grid (`-` for the whole community), when it serves, and its members in order."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    grid: Id
    period: Period
    days: Days = Days.ALL
    leader: Annotated[str, Field(max_length=40)] = ""
    members: Annotated[People, Field(min_length=1)]
    backup: Annotated[str, Field(max_length=40)] = ""
    rotations: Annotated[tuple[RotationModel, ...], Field(max_length=10)] = ()
    cycle: CycleModel | None = None


class NewTeamAsk(TeamAsk):
    id: Annotated[str, Field(pattern=ID_PATTERN)]


class RotationView(View):
    order: list[str]
    starts: date
    every_days: int


class CycleView(View):
    starts: date
    every_days: int
    of: int
    place: int


class TeamView(Versioned):
    """A team. `version` is a number made of all it says: the same words, the same number."""

    version: int
    id: str
    name: str
    grid: str
    period: Period
    days: Days
    leader: str
    members: list[str]
    backup: str
    rotations: list[RotationView]
    cycle: CycleView | None


class TeamList(View):
    items: list[TeamView]


@routes.route("/teams", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def list_teams(call: Plain) -> TeamList:
    """The community's teams."""
    return TeamList(items=[_view(team) for team in wiring.rota.rota().teams(call.caller.community)])


@routes.route("/teams", methods=["POST"], authorizer=signed_in)
@endpoint(
    routes, may=COORDINATORS, sees=COMMUNITYS, body=NewTeamAsk,
    creates=Creates(wiring.http.once, "/v1/teams/{id}"),
)  # fmt: skip
def add_team(call: Call[NoQuery, NewTeamAsk]) -> TeamView:
    """Found a team."""
    _must_be_new(wiring.rota.rota().teams(call.caller.community), call.body.id)
    return _put(call, call.body.id, seen=lambda stood: _must_be_new(stood, call.body.id))


@routes.route("/teams/{team_id}", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def read_team(call: Plain, team_id: str) -> TeamView:
    """A team."""
    return _view(_team(call, team_id))


@routes.route("/teams/{team_id}", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, body=TeamAsk, if_match=IfMatch.REQUIRED)
def change_team(call: Call[NoQuery, TeamAsk], team_id: str) -> TeamView:
    """Replace a team. What was planned and swapped stays."""
    call.seen.must_be(_version(_team(call, team_id)))
    return _put(call, team_id, seen=_as_seen(call, team_id))


@routes.route("/teams/{team_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, if_match=IfMatch.REQUIRED)
def dissolve_team(call: Plain, team_id: str) -> RemovedView:
    """Dissolve a team. Gaps that this leaves are shown by `/v1/rota/warnings`."""
    call.seen.must_be(_version(_team(call, team_id)))
    wiring.rota.rota().remove_team(call.caller.community, team_id, seen=_as_seen(call, team_id))
    return RemovedView(id=team_id)


def _as_seen(call: AnyCall, team_id: str) -> Seen:
    def check(stood: Sequence[Team]) -> None:
        call.seen.must_be(_version(_found(stood, team_id)))

    return check


def _must_be_new(stood: Sequence[Team], team_id: str) -> None:
    if any(team.id == team_id for team in stood):
        raise ConflictError(f"There is a team '{team_id}' already.", zh=f"已经有队伍“{team_id}”了。")


def _put(call: AnyCall, team_id: str, *, seen: Seen) -> TeamView:
    asked: TeamAsk = call.body
    rotations = tuple(Rotation(one.order, one.starts, one.every_days) for one in asked.rotations)
    turns = asked.cycle
    cycle = Cycle(turns.starts, turns.every_days, turns.of, turns.place) if turns else None
    team = Team(
        team_id, asked.name, COMMON if asked.grid == WHOLE else asked.grid, asked.period, asked.leader,
        asked.members, days=asked.days, backup=asked.backup, rotations=rotations, cycle=cycle,
    )  # fmt: skip
    wiring.rota.rota().put_teams(call.caller.community, [team], now=call.now, seen=seen)
    return _view(team)


def _team(call: AnyCall, team_id: str) -> Team:
    return _found(wiring.rota.rota().teams(call.caller.community), team_id)


def _found(teams: Sequence[Team], team_id: str) -> Team:
    found = next((team for team in teams if team.id == team_id), None)
    if found is None:
        raise NotFoundError(f"There is no team '{team_id}'.")
    return found


def _version(team: Team) -> int:
    return int.from_bytes(sha256(repr(team).encode()).digest()[:6])


def _view(team: Team) -> TeamView:
    return TeamView(
        version=_version(team), id=team.id, name=team.name, grid=team.grid or WHOLE, period=team.period,
        days=team.days, leader=team.leader, members=list(team.members), backup=team.backup,
        rotations=[
            RotationView(order=list(one.order), starts=one.starts, every_days=one.every)
            for one in team.rotations
        ],
        cycle=_cycle(team.cycle),
    )  # fmt: skip


def _cycle(cycle: Cycle | None) -> CycleView | None:
    if cycle is None:
        return None
    return CycleView(starts=cycle.starts, every_days=cycle.every, of=cycle.of, place=cycle.place)
