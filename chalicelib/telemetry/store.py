"""The time series, and the quarantine for what couldn't be read.

Series: partition `device#day`, sort key of the chunk. Samples are kept as columns, times and registers
as differences, so that a day of hourly readings fits into one read unit.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Any

from pydantic_core import from_json, to_json

from chalicelib.aws.items import Item
from chalicelib.aws.remembered import Remembered
from chalicelib.aws.tables import NEW, Add, Ask, ExpectationError, Page, Put, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.ids import digest
from chalicelib.registry.model import Kind
from chalicelib.telemetry.model import (
    KEPT,
    MAX_PAYLOAD_BYTES,
    Chunk,
    Envelope,
    Reason,
    Sample,
    day_name,
    day_of,
    series_day,
    utc_day,
)

ChunkKey = tuple[str, str]
"""The key of a chunk's item."""

_TELLING = itemgetter("sk", "received_at", "every")
"""What two equal chunks have in common: the sort key tells the samples."""
_DIFFERENCES = ("at", "register_litres", "register_watt_hours")


def packed(samples: Sequence[Sample]) -> str:
    """Samples as one compact JSON object of columns; a field that a sample lacks is null there."""
    names: list[str] = sorted(set().union(*samples))
    columns: dict[str, list[Any]] = {name: [sample.get(name) for sample in samples] for name in names}
    for name in _DIFFERENCES:
        if name in columns and None not in columns[name]:
            whole = columns[name]
            columns[name] = whole[:1] + [b - a for a, b in pairwise(whole)]
        elif name in columns:
            columns[f"={name}"] = columns.pop(name)
    return to_json(columns).decode()


def unpacked(text: str) -> tuple[Sample, ...]:
    """The samples that `packed` packed."""
    columns: dict[str, list[Any]] = from_json(text)
    for name in _DIFFERENCES:
        if name in columns:
            columns[name] = list(accumulate(columns[name]))
        elif f"={name}" in columns:
            columns[name] = columns.pop(f"={name}")
    names = list(columns)
    rows = zip(*columns.values(), strict=True)
    return tuple({n: v for n, v in zip(names, row, strict=True) if v is not None} for row in rows)


class SeriesStore:
    """Chunks of samples, by device and day."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._days: Remembered[tuple[Chunk, ...]] = Remembered(most=256)

    def put_many(self, chunks: Sequence[Chunk]) -> set[ChunkKey]:
        """Store chunks; storing one again changes nothing. Returns the keys of those not taken this time."""
        items = {(item["pk"], item["sk"]): item for item in map(_item, chunks)}
        return {(item["pk"], item["sk"]) for item in self._table.put_many(list(items.values()))}

    def day(self, device: str, day: str, *, consistent: bool = False) -> tuple[Chunk, ...]:
        """All chunks of a device on a day, by their first sample: one query.

        The very same object as before, as long as nothing came.
        """
        items = every_item(self._table, Ask(_partition(device, day), consistent=consistent))
        told = list(map(_TELLING, items))
        return self._days.of((device, day), told, lambda: tuple(map(_chunk, items)))

    def last_heard(self, device: str, *, until: datetime, days: int = 2) -> datetime | None:
        """When the message with the latest first sample came, of those of the last `days` days to `until`."""
        for back in range(days):
            day = day_of(epoch(until - timedelta(days=back)))
            page = self._table.query(Ask(_partition(device, day), newest_first=True, limit=1))
            if page.items:
                return from_epoch(page.items[0]["received_at"])
        return None

    def between(
        self, device: str, since: datetime, until: datetime, *, consistent: bool = False
    ) -> list[Chunk]:
        """The chunks of all days from `since` to `until`, both included: one query per day."""
        return [c for day in days(since, until) for c in self.day(device, day, consistent=consistent)]


def days(since: datetime, until: datetime) -> list[str]:
    """The series' days that an interval touches, in order."""
    return [day_name(n) for n in range(series_day(epoch(since)), series_day(epoch(until)) + 1)]


class QuarantineStore:
    """Messages that were refused, with the reason, kept as long as readings, 90 days at most; and how many,
    by community, day and reason.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, envelope: Envelope, reason: Reason, detail: str, *, keep_days: int = KEPT.days) -> None:
        """Keep a refused message. The same delivery twice is kept, and counted, once."""
        at = epoch(envelope.received_at)
        mark = digest(envelope.device, envelope.client_id, envelope.raw.hex(), length=8)
        item = {
            "pk": envelope.community,
            "sk": f"{at:010d}#{mark}",
            "device": envelope.device,
            "client_id": envelope.client_id,
            "reason": reason.value,
            "detail": detail[:500],
            "size": len(envelope.raw),
            "raw": _readable(envelope.raw[:MAX_PAYLOAD_BYTES]),
            "expires": at + min(keep_days, KEPT.days) * 86400,
        }
        with suppress(ExpectationError):  # delivered before: kept and counted already
            self._table.write(Put(item, NEW))
            # Apart from the message: many refusals at once would make transactions on one counter collide.
            self.count(envelope, reason)

    def count(self, envelope: Envelope, reason: Reason) -> None:
        """Count a refused message without keeping it."""
        day = utc_day(epoch(envelope.received_at))
        self._table.write(Add(f"{envelope.community}#counts", day, {reason.value: 1}))

    def page(self, community: str, *, limit: int, after: Item | None) -> Page:
        """Refused messages of a community, newest first."""
        return self._table.query(Ask(community, newest_first=True, limit=limit, after=after))

    def counts(self, community: str, day: str) -> dict[str, int]:
        """How many messages were refused on a UTC day, by reason."""
        item = self._table.get(f"{community}#counts", day) or {}
        return {name: n for name, n in item.items() if name not in ("pk", "sk")}


def chunk_key(chunk: Chunk) -> ChunkKey:
    """Where a chunk is stored."""
    item = _item(chunk)
    return item["pk"], item["sk"]


def _readable(raw: bytes) -> str:
    """Bytes as text, nothing lost: what isn't UTF-8 is escaped, or all is read as Latin-1 where the escapes
    would outgrow DynamoDB's 400 KB an item.
    """
    text = raw.decode("utf-8", "backslashreplace")
    return text if len(text.encode()) <= 2 * MAX_PAYLOAD_BYTES else raw.decode("latin-1")


def _partition(device: str, day: str) -> str:
    return f"{device}#{day}"


def _item(chunk: Chunk) -> Item:
    """The sort key ends in a digest of the samples, so the same message twice is one item and no other's."""
    at, samples = chunk.samples[0]["at"], packed(chunk.samples)
    return {
        "pk": _partition(chunk.device, day_of(at)),
        "sk": f"{at:010d}#{digest(samples, length=8)}",
        "kind": chunk.kind.value,
        "every": chunk.every,
        "seq": chunk.seq,
        "received_at": epoch(chunk.received_at),
        "samples": samples,
        "expires": at + chunk.keep_days * 86400,
    }


def _chunk(item: Item) -> Chunk:
    return Chunk(
        device=item["pk"].rpartition("#")[0],
        kind=Kind(item["kind"]),
        every=item["every"],
        received_at=from_epoch(item["received_at"]),
        samples=unpacked(item["samples"]),
        seq=item.get("seq"),
    )
