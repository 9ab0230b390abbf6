"""Ingest: from what the IoT rule passed on to the series, or to quarantine with a reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import ShouwangError
from chalicelib.registry.model import Device, Kind
from chalicelib.registry.service import Roster
from chalicelib.telemetry.heard import HeardBook
from chalicelib.telemetry.messages import MAY_BE_URGENT, Message, UnreadableError, is_urgent, parse
from chalicelib.telemetry.model import AHEAD, BEHIND, Chunk, Envelope, Reason, Sample, chunks
from chalicelib.telemetry.store import QuarantineStore, SeriesStore, chunk_key

WRONG_CLOCK = frozenset({Reason.FUTURE_SAMPLE, Reason.OLD_SAMPLE})


class UrgentRules(Protocol):
    """What must happen at once when samples that can't wait come in.

    The alarms capability implements it.
    """

    def happened(
        self, device: Device, samples: Sequence[Sample], *, received_at: datetime, now: datetime
    ) -> None:
        """Act on the urgent samples of one message; acting twice on the same message must be harmless."""

    def unreadable(self, device: Device, message: str, *, received_at: datetime, now: datetime) -> None:
        """Act on a message of a device that speaks only when it is urgent, though it can't be read."""


@dataclass(slots=True)
class Intake:
    """What became of a batch. `failed` are the delivery ids to be delivered again."""

    stored: int = 0
    samples: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


Accepted = tuple[Device, Message, list[Chunk]]
"""A message that was understood, its device, and its parts by day."""


class Ingest:
    """Checks messages and stores them. It knows nothing of watches: a reading costs one write."""

    def __init__(
        self,
        roster: Roster,
        series: SeriesStore,
        quarantine: QuarantineStore,
        heard: HeardBook,
        urgent: UrgentRules,
    ) -> None:
        self._roster = roster
        self._series = series
        self._quarantine = quarantine
        self._heard = heard
        self._urgent = urgent

    def take(self, batch: Mapping[str, Envelope | UnreadableError], *, now: datetime) -> Intake:
        """Take a batch of deliveries, by delivery id.

        Each is stored, refused, or reported as failed, on its own.
        """
        intake = Intake()
        accepted: dict[str, Accepted] = {}
        for delivery, envelope in batch.items():
            try:
                if isinstance(envelope, UnreadableError):
                    raise envelope
                accepted[delivery] = self._read(envelope, now)
            except UnreadableError as error:
                self._refuse(delivery, envelope, error, intake, now)
        self._store(accepted, intake, now)
        return intake

    def _read(self, envelope: Envelope, now: datetime) -> Accepted:
        device = self._known(envelope, now)
        message = parse(envelope.raw)
        if message.kind is not device.kind:
            raise UnreadableError(
                Reason.WRONG_KIND, f"'{device.id}' is a {device.kind}, not a {message.kind}.", pointer="/kind"
            )
        _check_times(message.samples, envelope.received_at)
        parts = chunks(
            device=device.id, kind=device.kind, every=message.every, seq=message.seq,
            received_at=envelope.received_at, samples=message.samples,
            keep_days=self._roster.series_days(device.community, now=now),
        )  # fmt: skip
        return device, message, parts

    def _known(self, envelope: Envelope, now: datetime) -> Device:
        if envelope.client_id != envelope.device:
            raise UnreadableError(
                Reason.FOREIGN_DEVICE,
                f"'{envelope.client_id}' spoke for '{envelope.device}'; each speaks for itself.",
            )
        device = self._roster.device(envelope.community, envelope.device, now=now)
        if device is None and self._roster.elsewhere(envelope.device):
            raise UnreadableError(
                Reason.WRONG_COMMUNITY, f"'{envelope.device}' isn't of community '{envelope.community}'."
            )
        if device is None:
            raise UnreadableError(Reason.UNKNOWN_DEVICE, f"No device '{envelope.device}' is registered.")
        if device.withheld:
            raise UnreadableError(Reason.NO_CONSENT, "Those who live there don't agree to it.")
        if device.revoked_at is not None:
            raise UnreadableError(Reason.REVOKED_DEVICE, f"'{device.id}' was revoked.")
        return device

    def _refuse(
        self,
        delivery: str,
        envelope: Envelope | UnreadableError,
        error: UnreadableError,
        intake: Intake,
        now: datetime,
    ) -> None:
        if not isinstance(envelope, Envelope):  # not even an envelope: the dead-letter queue keeps it
            intake.failed.append(delivery)
            return
        try:
            self._rescue(envelope, error, now)
            if error.reason is Reason.NO_CONSENT:
                self._quarantine.count(envelope, error.reason)
            else:
                days = self._roster.series_days(envelope.community, now=now)
                self._quarantine.put(envelope, error.reason, str(error), keep_days=days)
        except ShouwangError:
            intake.failed.append(delivery)
        else:
            intake.refused[error.reason] += 1

    def _rescue(self, envelope: Envelope, error: UnreadableError, now: datetime) -> None:
        """A press with a wrong clock or a broken body is a press: its device is known, and that is enough.

        Fire, gas or a fall with a wrong clock is one, too.
        """
        if envelope.client_id != envelope.device:
            return
        device = self._roster.device(envelope.community, envelope.device, now=now)
        if device is None or device.revoked_at is not None:
            return
        if device.kind is Kind.ONE_KEY:
            self._urgent.unreadable(device, envelope.raw.hex(), received_at=envelope.received_at, now=now)
        elif error.reason in WRONG_CLOCK and device.kind in MAY_BE_URGENT:
            urgent = [each for each in parse(envelope.raw).samples if is_urgent(device.kind, each)]
            if urgent:
                self._urgent.happened(device, urgent, received_at=envelope.received_at, now=now)

    def _store(self, accepted: Mapping[str, Accepted], intake: Intake, now: datetime) -> None:
        # People first: what can't wait is raised before anything is stored, and raising twice is harmless.
        unraised = {delivery for delivery, message in accepted.items() if not self._raised(message, now)}
        try:
            left = self._series.put_many([c for _, _, parts in accepted.values() for c in parts])
        except ShouwangError:
            intake.failed += accepted
            return
        for delivery, (device, message, parts) in accepted.items():
            if delivery in unraised or (left and not left.isdisjoint(map(chunk_key, parts))):
                intake.failed.append(delivery)
                continue
            self._heard.add(device, parts[0].received_at, now=now)
            intake.stored += 1
            intake.samples += len(message.samples)
        self._heard.note(now=now)

    def _raised(self, accepted: Accepted, now: datetime) -> bool:
        """Act on what can't wait, and say whether that worked."""
        device, message, parts = accepted
        if device.kind not in MAY_BE_URGENT:
            return True
        urgent = [sample for sample in message.samples if is_urgent(device.kind, sample)]
        try:
            if urgent:
                self._urgent.happened(device, urgent, received_at=parts[0].received_at, now=now)
        except ShouwangError:
            return False
        return True


def _check_times(samples: Sequence[Sample], received_at: datetime) -> None:
    latest, oldest = epoch(received_at + AHEAD), epoch(received_at - BEHIND)
    times = [sample["at"] for sample in samples]
    if oldest <= min(times) and max(times) <= latest:
        return
    for place, sample in enumerate(samples):
        if sample["at"] > latest:
            raise UnreadableError(
                Reason.FUTURE_SAMPLE,
                f"A sample is {sample['at'] - epoch(received_at)} s in the future; set the device's clock.",
                pointer=f"/samples/{place}/at",
            )
        if sample["at"] < oldest:
            raise UnreadableError(
                Reason.OLD_SAMPLE,
                f"A sample is older than {BEHIND.days} days.",
                pointer=f"/samples/{place}/at",
            )
