"""Every single fault between a press and the first ring, one at a time, with every process cold.

Any one effect of our code is refused, done but unanswered, or the last that its process does; any one
wake is lost or comes twice; and what a part of the cloud may do for minutes (`LASTING`). Two are left
out, since no code of ours outlasts them: a message that SQS took and lost though it held the only trace
of a press, and a store or Secrets Manager that is gone for all functions; then the numbers on the
caller's card remain.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tests.bench.city import ImportCpu, Tables
from tests.bench.cloud import Choose, Effect, Fault, well
from tests.bench.contact import Presses, copied

SEEDS = 3
"""So many draws of every run: cold starts and calls take different times."""
ENOUGH = 100.0
"""Seconds after which a run ends: the tick has come, too."""
TICK_AT = 55.0
"""Almost the longest that a press may have to wait for it."""
SETBACK_SECONDS = 5.0
STORES = (Effect.READ, Effect.WRITE, Effect.TRANSACTION)


class Found(NamedTuple):
    """A fault and how many seconds after the press somebody was rung in spite of it."""

    seconds: float
    what: str


def all_faults(tables: Tables, cpu: ImportCpu, *, seeds: int = SEEDS) -> list[Found]:
    """Every fault, the worst first."""
    return sorted(
        (
            found
            for seed in range(seeds)
            for pendant in (False, True)
            for found in _of_one_press(tables, cpu, seed, pendant=pendant)
        ),
        reverse=True,
    )


def _of_one_press(tables: Tables, cpu: ImportCpu, seed: int, *, pendant: bool) -> list[Found]:
    def seconds(choose: Choose) -> float:
        return _pressed(tables, cpu, seed, choose, pendant=pendant)[0]

    kind = "pendant" if pendant else "page"
    _, effects = _pressed(tables, cpu, seed, well, pendant=pendant)
    found = []
    for place, (function, effect) in enumerate(effects):
        for fault in _possible(function, effect):
            choose = _once(place, fault)
            found.append(Found(seconds(choose), f"{kind}: {fault} at {function} {effect} (no. {place + 1})"))
    return found + [Found(seconds(choose), f"{kind}: {what}") for what, choose in LASTING.items()]


def _pressed(
    tables: Tables, cpu: ImportCpu, seed: int, choose: Choose, *, pendant: bool
) -> tuple[float, list[tuple[str, Effect]]]:
    """Seconds to the first ring of one press, and the effects up to it."""
    presses = Presses(seed, copied(tables), cpu, choose)
    presses.press(0.0, 0, pendant=pendant)
    presses.tick_from(TICK_AT, ENOUGH)
    (seconds,) = presses.run(ENOUGH)
    rings = [n for n, (_, effect) in enumerate(presses.about.log) if effect is Effect.RING]
    return seconds, presses.about.log[: rings[0] + 1] if rings else presses.about.log


def _possible(function: str, effect: Effect) -> tuple[Fault, ...]:
    if effect is Effect.DELIVERY:
        return (Fault.TWICE, Fault.LOST) if function == "ladder queue" else (Fault.TWICE,)
    always = (Fault.REFUSED, Fault.UNANSWERED, Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
    return (*always, Fault.HUNG) if effect is Effect.RING else always


def _once(place: int, fault: Fault) -> Choose:
    return lambda _function, _effect, n, _at: fault if n == place else None


def _whenever(fault: Fault, *effects: Effect, function: str = "", until: float = ENOUGH) -> Choose:
    """The same fault each time, up to a second."""

    def choose(where: str, effect: Effect, _n: int, at: float) -> Fault | None:
        return fault if effect in effects and where.startswith(function) and at < until else None

    return choose


LASTING: Mapping[str, Choose] = {
    "every table refuses everything for 5 s": _whenever(Fault.REFUSED, *STORES, until=SETBACK_SECONDS),
    "the one-key function reaches no table": _whenever(Fault.REFUSED, *STORES, function="one_key"),
    "the one-key function's table doesn't answer": _whenever(Fault.HUNG, *STORES, function="one_key"),
    "the one-key function may not write": _whenever(Fault.REFUSED, *STORES[1:], function="one_key"),
    "SQS refuses every message of ours": _whenever(Fault.REFUSED, Effect.SEND),
    "SQS doesn't answer": _whenever(Fault.HUNG, Effect.SEND),
    "the first provider doesn't answer": _whenever(Fault.HUNG, Effect.RING, function="ladder/voice"),
    "the first provider refuses": _whenever(Fault.REFUSED, Effect.RING, function="ladder/voice"),
    "every message comes twice": _whenever(Fault.TWICE, Effect.DELIVERY),
}
