"""What can't wait for a tick, and raises an alarm as soon as it is heard."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.alarms.concerns import Concerns
from chalicelib.kernel.clock import epoch
from chalicelib.registry.model import Device, Kind
from chalicelib.telemetry.model import Sample, believed
from chalicelib.watch.model import Concern, ConcernKind

_DANGERS = {
    Kind.GAS_ALARM: ConcernKind.GAS,
    Kind.SMOKE_ALARM: ConcernKind.SMOKE,
    Kind.ONE_KEY: ConcernKind.ONE_KEY,
    Kind.CAMERA: ConcernKind.FALL,
    Kind.BED_RADAR: ConcernKind.FALL,
    Kind.WATCH: ConcernKind.FALL,
}


class UrgentConcerns:
    """What can't wait for a tick: gas, smoke, a fall, a press. The ingest's `UrgentRules`."""

    def __init__(self, concerns: Concerns) -> None:
        self._concerns = concerns

    def happened(
        self, device: Device, samples: Sequence[Sample], *, received_at: datetime, now: datetime
    ) -> None:
        """Raise an alarm for the first danger in a message, however many there are.

        A detector that is clear or faulty, or a test press, raises none.
        """
        danger = next((sample for sample in samples if _is_danger(sample)), None)
        if danger is None:
            return
        began_at = believed(danger["at"], received_at)
        evidence: dict[str, int | str] = {"device": device.id, "at": epoch(began_at)}
        concern = Concern(_DANGERS[device.kind], device.community, device.household, began_at, evidence)
        self._concerns.raise_once(concern, now=now)

    def unreadable(self, device: Device, message: str, *, received_at: datetime, now: datetime) -> None:
        """Raise an alarm for a one-key device whose message can't be read: it was pressed anyway."""
        evidence: dict[str, int | str] = {"device": device.id, "at": epoch(received_at)}
        concern = Concern(ConcernKind.ONE_KEY, device.community, device.household, received_at, evidence)
        self._concerns.raise_once(concern, now=now)


def _is_danger(sample: Sample) -> bool:
    return bool(sample.get("state", "alarm") == "alarm" and sample.get("press", "call") == "call")
