"""Series and quarantine over HTTP."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.cursors import cursor, position
from chalicelib.http.endpoint import AnyCall, Call, Instant, PageQuery, View, When, endpoint
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import STAFF, Role
from chalicelib.kernel.clock import epoch, from_epoch, rfc3339
from chalicelib.kernel.errors import NotFoundError, RefusedError
from chalicelib.kernel.sight import Part
from chalicelib.registry.model import Kind
from chalicelib.telemetry.model import Reason, Sample, merged, utc_day
from chalicelib.telemetry.store import days

routes = Blueprint(__name__)

LONGEST_RANGE = timedelta(days=90)
WHO_SEES_SERIES = STAFF | {Role.RESIDENT, Role.KIN}
"""Kin only what the resident opened to them."""


class ReadingsQuery(PageQuery):
    """From `since` (default: a day before `until`) to `until` (default: now), both RFC 3339 and included."""

    since: When | None = None
    until: When | None = None
    limit: Annotated[int, Field(ge=1, le=100, description="So many at most.")] = 100


class ReadingView(View):
    """A sample: when, and the fields of its kind with their units in their names."""

    at: Instant
    fields: dict[str, Any]


class ReadingPage(View):
    device: str
    kind: Kind
    items: list[ReadingView]
    next_cursor: str | None


class RefusedView(View):
    """A refused message: `reason` in one word, `detail` in a sentence, `raw` as the device sent it.

    Both are empty, and `opened` is false, when what the device says wasn't opened to staff.
    """

    received_at: Instant
    device: str
    client_id: str
    reason: Reason
    detail: str
    size_bytes: int
    raw: str
    opened: bool


class QuarantinePage(View):
    """Refused messages, and how many there were today (UTC) by `reason`."""

    today: dict[str, int]
    items: list[RefusedView]
    next_cursor: str | None


@routes.route("/devices/{device_id}/readings", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=WHO_SEES_SERIES, sees=wiring.sight.a_device(Part.SERIES), query=ReadingsQuery)
def list_readings(call: Call[ReadingsQuery, None], device_id: str) -> ReadingPage:
    """A device's samples in a range, in time order; none of somebody who lived there before."""
    query, key = call.query, wiring.ground.cursor_key()
    device = wiring.registry.store().device(call.caller.community, device_id)
    if device is None:
        raise NotFoundError(f"There is no device '{device_id}'.")
    since, until = _range(query, call.now)
    scope = f"readings/{call.caller.community}/{device_id}/{epoch(until)}"
    if query.cursor:
        since = from_epoch(position(query.cursor, scope=_scope(scope, query), key=key)["since"])
    since = max(since, wiring.sight.told_since(call.caller, device.household, call.sight))
    samples = _samples(device_id, since, until, limit=query.limit + 1)
    shown, more = _whole_instants(samples, query.limit)
    return ReadingPage(
        device=device_id,
        kind=device.kind,
        items=[_reading(sample) for sample in shown],
        next_cursor=cursor({"since": more}, scope=_scope(scope, query), key=key) if more else None,
    )


@routes.route("/quarantine", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, query=PageQuery)
def list_quarantine(call: Call[PageQuery, None]) -> QuarantinePage:
    """The community's refused messages with their reasons, newest first; a look at the homes they are of."""
    query, key, community = call.query, wiring.ground.cursor_key(), call.caller.community
    scope = f"quarantine/{community}"
    after = position(query.cursor, scope=scope, key=key) if query.cursor else None
    page = wiring.telemetry.quarantine().page(community, limit=query.limit, after=after)
    closed = _closed(page.items, call)
    return QuarantinePage(
        today=wiring.telemetry.quarantine().counts(community, utc_day(epoch(call.now))),
        items=[_refused(item, opened=not closed & _speakers(item)) for item in page.items],
        next_cursor=cursor(page.after, scope=scope, key=key) if page.after else None,
    )


def _range(query: ReadingsQuery, now: datetime) -> tuple[datetime, datetime]:
    until = query.until or now
    since = query.since or until - timedelta(days=1)
    if not timedelta(0) <= until - since <= LONGEST_RANGE:
        raise RefusedError(
            f"`since` is at most {LONGEST_RANGE.days} days before `until`.",
            pointer="/since",
            zh=f"since 最多比 until 早 {LONGEST_RANGE.days} 天。",
        )
    return since, until


def _scope(scope: str, query: ReadingsQuery) -> str:
    return scope if query.until else scope.rpartition("/")[0]


def _samples(device: str, since: datetime, until: datetime, *, limit: int) -> list[Sample]:
    """Day by day until there are enough; all samples of the last instant are among them."""
    first, last = epoch(since), epoch(until)
    found: list[Sample] = []
    for day in days(since, until):
        found += [s for s in merged(wiring.telemetry.series().day(device, day)) if first <= s["at"] <= last]
        if len(found) > limit:
            break
    return found


def _whole_instants(samples: list[Sample], limit: int) -> tuple[list[Sample], int | None]:
    """A page of samples that never cuts an instant in two, and the instant at which the next page begins."""
    if len(samples) <= limit:
        return samples, None
    begins = samples[limit]["at"]
    shown = [s for s in samples[:limit] if s["at"] < begins]
    if shown:
        return shown, begins
    together = [s for s in samples if s["at"] == begins]
    rest = [s for s in samples if s["at"] > begins]
    return together, rest[0]["at"] if rest else begins + 1  # later days may not have been read yet


def _reading(sample: Sample) -> ReadingView:
    fields = {name: value for name, value in sample.items() if name != "at"}
    return ReadingView(at=rfc3339(from_epoch(sample["at"])), fields=fields)


def _speakers(item: dict[str, Any]) -> set[str]:
    """Whose message it is: the device that it names, and the one that sent it."""
    return {item["device"], item["client_id"]}


def _closed(items: Sequence[dict[str, Any]], call: AnyCall) -> set[str]:
    """The devices of which the caller may see no figures. To see those of others is a look at their home."""
    closed, seen = set(), []
    for device in sorted({each for item in items for each in _speakers(item)}):
        try:
            sight = wiring.sight.relations().of_device(call.caller, device)
        except NotFoundError:
            continue  # it is in nobody's home
        if sight.shows(Part.SERIES):
            seen.append(sight)
        else:
            closed.add(device)
    for sight in dict.fromkeys(replace(one, parts=frozenset({Part.SERIES})) for one in seen):
        wiring.privacy.access_log().note(call.caller, sight, now=call.now)
    return closed


def _refused(item: dict[str, Any], *, opened: bool) -> RefusedView:
    return RefusedView(
        received_at=rfc3339(from_epoch(int(item["sk"].partition("#")[0]))),
        device=item["device"],
        client_id=item["client_id"],
        reason=Reason(item["reason"]),
        detail=item["detail"] if opened else "",
        size_bytes=item["size"],
        raw=item["raw"] if opened else "",
        opened=opened,
    )
