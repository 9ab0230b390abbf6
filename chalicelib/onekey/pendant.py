"""The pendant's "1" key over MQTT: the ingest's `UrgentRules` for it, beside those of the other kinds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.ids import digest
from chalicelib.onekey.model import Asked, Channel, Press, PressKind, Session
from chalicelib.onekey.service import OneKey
from chalicelib.registry.model import Device, Kind
from chalicelib.telemetry.model import Sample, believed

MOST = 20
"""So many presses of one message are taken; a key that is stuck sends more."""


class Rules(Protocol):
    """The rules for everything else that can't wait."""

    def happened(
        self, device: Device, samples: Sequence[Sample], *, received_at: datetime, now: datetime
    ) -> None: ...


class PendantRules:
    """Places a one-key call for a pendant's presses, and leaves everything else to the `others`."""

    def __init__(self, one_key: OneKey, others: Rules) -> None:
        self._one_key = one_key
        self._others = others

    def happened(
        self, device: Device, samples: Sequence[Sample], *, received_at: datetime, now: datetime
    ) -> None:
        """Place the calls of one message, real ones first. The same message twice changes nothing."""
        if device.kind is not Kind.ONE_KEY:
            self._others.happened(device, samples, received_at=received_at, now=now)
            return
        asked = [_asked(device, sample, received_at) for sample in samples]
        for each in sorted(asked, key=lambda a: (a.kind is not PressKind.CALL, a.press.at))[:MOST]:
            self._one_key.take_up(each, now=now)

    def unreadable(self, device: Device, message: str, *, received_at: datetime, now: datetime) -> None:
        """Ring for a pendant whose message was refused, such as for a wrong clock: it was pressed anyway.

        `message` names the message, so that the same one delivered twice is one press; a clock that stands
        still sends the same bytes with each press. Raises ShouwangError.
        """
        press = Press(
            digest(device.id, message, rfc3339(received_at)), received_at, Channel.PENDANT, Session.GOOD
        )
        asked = Asked(press, community=device.community, household=device.household)
        self._one_key.take_up(asked, now=now)


def _asked(device: Device, sample: Sample, received_at: datetime) -> Asked:
    at = believed(sample["at"], received_at)
    press = Press(
        id=digest(device.id, str(sample["at"]), "" if at != received_at else rfc3339(received_at)),
        at=at,
        channel=Channel.PENDANT,
        session=Session.GOOD,
        told_at=sample["at"],
    )
    kind = PressKind.TEST if sample.get("press") == "test" else PressKind.CALL
    return Asked(press, kind, community=device.community, household=device.household)
