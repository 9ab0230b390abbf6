"""Who sees what: the row rules that routes declare."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache

from chalicelib.alarms.discretion import Discretion
from chalicelib.alarms.home import HomeScreen
from chalicelib.alarms.relations import Relations, narrowed
from chalicelib.http.rows import RowRule
from chalicelib.kernel.caller import Caller
from chalicelib.kernel.clock import from_epoch
from chalicelib.kernel.sight import Part, Relation, Sight
from chalicelib.registry.stays import FOREVER, theirs_since
from chalicelib.wiring import alarms, notify, privacy, registry, watch


@cache
def relations() -> Relations:
    """What callers are to homes."""
    return Relations(
        registry.store(), registry.resident_store(), alarms.store(), privacy.consents(), registry.stays(),
        registry.records(),
    )  # fmt: skip


@cache
def discretion() -> Discretion:
    """Whose alarms are told without figures."""
    return Discretion(registry.store(), registry.resident_store(), privacy.consents())


@cache
def home_screen() -> HomeScreen:
    """The app's home screen."""
    return HomeScreen(
        registry.store(),
        registry.resident_store(),
        alarms.store(),
        notify.inbox(),
        watch.still_water(),
        watch.absences(),
    )


def _noted(caller: Caller, sight: Sight, now: datetime) -> None:
    privacy.access_log().note(caller, sight, now=now)


def listed(caller: Caller, residents: Iterable[str], now: datetime, *, part: Part = Part.STATUS) -> None:
    """Write down that staff saw a list of residents, such as one with their categories and tags."""
    sight = Sight(Relation.COMMUNITY, frozenset({part}), tuple(residents))
    privacy.access_log().note_list(caller, sight, now=now)


def homes_listed(caller: Caller, households: Iterable[str], now: datetime) -> None:
    """Write down that staff saw in a list what became of homes' alarms: of whoever lives there."""
    sight = Sight(Relation.COMMUNITY, frozenset({Part.HISTORY}))
    privacy.access_log().note_list(caller, sight, homes=set(households), now=now)


_SAID = {
    Part.DOOR: "door pack",
    Part.HEALTH: "health notes",
    Part.ACCESS_LOG: "access log",
    Part.EVERYTHING: "whole record",
    Part.SERIES: "readings",
}
"""What parts are called in words."""


def _said(part: Part) -> str:
    return _SAID.get(part, part.value)


def told_since(caller: Caller, household: str, sight: Sight) -> datetime:
    """From when on what a home said is of those who live there now (the residents of the `sight` of it): what
    it said of those before isn't shown to who came after them, nor by these people's consent to anybody.
    """
    stays = registry.stays().of_household(caller.community, household)
    before = [stay for stay in stays if stay.resident not in sight.residents]
    if not before:
        return from_epoch(0)
    there = registry.resident_store().get_many(caller.community, sight.residents)
    return from_epoch(theirs_since(min((one.since for one in there), default=FOREVER), before))


def a_household(needs: Part, *shows: Part) -> RowRule:
    """A home of which the caller sees at least the part `needs`; the route shows `shows` beside it."""
    shown = frozenset({needs, *shows})
    return RowRule(
        f"household:{needs}",
        f"Homes of which the caller sees the {_said(needs)}.",
        lambda caller, path, now: narrowed(
            relations().of_household(caller, path["household_id"]), needs, shown
        ),
        _noted,
    )


def a_home_with_its_record(needs: Part, *shows: Part) -> RowRule:
    """The same rule for a route that shows what must be read for it anyhow: its sight is a HomeSight."""
    shown = frozenset({needs, *shows})
    return replace(
        a_household(needs),
        find=lambda caller, path, now: narrowed(
            relations().of_home(caller, path["household_id"]), needs, shown
        ),
    )


WHOLE = Sight(Relation.COMMUNITY, frozenset(Part))
"""What somebody sees of what they have written just now."""


def a_resident(needs: Part, *shows: Part) -> RowRule:
    """A resident of whom the caller sees at least the part `needs`; the route shows `shows` beside it."""
    shown = frozenset({needs, *shows})
    return RowRule(
        f"resident:{needs}",
        f"Residents of whom the caller sees the {_said(needs)}.",
        lambda caller, path, now: narrowed(
            relations().of_resident(caller, path["resident_id"]), needs, shown
        ),
        _noted,
    )


def an_alarm(needs: Part, *shows: Part, or_closed_by_them: bool = False) -> RowRule:
    """An alarm of a home of which the caller sees at least the part `needs`."""
    shown = frozenset({needs, *shows})
    too = ", and those that they closed themselves" if or_closed_by_them else ""
    return RowRule(
        f"alarm:{needs}",
        f"Alarms of homes of which the caller sees the {_said(needs)}; "
        f"responders while they are on the case{too}.",
        lambda caller, path, now: narrowed(
            relations().of_alarm(caller, path["alarm_id"], or_closed_by_them=or_closed_by_them),
            needs,
            shown,
        ),
        _noted,
    )


def a_device(needs: Part, *shows: Part) -> RowRule:
    """A device in a home of which the caller sees at least the part `needs`."""
    shown = frozenset({needs, *shows})
    return RowRule(
        f"device:{needs}",
        f"Devices of homes of which the caller sees the {_said(needs)}.",
        lambda caller, path, now: narrowed(relations().of_device(caller, path["device_id"]), needs, shown),
        _noted,
    )
