"""The demo's play: a real press on the deployed stack, answered after a minute, beside an alarm nobody takes.

Nothing is acted but the people: the press goes over HTTP, and whoever takes it does so at the desk, as with
`shouwang phones`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

from chalicelib import wiring
from chalicelib.alarms.logbook import Via
from chalicelib.alarms.model import Alarm, IllegalMoveError
from chalicelib.alarms.moves import State
from chalicelib.alarms.outcome import Action, Cause, Outcome, Verdict
from chalicelib.alarms.service import Responder
from chalicelib.kernel import clock
from chalicelib.watch.model import ConcernKind
from infra.commands.press import press_key
from infra.simulator.story import Story
from infra.simulator.street import Street

Say = Callable[[str], None]
BEFORE_THE_PRESS, UNTIL_TAKEN, ON_THE_WAY, AT_THE_DOOR, UNTIL_CLOSED = 8, 10, 8, 12, 12
"""Seconds between the play's moments."""
FOUND = Outcome(Verdict.REAL, Cause.FELL, "在厨房滑倒，已扶起，没受伤", Action.HELPED)
"""Slipped in the kitchen, helped up, unhurt."""


class Play:
    """Goes on at every beat, as far as its moment has come. Whoever watches may answer first."""

    def __init__(
        self, street: Street, story: Story, say: Say, *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.is_over = False
        self._street, self._story, self._say, self._clock_s = street, story, say, clock_s
        self._acts = self._all()

    def go_on(self) -> None:
        """One beat; a second or so apart is fine."""
        if next(self._acts, "over") == "over":
            self.is_over = True

    def _all(self) -> Iterator[None]:
        yield from self._until(lambda: bool(self._open(self._street.quiet.id)))
        yield from self._pause(BEFORE_THE_PRESS)
        alarm = self._press()
        duty = wiring.rota.duties().on_duty(self._street.community, self._street.presser.grid, clock.now())
        second = duty.second or "zhou-lan"
        self._say(
            "If nobody takes it, the next is rung after a minute, then the team and the desk. Take it:\n"
            f"  .venv/bin/shouwang phones --community {self._street.community} --take {duty.first}"
        )
        yield from self._until(lambda: second in self._story.told(alarm) or not self._rings(alarm))
        yield from self._pause(UNTIL_TAKEN)
        if self._rings(alarm):
            yield from self._answer(alarm, second)
        yield from self._until(lambda: not self._alarm(alarm).is_open)

    def _press(self) -> str:
        """Press the key over HTTP; the id of the alarm that rings."""
        home = self._street.presser
        self._say(f"{home.resident} ({home.id}, {home.address}) presses the “1” key on the phone …")
        call = press_key(self._street.stack, self._street.community, home.id)
        numbers = ", ".join(f"{one['name']} {one['tel'].removeprefix('tel:')}" for one in call["dial"])
        self._say(f"… and is told at once whom to dial: {numbers}. Meanwhile others are rung:")
        return next(alarm.id for alarm in self._open(home.id) if alarm.kind is ConcernKind.ONE_KEY)

    def _answer(self, alarm: str, person: str) -> Iterator[None]:
        """Somebody takes it, sets out, arrives and says what they found; a viewer who did so first, did."""
        desk, by = wiring.alarms.desk(), Responder(person, self._street.community, Via.PHONES)
        moves: tuple[tuple[Callable[[datetime], object], int], ...] = (
            (lambda now: desk.acknowledge(alarm, by=by, now=now), ON_THE_WAY),
            (lambda now: desk.set_out(alarm, by=by, now=now), AT_THE_DOOR),
            (lambda now: desk.arrive(alarm, by=by, now=now), UNTIL_CLOSED),
            (lambda now: desk.resolve(alarm, FOUND, by=by, now=now), 1),
        )
        for move, pause in moves:
            with suppress(IllegalMoveError):
                move(clock.now())
            yield from self._pause(pause)

    def _until(self, holds: Callable[[], bool]) -> Iterator[None]:
        while not holds():
            yield

    def _pause(self, seconds: float) -> Iterator[None]:
        until = self._clock_s() + seconds
        while self._clock_s() < until:
            yield

    def _open(self, household: str) -> list[Alarm]:
        return wiring.alarms.desk().open_of(self._street.community, household)

    def _alarm(self, alarm: str) -> Alarm:
        return wiring.alarms.desk().get(alarm, community=self._street.community)

    def _rings(self, alarm: str) -> bool:
        return self._alarm(alarm).state is State.RAISED
