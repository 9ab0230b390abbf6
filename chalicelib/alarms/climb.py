"""How an unanswered alarm climbs its ladder: what is due at a moment, and when to look again. Pure.

A climb is part of the alarm and is written with it, so that state, rung and next moment change in one write.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from chalicelib.alarms.ladder import Ladder, Who
from chalicelib.kernel.clock import epoch

DESK_REMINDED_EVERY = timedelta(minutes=30)
"""No oftener is the desk reminded of what is open: with a responder on site, or at the ladder's end."""
ANSWER_LASTS = timedelta(hours=2)
"""How long a resident's own answer holds without a life sign."""
SENDING_TAKES = timedelta(seconds=8)
"""After which a rung that was not recorded as told is told again: whoever told it crashed, or is slow, and
nobody is told twice under one key."""

CAN_ACT = frozenset(Who) - {Who.KIN, Who.RESIDENT}
"""Who is asked to act, and may take charge. The others are told, or asked how they are."""
CALLED_BACK_AFTER = timedelta(minutes=10)
"""How soon a resident who pressed "later" is rung once more: before the ladder's upper rungs."""
CALLED_BACK = "later"


class Reminder(StrEnum):
    """What an alarm that rings nobody reminds of itself: the desk, or, once it turned out to be deaf, those
    below it.
    """

    NONE = ""
    DESK = "remind"
    DEAF = "deaf"
    BELOW = "below"


class Told(NamedTuple):
    """What became of telling a person: whether they may have heard, and when to try on, if at all.

    Of a RESIDENT it is a check call: whether their phone rang, which reaches nobody who could help.
    """

    person: str
    who: Who
    told_as: str
    reached: bool
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Climb:
    """Where an alarm is on its ladder.

    `rung` is the next to be asked, at `rung_at`; `round` counts how often the ladder began, last at
    `began_at`. `telling` is the rung that is being told and not yet recorded as told, `standing` who stood on
    it when that began (None where that isn't known), `told_as` its name, or that of the one before; `pending`
    are messages still on their way to people of any rung, to be pursued at `pending_at`; `sent` those that
    are as good as heard, unless a provider should yet say otherwise.
    `reminder` is whom a reminder was for, while there are reminders.
    """

    ladder: Ladder
    began_at: datetime
    rung_at: datetime
    rung: int = 0
    round: int = 0
    telling: tuple[Who, ...] = ()
    standing: tuple[tuple[str, Who], ...] | None = None
    told_as: str = ""
    sent: tuple[Told, ...] = ()
    pending: tuple[Told, ...] = ()
    pending_at: datetime | None = None
    reminder: Reminder = Reminder.NONE

    @property
    def next_at(self) -> datetime:
        """When something is due next. An open alarm always has such a moment."""
        if self.pending_at is None or self.telling:
            return self.rung_at
        return min(self.rung_at, self.pending_at)

    @property
    def reminds_every(self) -> timedelta:
        """How often the desk is reminded. A ladder that takes days is a task's, which needs it no oftener."""
        return max(DESK_REMINDED_EVERY, timedelta(seconds=self.ladder.repeat_every))

    @property
    def is_heard(self) -> bool:
        """Whether somebody whom the rung asks to act has heard, or may have: what became of it isn't known.

        Kin can't take it, and a resident is asked how they are.
        """
        asked = [one for one in (*self.sent, *self.pending) if one.told_as == self.told_as]
        return any(one.reached for one in asked if one.who in CAN_ACT)

    @property
    def is_on_its_way(self) -> bool:
        """Whether there is more to try for somebody whom the rung asks to act."""
        return any(one.told_as == self.told_as for one in self.pending if one.who in CAN_ACT)

    @property
    def is_over(self) -> bool:
        """Whether every round was climbed, so that the desk alone is reminded."""
        return self.ladder.repeats is not None and self.round > self.ladder.repeats

    def stepped(self, now: datetime) -> "Climb":
        """The next rung, to be told now; its name is the same however often this is tried."""
        asked = (Who.DESK,) if self.is_over else self.ladder.rungs[self.rung].ask
        name = f"{epoch(self.began_at)}-{self.round}-{self.rung}"
        due = now + SENDING_TAKES
        return replace(self, telling=asked, told_as=name, rung=self.rung + 1, rung_at=due)

    def stepped_too(self, now: datetime, name: str) -> "Climb":
        """The next rung, or else the desk, beside somebody who is on the way."""
        if self.rung < len(self.ladder.rungs):
            return replace(self.stepped(now), told_as=name)
        return replace(self, telling=(Who.DESK,), told_as=name)

    def told(self, now: datetime, told: Sequence[Told]) -> "Climb":
        """The rung is told and recorded. When nobody on it may have heard, the next one follows at once."""
        done = self._pursuing(replace(self, telling=(), standing=None), told)
        if self.is_over:
            return done._after_the_desk(now)
        if self.rung < len(self.ladder.rungs):
            due = self.began_at + timedelta(seconds=self.ladder.rungs[self.rung].after)
            return replace(done, rung_at=max(now, due) if done.is_heard else now)
        again_at = now + timedelta(seconds=self.ladder.repeat_every)
        again = replace(done, rung=0, round=self.round + 1, began_at=again_at, rung_at=again_at)
        return replace(again, rung_at=now + self.reminds_every) if again.is_over else again

    def _after_the_desk(self, now: datetime) -> "Climb":
        """The desk is reminded for good. One that nobody hears is none: everybody is asked once more."""
        again_at = now + self.reminds_every
        if self.is_heard:
            return replace(self, rung_at=again_at)
        return replace(self, rung=0, round=self.ladder.repeats or 0, began_at=again_at, rung_at=again_at)

    def told_too(self, now: datetime, told: Sequence[Told]) -> "Climb":
        """Somebody is on the way and the rung beside them is told. When nobody on it may have heard, the next
        one follows at once; after the last it begins anew.
        """
        done = self._pursuing(replace(self, telling=()), told)
        if not (done.is_heard or self.is_over) and self.rung < len(self.ladder.rungs):
            return replace(done, rung_at=now)
        later = replace(done, rung_at=now + self.reminds_every / 2)
        if done.is_heard:
            return later
        return replace(later, rung=0, round=self.ladder.repeats or 0 if self.is_over else self.round)

    def reminding(self, until: datetime) -> "Climb":
        """Whoever can close it is to be reminded, and again then. Below a deaf desk that is tried once.

        Its name is the same however often this is tried.
        """
        reminder = Reminder.BELOW if self.is_deaf else Reminder.DESK
        return replace(self.paused(until), told_as=f"{reminder}-{epoch(self.rung_at)}", reminder=reminder)

    def reminded(self, told: Sequence[Told]) -> "Climb":
        """These were told, too; what is still on its way to them is pursued."""
        return self._pursuing(self, told)

    @property
    def is_deaf(self) -> bool:
        """Whether it turned out that a reminder was heard by nobody."""
        return self.reminder is Reminder.DEAF

    def pursued(self, now: datetime, told: Sequence[Told]) -> "Climb":
        """What was pending was pursued. When it turns out that nobody of the rung heard, the next follows."""
        done = self._pursuing(self, told)
        if self.reminder is Reminder.DESK and not (done.is_heard or done.is_on_its_way):
            return replace(done, rung_at=now, reminder=Reminder.DEAF)
        if self.reminder is Reminder.BELOW or done.is_heard or self.rung == 0:
            return done  # a ladder that is about to begin anew is not hurried
        if self.is_over:
            return done._after_the_desk(now)
        return replace(done, rung_at=min(now, self.rung_at)) if self.rung < len(self.ladder.rungs) else done

    def hurried(self, person: str, now: datetime) -> "Climb":
        """A provider says that a person wasn't reached: what else there is for them is tried now."""
        unheard = tuple(one._replace(again_at=now) for one in self.sent if one.person == person)
        waiting = (*(_hurried(one, person, now) for one in self.pending), *unheard)
        sent = tuple(one for one in self.sent if one.person != person)
        sooner = replace(self._awaiting(waiting), sent=sent)
        return replace(sooner, rung_at=min(self.rung_at, now)) if self.telling else sooner

    def refused(self, person: str, now: datetime) -> "Climb":
        """Somebody who was asked won't go: nothing more is tried for them, and when nobody else of the rung
        heard, the next follows. At the ladder's end that is everybody once more, at the desk's next turn.
        """
        sent = tuple(one for one in self.sent if one.person != person)
        pending = tuple(one for one in self.pending if one.person != person or one.who is Who.RESIDENT)
        others = replace(self._awaiting(pending), sent=sent)
        if self.telling:  # whoever tells it goes on at once
            return replace(others, rung_at=min(self.rung_at, now))
        waits = others.is_heard or not self.is_heard
        if waits or self.rung in (0, len(self.ladder.rungs)):
            return others
        if self.is_over:
            return others._after_the_desk(self.rung_at - self.reminds_every)
        return replace(others, rung_at=now)

    @property
    def check_calls(self) -> tuple[Told, ...]:
        """The residents who are being rung, or will be."""
        return tuple(one for one in self.pending if one.who is Who.RESIDENT)

    def check_call_due(self, now: datetime) -> Told | None:
        """A resident who is to be rung now, or whose call should have been answered by now."""
        return next((one for one in self.check_calls if one.again_at and one.again_at <= now), None)

    def checked(self, call: Told) -> "Climb":
        """A check call was made, or gone on with. The ladder doesn't wait for it, nor hurry."""
        others = tuple(one for one in self.pending if not _same_call(one, call))
        return self._awaiting((*others, call) if call.again_at else others)

    def to_be_called_back(self, resident: str, now: datetime) -> "Climb":
        """The resident wants to be rung later: once, and then it is what it was."""
        known = [one for one in self.check_calls if one.person == resident]
        if any(one.told_as.startswith(CALLED_BACK) for one in known):
            return self
        others = tuple(one for one in self.pending if one not in known)
        name = f"{CALLED_BACK}-{epoch(self.began_at)}-{self.round}"
        again = Told(resident, Who.RESIDENT, name, False, now + CALLED_BACK_AFTER)
        return self._awaiting((*others, again))

    def resumed(self, now: datetime) -> "Climb":
        """Raised anew (declined, or too long): goes on from the next rung, at once."""
        calm = self.paused(now)
        if self.is_over:
            return calm
        if self.rung >= len(self.ladder.rungs):
            return replace(calm, rung=0, round=self.round + 1, began_at=now)
        return replace(calm, began_at=now - timedelta(seconds=self.ladder.rungs[self.rung].after))

    def paused(self, until: datetime) -> "Climb":
        """Somebody is on it: nothing is told until then."""
        return replace(
            self, rung_at=until, telling=(), standing=None, told_as="", sent=(), pending=(), pending_at=None,
            reminder=Reminder.NONE,
        )  # fmt: skip

    def _pursuing(self, climb: "Climb", told: Sequence[Told]) -> "Climb":
        def others(known: Sequence[Told]) -> list[Told]:
            return [one for one in known if not any(_same_person(one, new) for new in told)]

        pending = (*others(climb.pending), *(one for one in told if one.again_at is not None))
        heard = [one for one in told if one.reached and one.again_at is None and one.who is not Who.RESIDENT]
        return replace(climb._awaiting(pending), sent=(*others(climb.sent), *heard))

    def _awaiting(self, pending: tuple[Told, ...]) -> "Climb":
        first = min((one.again_at for one in pending if one.again_at is not None), default=None)
        return replace(self, pending=pending, pending_at=first)


def _hurried(one: Told, person: str, now: datetime) -> Told:
    if one.who is Who.RESIDENT or one.person != person or one.again_at is None:
        return one
    return one._replace(again_at=min(one.again_at, now))


def _same_person(one: Told, other: Told) -> bool:
    """Whether a new message is to the person who waits for an older one, and takes its place."""
    return one.person == other.person and (one.who is Who.RESIDENT) == (other.who is Who.RESIDENT)


def _same_call(one: Told, other: Told) -> bool:
    return one.who is Who.RESIDENT is other.who and one.person == other.person


def begun(ladder: Ladder, now: datetime) -> Climb:
    """The climb of an alarm that was just raised."""
    return Climb(ladder, began_at=now, rung_at=now)
