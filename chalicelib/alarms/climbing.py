"""Calling people: takes an alarm's next moment, tells who stands on the rung, and records that they were
told.

The alarm is its own outbox. The rung that is being told is written first, then people are told, then that is
recorded: whatever crashes in between, the same people are told again under the same keys, and none is
skipped.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from chalicelib.alarms.calling import People, Raises, Teller
from chalicelib.alarms.cases import brings_somebody
from chalicelib.alarms.climb import ANSWER_LASTS, CAN_ACT, Climb, Told
from chalicelib.alarms.concerns import Waker
from chalicelib.alarms.drill import UNANSWERED, missed
from chalicelib.alarms.ladder import Who
from chalicelib.alarms.logbook import NOT_REACHED, CheckCall, Happened, Via
from chalicelib.alarms.model import SYSTEM, Alarm, LogEntry
from chalicelib.alarms.moves import State
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.tables import ExpectationError
from chalicelib.watch.deadlines import Due

HELD_FOR = timedelta(minutes=5)
"""How soon an alarm is looked at again that waits for somebody on the way to its home."""
_NOT_BELOW = (Who.DESK, Who.KIN, Who.RESIDENT)
CLOCKS_DIFFER = timedelta(seconds=5)
"""By no more than this do the clocks of two processes differ."""
MOST_STEPS = 30
"""More rungs than any ladder passes in one go, so that a mistake can't loop."""


def _is_early(climb: Climb, now: datetime) -> bool:
    """Whether a look came just before its moment, by clocks that differ, or a rung is still being told: by
    somebody who may have crashed, and then comes back for nothing.
    """
    return bool(climb.telling) or climb.next_at - now <= CLOCKS_DIFFER


def _asked_to_act(people: Iterable[tuple[str, Who]]) -> list[str]:
    """Those of a rung who are on the case from now on: kin are told, not asked, and so is the resident."""
    return [person for person, who in people if who in CAN_ACT]


@dataclass(slots=True)
class Climber:
    """Takes the deadlines of alarms.

    `unheard` is called when a rung asked the desk and nobody at all could be told: that is the system's own
    trouble, and people must look.
    """

    alarms: AlarmStore
    people: People
    teller: Teller
    waker: Waker
    concerns: Raises
    unheard: Callable[[], None] = lambda: None

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Take an alarm's deadline from the tick."""
        self.climb(due.pk.removeprefix("alarm#"), now=now)

    def climb(self, alarm_id: str, *, now: datetime) -> None:
        """Do all that is due of an alarm. Too early or twice, this does nothing.

        Whoever moves an alarm's next moment comes back for it, and nobody else: else each message that finds
        nothing to do would send another, for as long as the alarm is open.
        """
        moved = False
        for _ in range(MOST_STEPS):
            alarm = self.alarms.get(alarm_id, consistent=True)
            if alarm is None or alarm.climb is None or alarm.climb.next_at > now:
                break
            with suppress(ExpectationError):  # somebody moved it in this instant: look again
                self._step(alarm, alarm.climb, now)
                moved = True
        if alarm is not None and alarm.climb is not None and (moved or _is_early(alarm.climb, now)):
            self.waker.wake(alarm.id, alarm.climb.next_at, now=now)

    def _step(self, alarm: Alarm, climb: Climb, now: datetime) -> None:
        match alarm.state:
            case State.RAISED:
                self._ring(alarm, climb, now)
            case State.ACKNOWLEDGED:
                self._write(alarm.took_too_long(at=now), Happened.TOO_LONG, now)
            case State.EN_ROUTE if not alarm.is_calm:
                self._ring_too(alarm, climb, now)
            case State.SELF_ANSWERED:
                self._write(alarm.raised_again(at=now), Happened.ANSWER_LAPSED, now)
            case _:
                self._remind(alarm, climb, now)

    def _remind(self, alarm: Alarm, climb: Climb, now: datetime) -> None:
        """Remind the desk of what nobody closed; of more than a task, whoever is below a deaf desk."""
        if now < climb.rung_at:
            self._pursue(alarm, climb, now)
            return
        calm = alarm.is_calm  # nobody is woken for it
        reminded = climb.reminding(now + (ANSWER_LASTS if calm else climb.reminds_every))
        rungs = reversed(climb.ladder.rungs) if alarm.severity < 3 and not calm else ()
        below = [[who for who in rung.ask if who not in _NOT_BELOW] for rung in rungs]
        told: list[Told] = []
        for asked in below if climb.is_deaf else [[Who.DESK], *below]:
            alarm = self._put_on_case(alarm, asked, now)
            told += self._told(alarm, asked, reminded.told_as, now)
            if any(one.reached or one.again_at for one in told):  # a phone that is busy rings in a minute
                break
        self._write(alarm.climbed(reminded.reminded(told)), Happened.REMINDED, now, told)

    def _put_on_case(self, alarm: Alarm, asked: Sequence[Who], now: datetime) -> Alarm:
        """Whoever opens a reminder finds the address, too."""
        on_case = _asked_to_act(self._standing(alarm, asked, now).items())
        if alarm.climb is None or set(on_case) <= set(alarm.asked):
            return alarm
        line = self._line(Happened.RUNG, now, ", ".join(asked))
        return self._change(alarm.climbed(alarm.climb).asking(on_case), line)

    def _ring(self, alarm: Alarm, climb: Climb, now: datetime) -> None:
        """Ring the rung that is due:

        written as being told, told, written as told. Or pursue what is pending, or hold it all.
        """
        if not climb.telling and (near := self._near(alarm, now)) is not None:
            self._hold(alarm, climb, near, now)
            return
        if not climb.telling and now < climb.rung_at:
            if (call := climb.check_call_due(now)) is not None:
                self._check(alarm, climb, call, now)
            else:
                self._pursue(alarm, climb, now)
            return
        if alarm.drill and climb.is_over and not climb.telling:
            self._end_drill(alarm, now)
            return
        if not climb.telling:
            climb = climb.stepped(now)
            stands = self._standing(alarm, climb.telling, now)
            climb = replace(climb, standing=tuple(stands.items()))
            line = self._line(Happened.RUNG, now, ", ".join(climb.telling))
            # On the case before they are told: whoever opens the message finds the address.
            alarm = self._change(alarm.climbed(climb).asking(_asked_to_act(stands.items())), line)
        told = self._told(alarm, climb.telling, climb.told_as, now, stands=climb.standing)
        refused = set(_asked_to_act((one.person, one.who) for one in told)) - set(alarm.asked)
        told = [one for one in told if one.person not in refused]  # meanwhile: nobody waits for them
        what = Happened.TOLD if any(one.reached for one in told) else Happened.NOBODY_REACHED
        self._write(alarm.climbed(climb.told(now, told)), what, now, told)

    def _end_drill(self, alarm: Alarm, now: datetime) -> None:
        """Nobody answered a drill: it ends, but first it becomes a task for people."""
        self.concerns.raise_once(missed(alarm.concern), now=now)
        closed = alarm.resolved(UNANSWERED, by=SYSTEM, at=now)
        self._change(closed, self._line(Happened.DRILL_UNANSWERED, now, ""))

    def _pursue(self, alarm: Alarm, climb: Climb, now: datetime) -> None:
        due = [one for one in climb.pending if one.again_at and one.again_at <= now]
        pending = [one for one in due if one.who is not Who.RESIDENT]
        told = [self._tell(alarm, one.person, one.who, one.told_as, now) for one in pending]
        went_on = climb.reminded(told)
        if not (went_on.is_heard or went_on.is_on_its_way):
            self._cry(alarm, [one.who for one in told if one.told_as == climb.told_as])
        self._write(alarm.climbed(climb.pursued(now, told)), Happened.PURSUED, now, told)

    def _check(self, alarm: Alarm, climb: Climb, call: Told, now: datetime) -> None:
        """Ring a resident, or see what became of it.

        Those who can help were told before: a slow line must not keep them waiting.
        """
        self._must_stand(alarm)
        key = f"{alarm.id}/check-{call.told_as}/{call.person}"
        stands = partial(self._must_stand, alarm)
        became, again_at = self.teller.check(alarm, call.person, key=key, now=now, must_stand=stands)
        if became is CheckCall.UNANSWERED and not call.reached:
            became = CheckCall.FAILED  # no provider ever said that it rang: that is no silence of theirs
        rang = call.reached or became is CheckCall.RANG
        after = climb.checked(call._replace(reached=rang, again_at=again_at))
        line = LogEntry(now, now, Happened(became), SYSTEM, Via.VOICE, note=call.person)
        self._change(alarm.climbed(after), line)

    def _ring_too(self, alarm: Alarm, climb: Climb, now: datetime) -> None:
        """Not at the door in time: the next rung is asked too, and whoever is on the way goes on."""
        if now < climb.rung_at:
            self._pursue(alarm, climb, now)
            return
        higher = climb.stepped_too(now, f"too-{alarm.version}")
        told = self._told(alarm, higher.telling, higher.told_as, now)
        goes_on = higher.told_too(now, told)
        if Who.DESK in higher.telling and not any(one.reached for one in told):  # nobody else is left
            late = self._tell(alarm, alarm.acknowledged_by or "", Who.DUTY_FIRST, higher.told_as, now)
            goes_on = goes_on.reminded([late])  # who is late anyway has heard nothing for the others
            told.append(late)
        on_case = _asked_to_act((one.person, one.who) for one in told)
        self._write(alarm.climbed(goes_on).asking(on_case), Happened.NOT_ON_SITE, now, told)

    def _near(self, alarm: Alarm, now: datetime) -> Alarm | None:
        """The alarm of the same home that brings somebody there anyway, so that nobody else need be rung.

        Never for severity 1, which may need more hands, nor for anything more severe than what they know of.
        """
        beside = self.alarms.beside(alarm) if alarm.severity > 1 else []
        return next((other for other in beside if brings_somebody(other, alarm, now=now)), None)

    def _hold(self, alarm: Alarm, climb: Climb, near: Alarm, now: datetime) -> None:
        """Tell who is on the way, once, and look again soon: when they turn back or leave, the ladder goes on
        from the rung where it stands.
        """
        person = near.acknowledged_by or ""
        held = alarm.climbed(climb.resumed(now + HELD_FOR)).asking([person])
        alarm = self._change(held, self._line(Happened.HELD, now, f"{person}: {near.state}, {near.id}"))
        self._tell(alarm, person, Who.DUTY_FIRST, f"near-{near.id}", now)

    def _told(
        self,
        alarm: Alarm,
        asked: Sequence[Who],
        told_as: str,
        now: datetime,
        *,
        stands: Sequence[tuple[str, Who]] | None = None,
    ) -> list[Told]:
        """What became of everybody on a rung: those who stood there when it began, or who stand there now.
        Someone who stands on it twice is told once.

        A resident is only noted: their check call is a step of its own, and none is made once somebody is on
        the way.
        """
        people = self._standing(alarm, asked, now) if stands is None else dict(stands)
        unasked = self.people.against_wish(alarm) if Who.KIN in people.values() else {}
        broken = {p: unasked[p] for p, who in people.items() if who is Who.KIN and p in unasked}
        self._admit(alarm, broken, now)
        told = [self._tell(alarm, person, who, told_as, now) for person, who in people.items()]
        if not any(one.reached or one.again_at for one in told):
            self._cry(alarm, asked)
        for resident in sorted({resident for residents in broken.values() for resident in residents}):
            self.teller.own_up(alarm, resident, key=f"{alarm.id}/wish/{resident}", now=now)
        rings = Who.RESIDENT in asked and alarm.state is State.RAISED
        checks = self.people.asked(alarm, Who.RESIDENT, now=now) if rings else []
        return [*told, *(Told(person, Who.RESIDENT, told_as, False, now) for person in checks)]

    def _cry(self, alarm: Alarm, asked: Sequence[Who]) -> None:
        """Nobody of those asked was told, and nothing is on its way: at the desk that is the end of it."""
        if Who.DESK in asked and alarm.severity < 3:
            self.unheard()

    def _standing(self, alarm: Alarm, asked: Sequence[Who], now: datetime) -> dict[str, Who]:
        """Everybody on a rung who is told, and as what they stand there."""
        people: dict[str, Who] = {}
        if alarm.severity == 1 and Who.DUTY_FIRST in asked:  # whoever is at this home already is the nearest
            near = [other for other in self.alarms.beside(alarm) if brings_somebody(other, alarm, now=now)]
            people |= {other.acknowledged_by: Who.DUTY_FIRST for other in near if other.acknowledged_by}
        for who in asked:
            for person in self.people.asked(alarm, who, now=now) if who is not Who.RESIDENT else ():
                people.setdefault(person, who)
        if alarm.state is State.EN_ROUTE:  # who is on the way is not their own help
            return {p: who for p, who in people.items() if who is Who.DESK or p != alarm.acknowledged_by}
        return people

    def _admit(self, alarm: Alarm, broken: Mapping[str, Sequence[str]], now: datetime) -> None:
        """Log, before it is done, that kin are told against a resident's wish: once for each of them."""
        for person in broken:
            log = self.alarms.log(alarm.id)
            if not any(line.what is Happened.WISH_BROKEN and line.note == person for line in log):
                self.alarms.remark(alarm, self._line(Happened.WISH_BROKEN, now, person), lines=len(log))

    def _tell(self, alarm: Alarm, person: str, who: Who, told_as: str, now: datetime) -> Told:
        """Tell one person."""
        self._must_stand(alarm)
        key = f"{alarm.id}/{told_as}/{person}"
        stands = partial(self._must_stand, alarm)
        reached, again_at = self.teller.tell(alarm, person, who, key=key, now=now, must_stand=stands)
        return Told(person, who, told_as, reached, again_at)

    def _must_stand(self, alarm: Alarm) -> None:
        """After someone took charge nobody is rung. Raises ExpectationError when the alarm moved on."""
        current = self.alarms.get(alarm.id, consistent=True)
        if current is None or current.version != alarm.version:
            raise ExpectationError("The alarm moved on while its rung was being told.")

    def _write(self, alarm: Alarm, what: Happened, now: datetime, told: Sequence[Told] = ()) -> None:
        asked = [one for one in told if one.who is not Who.RESIDENT]
        note = ", ".join(f"{one.person}{'' if one.reached else NOT_REACHED}" for one in asked)
        self._change(alarm, self._line(what, now, note))

    def _line(self, what: Happened, now: datetime, note: str) -> LogEntry:
        return LogEntry(now, now, what, SYSTEM, Via.LADDER, note=note)

    def _change(self, alarm: Alarm, line: LogEntry) -> Alarm:
        self.alarms.change(alarm, line, lines=self.alarms.lines(alarm.id))
        return alarm
