"""The routine watch: when does a silence in *this* home mean that someone should look in? Pure.

Had the resident fallen at some unknown moment since the last life sign, how much better would that explain
the silence than habit does? For each hour in which it may have happened, the sum holds that hour divided by
the chance that habit alone would have kept the home quiet ever since:

    sum(t) = integral from the last life sign to t of du / P(no life sign in (u, t] | habits)

so a night adds its hours, and a missed breakfast multiplies them. Among rules with equally many false alarms
this one, Shiryaev-Roberts, has the least mean delay when the moment is anybody's guess (Pollak & Tartakovsky,
Statistica Sinica 19, 2009). It fires at the household's own threshold, set from its own past silences to a
budget of false knocks a year, and in any case at a cap. Within a clock hour the chance is constant, so the
sum has a closed form, and inverting it gives the deadline. Moments are Unix seconds.

Time in which no sensor listened counts as if it had held life signs: missing data is never silence. And a
life sign never brings a deadline forward: the sum is the least over the recent signs, each with its own age.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import exp, log1p
from typing import Any

from chalicelib.watch.routine_days import HOUR, Calendar
from chalicelib.watch.routine_habits import AGES, ONE, Habits, Prior
from chalicelib.watch.routine_spans import ABSENCE, Mix, Span
from chalicelib.watch.routine_sum import Candidate, Silence, grown, kept, seconds_to

BELIEVED = 0.5
"""What is drawn in an empty home brings its resident back when it is believed by half."""

LEAST_SEEN = 0.02
"""However little the listening sensors saw before, they see as much."""


@dataclass(slots=True)
class Routine:
    """One home's routine: its habits and the silence it is in. An accumulator: spans go in, in time order.

    `ears` is what each sensor's own past says of its next sample, as of the newest span.
    """

    mix: Mix
    calendar: Calendar
    prior: Prior
    habits: Habits = field(default_factory=Habits)
    silence: Silence | None = None
    ears: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> "Routine":
        """Another one that may go on by itself."""
        silence = self.silence.copy() if self.silence else None
        habits = self.habits.copy()
        return Routine(self.mix, self.calendar, self.prior, habits, silence, self.ears)

    def add(self, span: Span) -> None:
        """Take in what the sensors said about the time since the last span. An old span changes nothing."""
        silence = self.silence
        if silence is None:
            if span.heard and span.signs:
                self.silence = Silence(span.end, [Candidate(span.signed_at)], *_from(span))
            return
        if span.end <= silence.until:
            return
        days = self.calendar.day(span.end) - self.calendar.day(silence.until)
        if days > 0:
            self.habits.fade(days)
        self._unheard(silence, until=span.begin if span.heard else span.end)
        if span.heard and span.signs and self._is_life(silence, span):
            self._sign(silence, span)
        elif span.heard:
            if self._out(silence) and silence.learn and span.learn:
                self.habits.record_away(span.signs)
            self._quiet(silence, span)

    def add_all(self, spans: Iterable[Span]) -> None:
        """Take in many spans."""
        for span in spans:
            self.add(span)

    def forget_silence(self) -> None:
        """Learn nothing from the present silence: it ended in a real outcome, or a declared absence."""
        if self.silence is not None:
            self.silence.learn = False

    def answered(self, at: int) -> None:
        """A resident answered a call: a life sign, that teaches nothing about how the home usually is."""
        silence = self.silence
        if silence is None or at <= silence.began:
            return
        until, known = max(at, silence.until), [*silence.candidates, Candidate(at)]
        recent = kept(known, now=at, old=self.mix.old)
        self.silence = Silence(at, recent, silence.last, silence.heard, learn=False)
        self._grow(self.silence, until)

    def is_out(self) -> bool:
        """Whether a door was the last to speak and others would have noticed life inside."""
        return self.silence is not None and self._out(self.silence)

    def deadline(self, threshold: float) -> int | None:
        """The first moment, to the second, at which the sum is at the threshold or the cap is reached, if
        nothing more happens. None before the first life sign.
        """
        silence = self.silence
        if silence is None:
            return None
        if self._out(silence):
            return silence.began + self.mix.away_cap
        cap = silence.began + self.mix.cap
        return max(self._passes(silence, c, threshold, cap) for c in silence.candidates)

    def outlook(self, until: int) -> Iterator[tuple[int, float]]:
        """How likely habit alone keeps the home quiet from the last life sign to each clock hour."""
        if self.silence is not None:
            began, quiet = self.silence.began, 1.0
            for start, stop, rate in self._pieces(began, began, until, 1.0):
                quiet *= exp(-rate * (stop - start) / HOUR)
                yield stop, quiet

    def _out(self, silence: Silence) -> bool:
        doors = self.mix.doors
        return bool(silence.last and not silence.last & ~doors and silence.heard & self.mix.inside)

    def _comes_home(self, silence: Silence, span: Span) -> bool:
        """Whether this door let somebody in who was out: it did, unless they had only just left."""
        only_doors = not span.signs & ~self.mix.doors
        return only_doors and self._out(silence) and span.signed_at - silence.began >= self.mix.step

    def _is_life(self, silence: Silence, span: Span) -> bool:
        """Whether somebody must be at home: machines may draw water and power in an empty one."""
        mix = self.mix
        if not self._out(silence) or span.signs & (mix.doors | mix.inside):
            return True
        last = span.last or span.signs
        return bool(last & mix.drawn) and self.trust(span.signs & mix.drawn) >= BELIEVED

    def trust(self, senses: int) -> float:
        """How far a life sign of these senses is believed, 0 to 1."""
        return self.habits.trust(senses) if self.mix.weighs else 1.0

    def _unheard(self, silence: Silence, *, until: int) -> None:
        """Time in which nobody listened: as if every step had held a life sign. It teaches nothing."""
        if until > silence.until:
            signs = [Candidate(at) for at in self.mix.steps(silence.until, until)]
            silence.candidates = kept([*silence.candidates, *signs], now=until, old=self.mix.old)
            silence.until, silence.learn, silence.peak, silence.last = until, False, 0.0, 0

    def _sign(self, silence: Silence, span: Span) -> None:
        """A life sign takes the sum back, wholly or as far as its sense has proved to be right.

        In a long span it may have been at any step: a lost reading must not bring the deadline forward.
        """
        least = silence.reached * (1 - self.trust(span.signs))
        self._learn(silence, span)
        at = span.signed_at
        since = span.since or (span.begin if self.mix.is_long(span) else at)
        times = self.mix.steps(since, at) if since < at else [at]
        candidates = [*silence.candidates, *(Candidate(t, least) for t in times)]
        last, heard, learn = _from(span)
        if self._comes_home(silence, span):
            last = 0
        self.silence = Silence(at, kept(candidates, now=at, old=self.mix.old), last, heard, learn)
        if span.end > at:
            self._grow(self.silence, span.end)

    def _quiet(self, silence: Silence, span: Span) -> None:
        silence.heard = span.heard
        silence.learn = silence.learn and span.learn
        self._grow(silence, span.end)
        silence.peak = silence.reached

    def _grow(self, silence: Silence, end: int) -> None:
        if not self._out(silence):
            seen = self._share_seen(silence)
            rates: dict[int, float] = {}
            for candidate in silence.candidates:
                reached = candidate.reached
                for start, stop, cell in self._cells(candidate.sign_at, silence.until, end):
                    rate = rates.get(cell)
                    if rate is None:
                        rate = rates[cell] = self._rate(cell, seen)
                    reached = grown(reached, rate, (stop - start) / HOUR)
                candidate.reached = reached
        silence.until = end
        silence.candidates = kept(silence.candidates, now=end, old=self.mix.old)

    def _passes(self, silence: Silence, candidate: Candidate, threshold: float, cap: int) -> int:
        reached = candidate.reached
        if reached >= threshold:
            return min(silence.until, cap)
        seen = self._share_seen(silence)
        for start, stop, rate in self._pieces(candidate.sign_at, silence.until, cap, seen):
            after = grown(reached, rate, (stop - start) / HOUR)
            if after >= threshold:
                return start + min(seconds_to(threshold, reached, rate), stop - start)
            reached = after
        return cap

    def _share_seen(self, silence: Silence) -> float:
        """How much of the home's life the listening sensors would see: the fewer, the slower the clock."""
        if self.mix.senses and not self.mix.senses & ~silence.heard:
            return 1.0
        return max(self.habits.share_seen_by(silence.heard), LEAST_SEEN)

    def _pieces(self, sign_at: int, begin: int, end: int, seen: float) -> Iterator[tuple[int, int, float]]:
        """The pieces of a silence with one rate of life signs each, an hour."""
        for start, stop, cell in self._cells(sign_at, begin, end):
            yield start, stop, self._rate(cell, seen)

    def _rate(self, cell: int, seen: float) -> float:
        """Life signs an hour, as habit brings them."""
        return -log1p(-self.habits.chance(cell, self.prior) * seen) * (HOUR / self.mix.step)

    def _cells(self, sign_at: int, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The pieces that lie in one clock hour and one age of the silence, and their cells."""
        ages, old = self.mix.ages, len(self.mix.ages)
        while begin < end:
            stop = begin - begin % HOUR + HOUR
            age = bisect_right(ages, begin - sign_at)
            if age < old and sign_at + ages[age] < stop:
                stop = sign_at + ages[age]
            if stop > end:
                stop = end
            yield begin, stop, self.calendar.slot(begin) * AGES + (age if age < old else AGES - 1)
            begin = stop

    def _cell(self, at: int, age: int) -> int:
        """Of a moment in a silence that has left so many ages behind: the last is old in every mix."""
        return self.calendar.slot(at) * AGES + (age if age < len(self.mix.ages) else AGES - 1)

    def _learn(self, silence: Silence, span: Span) -> None:
        """Count the silence that this life sign ends, unless it teaches nothing."""
        habits, began, length = self.habits, silence.began, span.signed_at - silence.began
        if not (silence.learn and span.learn) or length > ABSENCE:
            return
        habits.seconds += length
        if self._out(silence):
            return
        for start, stop, cell in self._cells(began, began, span.begin):
            habits.steps[cell] += (stop - start) * ONE // self.mix.step
        if not self.mix.is_long(span):
            middle = (span.begin + span.end) // 2
            cell = self._cell(middle, bisect_left(self.mix.ages, length))
            habits.record_sign(cell, span.signs, silence.peak)
        if self.calendar.day(span.signed_at) != self.calendar.day(began):
            off = self.calendar.slot(span.signed_at) >= 24
            habits.record_morning(self.calendar.minute(span.signed_at), day_off=off)


def _from(span: Span) -> tuple[int, int, bool]:
    return span.last or span.signs, span.heard, span.learn
