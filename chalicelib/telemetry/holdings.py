"""What meters and sensors said of a resident's home: told, and erased."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.items import Item
from chalicelib.aws.tables import Ask, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.holdings import Left, Subject
from chalicelib.registry.stays import FOREVER, Span, within
from chalicelib.telemetry.forgetting import RefusedEraser, SeriesEraser
from chalicelib.telemetry.model import AHEAD, day_name, merged, series_day
from chalicelib.telemetry.store import SeriesStore


@dataclass(frozen=True, slots=True)
class SeriesHoldings:
    """The series of the devices of their home. Where others live too, it is theirs as well, and stays."""

    series: SeriesStore
    eraser: SeriesEraser
    name: str = "readings"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """Every sample, by device, but none of who lived there before them; of past homes those of their time
        there.
        """
        here = {
            device: [sample for sample in self._samples(device, now) if sample["at"] >= subject.since]
            for device in subject.devices
        }
        before = {
            device: [sample for sample in self._samples(device, now) if within(home.spans, sample["at"])]
            for home in subject.past
            for device in home.devices
            if device not in here
        }
        return {**{device: samples for device, samples in before.items() if samples}, **here}

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Erase some items of one device, of one span of their time."""
        place, pieces = left.get("place", 0), _pieces(subject)
        if place >= len(pieces):
            return None
        device, (begins, ends) = pieces[place]
        until = from_epoch(left.get("until", min(ends, epoch(now))))
        day = left.get("day") or max(self.eraser.first_day(until), series_day(begins))
        ahead = AHEAD if ends == FOREVER else timedelta(0)
        go_on = self.eraser.erase(device, day, until, since=begins, ahead=ahead)
        if go_on is not None:
            return {"place": place, "day": go_on, "until": epoch(until)}
        return {"place": place + 1}

    def _samples(self, device: str, now: datetime) -> list[Any]:
        days = self.eraser.days_kept(now)
        return merged([chunk for day in days for chunk in self.series.day(device, day_name(day))])


def _pieces(subject: Subject) -> list[tuple[str, Span]]:
    return [(device, span) for home in subject.homes for device in home.devices for span in home.spans]


@dataclass(frozen=True, slots=True)
class QuarantineHoldings:
    """Messages of the home's devices that were refused and kept."""

    table: Table
    name: str = "refused_messages"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """Those of the home's devices."""
        items = every_item(self.table, Ask(subject.community))
        return [
            {name: value for name, value in item.items() if name not in ("pk", "expires")}
            for item in items
            if _is_of_home(item, subject) or _is_theirs(item, subject)
        ]

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Look through a page of the community's, and erase what is the home's."""
        if not subject.homes:
            return None
        eraser = RefusedEraser(self.table)
        after = eraser.erase(subject.community, left.get("after", ""), lambda item: _is_theirs(item, subject))
        return {"after": after} if after else None


def _is_of_home(item: Item, subject: Subject) -> bool:
    return item["device"] in subject.devices and _received_at(item) >= subject.since


def _received_at(item: Item) -> int:
    return int(item["sk"].partition("#")[0])


def _is_theirs(item: Item, subject: Subject) -> bool:
    at = _received_at(item)
    return any(item["device"] in home.devices and within(home.spans, at) for home in subject.homes)
