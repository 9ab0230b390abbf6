"""What meters and sensors said of a resident's home: told, and erased."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.aws.tables import Ask, Delete, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.holdings import Left, Subject
from chalicelib.telemetry.forgetting import AT_ONCE, SeriesEraser
from chalicelib.telemetry.model import day_name, merged
from chalicelib.telemetry.store import SeriesStore


@dataclass(frozen=True, slots=True)
class SeriesHoldings:
    """The series of the devices of their home. Where others live too, it is theirs as well, and stays."""

    series: SeriesStore
    eraser: SeriesEraser
    name: str = "readings"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """Every sample, by device."""
        return {device: self._samples(device, now) for device in subject.devices}

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Erase some items of one device."""
        place = left.get("device", 0)
        if not subject.alone or place >= len(subject.devices):
            return None
        until = from_epoch(left.get("until", epoch(now)))
        day = left.get("day") or self.eraser.first_day(until)
        go_on = self.eraser.erase(subject.devices[place], day, until)
        if go_on is not None:
            return {"device": place, "day": go_on, "until": epoch(until)}
        return {"device": place + 1, "until": epoch(until)}

    def _samples(self, device: str, now: datetime) -> list[Any]:
        days = self.eraser.days_kept(now)
        return merged([chunk for day in days for chunk in self.series.day(device, day_name(day))])


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
            if item["device"] in subject.devices
        ]

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Look through a page of the community's, and erase what is the home's."""
        if not subject.alone:
            return None
        after = {"pk": subject.community, "sk": left["after"]} if left else None
        page = self.table.query(Ask(subject.community, limit=AT_ONCE, after=after))
        for item in page.items:
            if item["device"] in subject.devices:
                self.table.write(Delete(item["pk"], item["sk"]))
        return {"after": page.after["sk"]} if page.after else None
