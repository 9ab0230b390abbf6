"""What each kind of sensor makes of its samples: stretches of time in which it listened. Pure.

A stretch is known to be quiet, or to hold a life sign. Of its past a sensor keeps an ear: the little that is
needed to understand its next sample, so that a home is learned day by day as it would be at once. Times are
Unix seconds.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.model import Device, Kind
from chalicelib.telemetry.model import RegisterReading, Sample
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_signs import EnergyUse, Flow, power_spans, water_spans
from chalicelib.watch.routine_spans import HALF_HOURS, Mix

WATER, DOOR, MOTION, POWER, BED, OTHER = (1 << n for n in range(6))
"""The senses: bits of a mask."""
SENSE: Mapping[Kind, int] = {
    Kind.WATER_METER: WATER,
    Kind.GAS_METER: OTHER,
    Kind.ELECTRICITY_METER: POWER,
    Kind.MOTION_SENSOR: MOTION,
    Kind.DOOR_CONTACT: DOOR,
    Kind.PEEPHOLE: DOOR,
    Kind.BED_RADAR: BED,
    Kind.CURTAIN_SENSOR: OTHER,
    Kind.WATCH: OTHER,
    Kind.CAMERA: OTHER,
}
REGISTERS = frozenset({Kind.WATER_METER, Kind.GAS_METER, Kind.ELECTRICITY_METER})
SPEAK_OF_LIFE_ALONE = frozenset({Kind.PEEPHOLE, Kind.CAMERA})
"""They have no way to say that they saw nobody: their silence is never known to be one."""
COARSE, QUARTER = 2700, 900
"""Registers that are read more often than every 45 minutes are taken so often; electricity every quarter."""
CURTAIN_PERCENT = 20
"""A curtain that moved by so much was moved by somebody."""
LATE = 1.5
"""A gap of more than so many reporting intervals holds a lost message."""

Ear = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sensor:
    """A device as the routine watch knows it; `reports_every` in seconds."""

    id: str
    kind: Kind
    reports_every: int

    @property
    def sense(self) -> int:
        """Its bit."""
        return SENSE[self.kind]

    @property
    def is_register(self) -> bool:
        """Whether it counts on while nobody reads it."""
        return self.kind in REGISTERS


class Stretch(NamedTuple):
    """A sensor listened from `begin` to `end`; a life sign lies at the end, or with a register before it."""

    begin: int
    end: int
    sign: bool


def sensor(device: Device) -> Sensor | None:
    """The sensor that a device is; None for what tells nothing of a life."""
    if device.kind not in SENSE:
        return None
    return Sensor(device.id, device.kind, int(device.reports_every.total_seconds()))


def mix_of(sensors: Iterable[Sensor]) -> Mix:
    """How a home is watched that has these sensors."""
    kinds = {s.kind for s in sensors}
    senses = sum({SENSE[kind] for kind in kinds - SPEAK_OF_LIFE_ALONE})
    name = "+".join(sorted(kinds)) or "nothing"
    inside = sum({SENSE[k] for k in kinds - REGISTERS - SPEAK_OF_LIFE_ALONE}) & ~DOOR
    weighs = senses.bit_count() > 1
    if inside:
        return Mix(
            name,
            HOUR // 4,
            HALF_HOURS,
            24 * HOUR,
            senses & DOOR,
            inside,
            senses & WATER,
            weighs=weighs,
            senses=senses,
        )
    return Mix(name, HOUR // 2 if senses & (DOOR | POWER) else HOUR, weighs=weighs, senses=senses)


def stretches(sensor: Sensor, samples: Sequence[Sample], ear: Ear | None) -> list[Stretch]:
    """What a sensor's samples in time order say after what its ear knows.

    An electricity meter needs the samples of the day before its ear too: its background is found in them.
    """
    if sensor.kind is Kind.ELECTRICITY_METER:
        return _power(samples, ear)
    fresh = _fresh(samples, ear)
    return _flow(fresh, ear) if sensor.kind in REGISTERS else _events(sensor, fresh, ear)


def ear_at(sensor: Sensor, samples: Sequence[Sample], ear: Ear | None, until: int) -> Ear | None:
    """What a sensor must remember of its samples up to a moment."""
    if sensor.kind in REGISTERS and sensor.kind is not Kind.ELECTRICITY_METER:
        return _ear_of_flow(_fresh(samples, ear), ear, until)
    heard = next((s for s in reversed(samples) if s["at"] <= until), None)
    if heard is None or (ear and heard["at"] <= ear["at"]):
        return ear
    return _remembered(heard)


def _fresh(samples: Sequence[Sample], ear: Ear | None) -> Sequence[Sample]:
    return [s for s in samples if s["at"] > ear["at"]] if ear else samples


def _flow(fresh: Sequence[Sample], ear: Ear | None) -> list[Stretch]:
    readings, tail = _coarse(fresh, ear)
    flow = Flow.of(ear["flow"]) if ear else Flow()
    spans = list(water_spans(readings, flow=flow))
    if tail:
        spans += water_spans([readings[-1], tail], flow=flow)
    return [Stretch(span.begin, span.end, bool(span.signs)) for span in spans]


def _ear_of_flow(fresh: Sequence[Sample], ear: Ear | None, until: int) -> Ear | None:
    known = [r for r in _coarse(fresh, ear)[0] if epoch(r.at) <= until]
    if not known:
        return ear
    flow = Flow.of(ear["flow"]) if ear else Flow()
    deque(water_spans(known, flow=flow), maxlen=0)
    return {"at": epoch(known[-1].at), "litres": known[-1].litres, "flow": flow.kept()}


def _power(samples: Sequence[Sample], ear: Ear | None) -> list[Stretch]:
    known = [(s["at"], s["register_watt_hours"]) for s in samples]
    places = [(at + QUARTER // 2) // QUARTER for at, _ in known]  # the nearest quarters of an hour
    quarters = [
        each for each, place, before in zip(known, places, [-1, *places], strict=False) if place != before
    ]
    uses = [
        EnergyUse(a[0], b[0], b[1] - a[1])
        for a, b in pairwise([*quarters, *known[-1:]])
        if b[1] >= a[1] and b[0] - a[0] >= 60
    ]
    spans = power_spans(uses, after=ear["at"] if ear else 0)
    return [Stretch(span.begin, span.end, bool(span.signs)) for span in spans]


def _coarse(fresh: Sequence[Sample], ear: Ear | None) -> tuple[list[RegisterReading], RegisterReading | None]:
    """Readings at least 45 minutes apart, and the newest if it is none of them."""
    known = [(s["at"], s["register_litres"]) for s in fresh]
    coarse = [(ear["at"], ear["litres"])] if ear else known[:1]
    for reading in known:
        if reading[0] - coarse[-1][0] >= COARSE:
            coarse.append(reading)
    readings = [RegisterReading(from_epoch(at), litres) for at, litres in coarse]
    if not known or known[-1][0] - coarse[-1][0] < 60:
        return readings, None
    return readings, RegisterReading(from_epoch(known[-1][0]), known[-1][1])


def _events(sensor: Sensor, fresh: Sequence[Sample], ear: Ear | None) -> list[Stretch]:
    found, before = [], ear
    is_sign, longest = _SIGNS[sensor.kind], LATE * sensor.reports_every
    for sample in fresh:
        at = sample["at"]
        listened = before is not None and at - before["at"] <= longest
        found.append(Stretch(before["at"] if before and listened else at, at, is_sign(sample, before)))
        before = sample
    return found


def _remembered(sample: Sample) -> Ear:
    return {name: sample[name] for name in ("at", *_REMEMBERED) if name in sample}


_REMEMBERED = ("open", "open_percent", "steps")


def _changed(name: str, least: int = 1) -> Callable[[Sample, Ear | None], bool]:
    """A value that differs from the one before it."""
    return lambda now, before: (
        before is not None and name in before and abs(int(now[name]) - int(before[name])) >= least
    )


def _walked(now: Sample, before: Ear | None) -> bool:
    """Steps on a worn wrist. A count of the whole day stands still when nobody walks."""
    steps = now.get("steps") or 0
    return bool(now["worn"] and steps) and (before is None or before.get("steps") != steps)


_SIGNS: Mapping[Kind, Callable[[Sample, Ear | None], bool]] = {
    Kind.MOTION_SENSOR: lambda now, before: now["motion"],
    Kind.DOOR_CONTACT: _changed("open"),
    Kind.PEEPHOLE: lambda now, before: True,
    Kind.CURTAIN_SENSOR: _changed("open_percent", CURTAIN_PERCENT),
    Kind.BED_RADAR: lambda now, before: (now["awake"] and now["moving"]) or bool(now.get("bed_exits")),
    Kind.WATCH: _walked,
    Kind.CAMERA: lambda now, before: now["event"] == "person",
}
