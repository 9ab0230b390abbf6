"""Telling the coordinator what will go wrong with the rota in the next 14 days: each gap once, and no daily
nagging.

What a change brought about is told at once. What merely came into sight as the days went by, such as one more
night of a team that isn't there, is told once a week: that is still a week before it hurts.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.alarms.errands import Errand, post
from chalicelib.aws.tables import Put, Table
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.ids import digest
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.texts import MessageKind
from chalicelib.registry.people import PeopleStore
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.hours import ONE_DAY, Period
from chalicelib.rota.outlook import RotaWarning, Trouble
from chalicelib.rota.service import AHEAD, Rota
from chalicelib.watch.deadlines import DeadlineStore

WEEK = timedelta(days=7)
TOLD_FOR = timedelta(days=1)
"""So long an outlook is pursued; then the next one is due."""
LONG_AGO = from_epoch(0)
HURTS_SOON = timedelta(days=1)

_WORDS: dict[Trouble, dict[str, str]] = {
    Trouble.GAP: {"zh-CN": "{grid}{start}起没有人值班", "en": "nobody on duty in {grid} from {start}"},
    Trouble.NO_PHONE: {"zh-CN": "{grid}有值班的人没有电话", "en": "{grid}: someone on duty has no phone"},
    Trouble.ON_LEAVE: {"zh-CN": "{grid}有值班的人请了假", "en": "{grid}: someone on duty is on leave"},
    Trouble.NO_DESK: {
        "zh-CN": "值班台还没有人，没人接的求助没有去处",
        "en": "nobody sits at the desk for calls that nobody takes",
    },
    Trouble.NOTHING_RINGS: {
        "zh-CN": "没有设置电话或短信，紧急求助时谁的手机都不会响",
        "en": "no calls and no SMS are set up: in an emergency nobody's phone rings",
    },
    Trouble.NOT_RUNG: {
        "zh-CN": "{grid}有值班的人电话和短信都收不到",
        "en": "{grid}: no call and no SMS reaches someone on duty",
    },
    Trouble.APP_ONLY: {
        "zh-CN": "{grid}有值班的人只能在应用里看到求助",
        "en": "{grid}: someone on duty is reached only by the app",
    },
    Trouble.UNKNOWN: {"zh-CN": "{grid}有值班的人不在名单上", "en": "{grid}: someone on duty is unknown"},
}
_MORE = {"zh-CN": "，还有{count}处", "en": ", and {count} more"}
_WHOLE = {"zh-CN": "全社区", "en": "the community"}


@dataclass(frozen=True, slots=True)
class Told:
    """The troubles that were told of and still are, and up to when all that was in sight was told."""

    at: datetime
    troubles: tuple[RotaWarning, ...] = ()


class RotaOutlook:
    """Looks ahead once a day and after changes, refreshes public holidays, and remembers what was told."""

    def __init__(
        self, rota: Rota, registry: RegistryStore, people: PeopleStore, table: Table, deadlines: DeadlineStore
    ) -> None:
        self._rota = rota
        self._registry = registry
        self._people = people
        self._table = table
        self._deadlines = deadlines

    def tell(self, community: str, *, now: datetime) -> datetime:
        """Tell the coordinators of troubles that they weren't told of; returns when to look again."""
        settings = self._rota.refresh(community, now=now)
        found, known = self._rota.warnings(community, now=now), self._told(community)
        new = [one for one in found if not any(_same(one, other) for other in known.troubles)]
        held = [] if now - known.at >= WEEK else [one for one in new if one.start >= known.at + AHEAD]
        told = [one for one in new if one not in held]
        coordinators = self._coordinators(community)
        for person in coordinators if told else ():
            post(self._deadlines, self._errand(community, person, told, now), now=now)
        if coordinators or not told:
            at = known.at if held or not found else now
            self._remember(community, Told(at, tuple(one for one in found if one not in held)))
        today = now.astimezone(settings.zone).date()
        mornings = (
            settings.hours.shift_on(day, Period.DAY, settings.zone).start for day in (today, today + ONE_DAY)
        )
        return next(morning for morning in mornings if morning > now)

    def _errand(self, community: str, person: str, new: Sequence[RotaWarning], now: datetime) -> Errand:
        names = digest(*sorted(f"{w.trouble}/{w.grid}/{w.person}/{epoch(w.end)}" for w in new))
        severity = 2 if any(w.start - now < HURTS_SOON for w in new) else 3
        return Errand(
            community, person, MessageKind.ROTA, f"rota/{names}/{person}", now + TOLD_FOR, severity=severity,
            place=self._places(community, new), on_duty=False,
        )  # fmt: skip

    def _places(self, community: str, new: Sequence[RotaWarning]) -> dict[str, str]:
        first = new[0]
        zone = self._rota.settings(community).zone
        grids = {grid.id: grid.name for grid in self._registry.grids(community)}
        at = first.start.astimezone(zone)
        start = {"zh-CN": f"{at.month}月{at.day}日{at:%H:%M}", "en": f"{at:%d %b %H:%M}"}
        said = {
            language: _WORDS[first.trouble][language].format(
                grid=grids.get(first.grid, first.grid) or _WHOLE[language], start=start[language]
            )
            for language in LANGUAGES
        }
        if len(new) > 1:
            said = {
                language: text + _MORE[language].format(count=len(new) - 1) for language, text in said.items()
            }
        return said

    def _coordinators(self, community: str) -> Sequence[str]:
        """Who holds the office; while nobody does, everyone in that role."""
        named = self._rota.duties.coordinator(community)
        return named or [p.id for p in self._people.of(community) if p.role is Role.COORDINATOR]

    def _told(self, community: str) -> Told:
        item = self._table.get(*_key(community), consistent=True)
        if item is None:
            return Told(LONG_AGO)
        return Told(from_epoch(item["at"]), tuple(_warning(fields) for fields in json.loads(item["body"])))

    def _remember(self, community: str, told: Told) -> None:
        pk, sk = _key(community)
        fields = [[w.trouble, w.grid, epoch(w.start), epoch(w.end), w.person, w.times] for w in told.troubles]
        body = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        self._table.write(Put({"pk": pk, "sk": sk, "at": epoch(told.at), "body": body}))


def _same(one: RotaWarning, other: RotaWarning) -> bool:
    """Whether two are one trouble: as time goes on, a gap's start or end moves, and so does a person's."""
    alike = (one.trouble, one.grid, one.person) == (other.trouble, other.grid, other.person)
    return alike and (bool(one.person) or (one.start <= other.end and other.start <= one.end))


def _key(community: str) -> tuple[str, str]:
    return f"shift#{community}", "told"


def _warning(fields: Sequence[Any]) -> RotaWarning:
    trouble, grid, start, end, person, times = fields
    return RotaWarning(Trouble(trouble), grid, from_epoch(start), from_epoch(end), person, times)
