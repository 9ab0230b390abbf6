"""How alarms are kept.

The alarm, its append-only log beside it, and one claim per open alarm, home and kind.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from chalicelib.alarms.items import (
    KEPT,
    alarm_item,
    alarm_pk,
    claim,
    claimed,
    home_pk,
    listing_of,
    log_item,
    number_of,
    stored_alarm,
    stored_entry,
)
from chalicelib.alarms.ladder import Ladder
from chalicelib.alarms.logbook import ERASED
from chalicelib.alarms.model import Alarm, LogEntry
from chalicelib.alarms.packing import packed_ladder, unpacked_ladder
from chalicelib.alarms.proof import proof_item
from chalicelib.aws.items import Item
from chalicelib.aws.tables import ABSENT, NEW, TRANSACTION, Ask, Delete, Page, Put, Table, Write, every_item
from chalicelib.kernel.clock import epoch
from chalicelib.watch.deadlines import DeadlineStore, Due
from chalicelib.watch.model import ConcernKind

A_DAY = 86_400
"""In seconds: what goes by itself goes within about so long anyway."""
ALARM = "alarm"
"""The sort key of an alarm, and the kind of its deadline."""


class AlarmStore:
    """Alarms and their logs. A change and its log line are written together or not at all."""

    def __init__(
        self, table: Table, *, shards: int = 1, keep: Callable[[str], timedelta] = lambda _: KEPT
    ) -> None:
        self._table = table
        self._deadlines = DeadlineStore(table, shards=shards)
        self._keep = keep

    def _item(self, alarm: Alarm) -> Item:
        """An open alarm waits in the index for its next moment: state, rung and moment are one write."""
        waits = {}
        if alarm.climb is not None:
            waits = self._deadlines.item(Due(alarm_pk(alarm.id), ALARM, alarm.climb.next_at))
        return {**alarm_item(alarm), **waits, "expires": self._expires(alarm)}

    def _expires(self, alarm: Alarm) -> int | None:
        """When a closed alarm is forgotten, as the community wishes; an open one never is."""
        if alarm.is_open or alarm.resolved_at is None:
            return None
        return epoch(alarm.resolved_at + self._keep(alarm.community))

    def create(self, alarm: Alarm, entry: LogEntry) -> None:
        """Write a new alarm.

        Raises ExpectationError when it exists, or its home has an open one of its kind.
        """
        self._table.write_all(
            [Put(self._item(alarm), NEW), claim(alarm), Put(log_item(alarm, 1, entry), NEW)]
        )

    def change(self, alarm: Alarm, entry: LogEntry, *, lines: int, reopens: bool = False) -> None:
        """Write an alarm's next version.

        Raises ExpectationError when it moved on since it was read, or when it is reopened and its home has
        another open one of its kind.
        """
        writes: list[Write] = [
            Put(self._item(alarm), {"version": alarm.version - 1}),
            Put(log_item(alarm, lines + 1, entry), NEW),
        ]
        if reopens:
            writes.append(claim(alarm))
        if not alarm.is_open:
            writes.append(
                Delete(
                    home_pk(alarm.community, alarm.household),
                    claimed(alarm.kind, alarm.drill),
                    {"alarm": alarm.id},
                )
            )
            if (proof := proof_item(alarm)) is not None:
                writes.append(Put(proof))
        self._table.write_all(writes)
        if not alarm.is_open:
            self._let_log_expire(alarm)

    def _let_log_expire(self, alarm: Alarm) -> None:
        """The log goes with its alarm: those of its lines that don't go within a day of it anyway, in few
        calls, however long it is. Should this be left undone, it goes by the usual time of its lines.
        """
        expires = self._expires(alarm) or 0
        others = [item for item in self._lines(alarm.id) if abs(item["expires"] - expires) > A_DAY]
        writes: list[Write] = [Put({**item, "expires": expires}) for item in others]
        for start in range(0, len(writes), TRANSACTION):
            self._table.write_all(writes[start : start + TRANSACTION])

    def strip(self, alarm: Alarm) -> None:
        """Keep of a closed alarm what statistics need: kind, severity, times, verdict. Who it was about, and
        who said what, go. Again changes nothing. Raises ExpectationError when it moved on.
        """
        outcome = replace(alarm.outcome, note="") if alarm.outcome else None
        bare = replace(
            alarm, household=ERASED, evidence={}, asked=(), linked_to=None, outcome=outcome,
            acknowledged_by=alarm.acknowledged_by and ERASED, resolved_by=alarm.resolved_by and ERASED,
            version=alarm.version + 1,
        )  # fmt: skip
        for item in self._lines(alarm.id):
            told = replace(stored_entry(item), note="", by=ERASED, on_behalf_of=None)
            bare_line = log_item(alarm, number_of(item), told)
            self._table.write(Put({**bare_line, "expires": self._expires(alarm)}))
        self._table.write(Put(self._item(bare), {"version": alarm.version}))

    def remark(self, alarm: Alarm, entry: LogEntry, *, lines: int) -> None:
        """Add a line to the log alone. Raises ExpectationError when another line came first."""
        self._table.write(Put(log_item(alarm, lines + 1, entry), NEW))

    def get(self, alarm_id: str, *, consistent: bool = False) -> Alarm | None:
        """An alarm by its id."""
        item = self._table.get(alarm_pk(alarm_id), "alarm", consistent=consistent)
        return stored_alarm(item) if item else None

    def log(self, alarm_id: str) -> list[LogEntry]:
        """An alarm's log, oldest first."""
        return [stored_entry(item) for item in self._lines(alarm_id)]

    def lines(self, alarm_id: str) -> int:
        """How many lines an alarm's log has; one small read, however many they are."""
        ask = Ask(alarm_pk(alarm_id), first="log#", last="log$", newest_first=True, limit=1, consistent=True)
        return max(map(number_of, self._table.query(ask).items), default=0)

    def _lines(self, alarm_id: str) -> list[Item]:
        return every_item(self._table, Ask(alarm_pk(alarm_id), first="log#", last="log$", consistent=True))

    def with_log(self, alarm_id: str) -> tuple[Alarm | None, list[LogEntry]]:
        """An alarm and its log, oldest first, in one read; consistent."""
        items = {
            item["sk"]: item for item in every_item(self._table, Ask(alarm_pk(alarm_id), consistent=True))
        }
        alarm = items.get(ALARM)
        lines = [stored_entry(item) for sk, item in items.items() if sk.startswith("log#")]
        return stored_alarm(alarm) if alarm else None, lines

    def get_many(self, alarm_ids: Sequence[str]) -> list[Alarm]:
        """Those of several alarms that exist, newest first; they may be a moment old."""
        found = self._table.get_many([(alarm_pk(each), "alarm") for each in alarm_ids]) if alarm_ids else []
        return sorted((stored_alarm(item) for item in found), key=lambda alarm: alarm.raised_at, reverse=True)

    def open_of(self, community: str, household: str, *, consistent: bool = True) -> list[str]:
        """The ids of a home's open alarms."""
        ask = Ask(home_pk(community, household), first="open#", last="open$", consistent=consistent)
        return [item["alarm"] for item in every_item(self._table, ask)]

    def open_alarms(self, community: str, household: str) -> list[Alarm]:
        """A home's open alarms; consistent."""
        found = [self.get(each, consistent=True) for each in self.open_of(community, household)]
        return [alarm for alarm in found if alarm is not None]

    def open_one(self, community: str, household: str, kind: ConcernKind, drill: bool = False) -> str | None:
        """The id of a home's open alarm of a kind. A drill stands beside a real one and never hides it."""
        item = self._table.get(home_pk(community, household), claimed(kind, drill), consistent=True)
        return str(item["alarm"]) if item else None

    def page(
        self, community: str, *, is_open: bool, limit: int, after: Item | None
    ) -> tuple[list[Alarm], Page]:
        """A page of a community's open or closed alarms, newest first, and the page itself for its
        position."""
        ask = Ask(listing_of(community, is_open), by="alarms", newest_first=True, limit=limit, after=after)
        page = self._table.query(ask)
        return [stored_alarm(item) for item in page.items], page

    def beside(self, alarm: Alarm) -> list[Alarm]:
        """The other open alarms of its home; consistent."""
        others = [i for i in self.open_of(alarm.community, alarm.household) if i != alarm.id]
        found = [self.get(i, consistent=True) for i in others]
        return [other for other in found if other is not None and other.is_open]


class LadderStore:
    """The ladders that communities set for themselves, by severity."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, community: str, severity: int) -> Ladder | None:
        """A community's own ladder; None means the design's."""
        return self.versioned(community, severity)[0]

    def versioned(
        self, community: str, severity: int, *, consistent: bool = False
    ) -> tuple[Ladder | None, int]:
        """A community's own ladder and its version; None at version 0 means the design's."""
        item = self._table.get(f"ladders#{community}", str(severity), consistent=consistent)
        return (unpacked_ladder(json.loads(item["ladder"])), item.get("version", 0)) if item else (None, 0)

    def put(self, community: str, severity: int, ladder: Ladder, *, follows: int | None = None) -> int:
        """Set a ladder; alarms that are raised from now on climb it. Returns its version.

        `follows` is the version that it replaces, by default whatever there is. Raises RefusedError if it
        isn't sound, ExpectationError when another came first.
        """
        text = json.dumps(packed_ladder(ladder.must_be_sound(severity)))
        if follows is None:
            follows = self.versioned(community, severity, consistent=True)[1]
        key = {"pk": f"ladders#{community}", "sk": str(severity)}
        self._table.write(
            Put({**key, "ladder": text, "version": follows + 1}, {"version": follows or ABSENT})
        )
        return follows + 1
