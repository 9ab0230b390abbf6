"""Several sensors as one: steps of time with what all of them together tell. Pure; times are Unix seconds.

A sensor whose message is missing may have had a life sign to tell: for as long as that may only be late, the
step counts as if it had held one. After that the sensor is silent: the others go on without it, and the
routine makes them wait the longer, the more of the home's life it used to see.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.telemetry.model import Sample
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_senses import LATE, SPEAK_OF_LIFE_ALONE, Ear, Sensor, Stretch, ear_at, stretches
from chalicelib.watch.routine_spans import Span, Stay

SILENT_INTERVALS, LONGEST_WAIT = 4, 4 * HOUR
"""A sensor is waited for so many of its reporting intervals, and no longer than four hours."""
SLOW = 2 * HOUR
"""Who reports less often is heard when it speaks, and not waited for where there are others."""
GRACE = 120
NO_EAR: Ear = {"at": -LONGEST_WAIT}
LONG = 3 * HOUR // 2
"""A register that was not read for so long doesn't tell when it moved."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a home's sensors said: samples in time order, by the id of their sensor."""

    sensors: tuple[Sensor, ...]
    samples: Mapping[str, Sequence[Sample]]
    stays: tuple[Stay, ...] = ()
    """Declared absences and visitors: of the one nothing is heard, of the other nothing learned."""

    def since(self, began: int) -> "Told":
        """What they said from a moment on."""
        return replace(self, samples={name: said_since(said, began) for name, said in self.samples.items()})

    def heard_until(self, sensor: Sensor) -> int | None:
        """The newest sample's time."""
        said = self.samples.get(sensor.id)
        return said[-1]["at"] if said else None

    def silent(self, now: int) -> list[Sensor]:
        """The sensors from which nothing was heard for so long that nobody waits for them any more."""
        return [s for s in self.sensors if _can_be_silent(s) and self._age(s, now) > silent_after(s)]

    def _age(self, sensor: Sensor, now: int) -> int:
        until = self.heard_until(sensor)
        return silent_after(sensor) + 1 if until is None else now - until


def said_since(said: Sequence[Sample], began: int) -> Sequence[Sample]:
    """The samples from a moment on; `said` is in time order."""
    return said if not said or said[0]["at"] >= began else said[bisect_left(said, began, key=_at) :]


def _at(sample: Sample) -> int:
    return int(sample["at"])


def silent_after(sensor: Sensor) -> int:
    """After how many seconds without a sample a sensor is silent."""
    return SILENT_INTERVALS * sensor.reports_every + GRACE


def spans_after(routine: Routine, told: Told, *, now: int) -> list[Span]:
    """What the sensors said after what the routine knows, as far as all that are on time have said it."""
    heard = {s: stretches(s, told.samples.get(s.id, ()), routine.ears.get(s.id)) for s in told.sensors}
    begin = routine.silence.until if routine.silence else None
    one = told.sensors[0]
    if len(heard) == 1 and one.is_register:
        spans = _alone(one, [said for said in heard[one] if begin is None or said.end > begin])
    else:
        spans = _Fused(told, heard, routine, now).spans(begin)
    return [_declared(span, told.stays) for span in spans] if told.stays else spans


def learned(routine: Routine, told: Told, *, until: int, now: int, unlearned: Sequence[Stay] = ()) -> Routine:
    """The routine with all that was said by `until`. Silences in times that are `unlearned` teach nothing."""
    grown, silence = routine.copy(), routine.silence
    if silence is not None and any(s.begin < silence.until and silence.began < s.end for s in unlearned):
        grown.forget_silence()
    said = replace(told, stays=(*told.stays, *unlearned))
    for span in spans_after(routine, said, now=now):
        if span.end > until:
            break
        grown.add(span)
    if grown.silence is not None:
        grown.ears = _ears(routine, told, until=grown.silence.until)
    return grown


def _ears(routine: Routine, told: Told, *, until: int) -> dict[str, Ear]:
    kept = {s.id: ear_at(s, told.samples.get(s.id, ()), routine.ears.get(s.id), until) for s in told.sensors}
    return {name: ear for name, ear in kept.items() if ear}


def _alone(sensor: Sensor, said: Sequence[Stretch]) -> list[Span]:
    """A single sensor's own stretches are the spans."""
    sense = sensor.sense
    return [Span(s.begin, s.end, sense * s.sign, sense) for s in said if s.end > s.begin or s.sign]


def _declared(span: Span, stays: Sequence[Stay]) -> Span:
    """A span as it counts in declared times: while nobody is at home nothing is heard of the resident."""
    for stay in stays:
        if span.begin < stay.end and stay.begin < span.end:
            span = span._replace(learn=False) if stay.visitor else span._replace(signs=0, heard=0)
    return span


def _can_be_silent(sensor: Sensor) -> bool:
    return sensor.kind not in SPEAK_OF_LIFE_ALONE


@dataclass(slots=True)
class _Ear:
    """One sensor's stretches, laid on steps: how far each was covered, and the life signs in it."""

    sensor: Sensor
    said: Sequence[Stretch]
    waited: bool
    place: int = 0
    before: int = 0

    def step(self, start: int, stop: int) -> tuple[bool, bool, list[Stretch]]:
        """Whether it listened throughout, whether it may still tell, and its life signs. Steps in order."""
        said, place, covered = self.said, self.place, 0
        signs = []
        while place < len(said) and (each := said[place]).begin < stop:
            if each.end > stop:
                covered += stop - max(each.begin, start)
                break
            if each.end > start:
                covered += each.end - max(each.begin, start)
                if each.sign:
                    signs.append(each)
            self.before, place = each.end, place + 1
        self.place = place
        if place < len(said) and said[place].end == stop and said[place].sign:  # begins and ends here
            signs.append(said[place])
        if covered >= stop - start:
            return _can_be_silent(self.sensor), False, signs
        waits = min(SILENT_INTERVALS * self.sensor.reports_every, LONGEST_WAIT)
        return False, self.waited and start - self.before < waits, signs


class _Fused:
    def __init__(
        self, told: Told, heard: Mapping[Sensor, Sequence[Stretch]], routine: Routine, now: int
    ) -> None:
        quick = [s for s in heard if _can_be_silent(s) and s.reports_every <= SLOW]
        waited = quick or [s for s in heard if _can_be_silent(s)]
        self._step = routine.mix.step
        self._ears = [
            _Ear(s, said, s in waited, before=routine.ears.get(s.id, NO_EAR)["at"])
            for s, said in heard.items()
        ]
        self._until = self._known_until(told, now)
        events = [(e.sensor.sense, e.said) for e in self._ears if not e.sensor.is_register]
        moments = sorted((x.end, sense) for sense, said in events for x in said if x.sign)
        self._moments, self._by = [at for at, _ in moments], [sense for _, sense in moments]

    def spans(self, begin: int | None) -> list[Span]:
        firsts = [ear.said[0].begin for ear in self._ears if ear.said]
        if not firsts:
            return []
        start = begin if begin is not None else min(firsts) // self._step * self._step
        found = []
        while start < self._until:
            stop = start - start % self._step + self._step
            found.append(self._span(start, stop))
            start = stop
        return found

    def _known_until(self, told: Told, now: int) -> int:
        """As far as everybody who is on time has spoken, and to the last life sign."""
        step, ends, on_time = self._step, [0], []
        for ear in self._ears:
            if (end := told.heard_until(ear.sensor)) is not None:
                ends.append(end)
                if ear.waited and now - end <= LATE * ear.sensor.reports_every + GRACE:
                    on_time.append(end)
        until = min(on_time) if on_time else max(ends)
        last = max((each.end for ear in self._ears for each in ear.said if each.sign), default=0)
        return max(until // step * step, -(-last // step) * step)

    def _span(self, start: int, stop: int) -> Span:
        senses = heard = 0
        missed, signs = False, []
        for ear in self._ears:
            listened, misses, found = ear.step(start, stop)
            missed |= misses
            if listened or found:
                heard |= ear.sensor.sense
            if found:
                senses |= ear.sensor.sense
                signs += [(each.end, not ear.sensor.is_register, ear.sensor.sense, each) for each in found]
        if not signs:
            return Span(start, stop, 0, 0 if missed else heard)
        at, is_event, last, sign = max(signs)
        if not is_event:
            last = self._last(last, sign)
        drawn = [each for _, event, _, each in signs if not event]
        since = min((each.begin for each in drawn), default=at)
        longest = max((each.end - each.begin for each in drawn), default=0)
        since = since if at - since > self._step else 0
        return Span(start, stop, senses, heard, at, last, learn=longest <= LONG, since=since)

    def _last(self, register: int, sign: Stretch) -> int:
        """Who spoke last: a register tells an hour in which a door may have moved after water was drawn."""
        place = bisect_right(self._moments, sign.end)
        if place and self._moments[place - 1] > sign.begin:
            return self._by[place - 1]
        return register
