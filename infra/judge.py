"""The founding rule over whole histories: the same rule code that the tick runs, in one sweep per home."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from chalicelib.kernel.clock import rfc3339
from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.still_water import Finding, Spell, StillWater, spells
from infra.histories import histories


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the rule finds: every alarm it would raise, by home, and the homes still inactive at their end."""

    alarms: dict[str, list[Spell]]
    still_inactive: list[str]
    readings: int

    def as_json(self) -> dict[str, object]:
        """As the command writes it."""
        return {
            "alarms": [
                {"household": home, "at": rfc3339(spell.at), "used_litres": spell.used_litres}
                for home, found in self.alarms.items()
                for spell in found
            ],
            "still_inactive": self.still_inactive,
            "readings": self.readings,
        }


def judge(
    homes: Mapping[str, Sequence[RegisterReading]],
    *,
    rule: StillWater,
    every: timedelta,
    judged: Callable[[str], None] = lambda _: None,
) -> Verdicts:
    """Judge every home at each of its readings. `judged` hears of each home as it is done."""
    alarms: dict[str, list[Spell]] = {}
    still: list[str] = []
    for home in sorted(homes):
        judgements = list(rule.judgements(homes[home], every=every))
        alarms[home] = list(spells(judgements))
        known = (j.finding for j in reversed(judgements) if j.finding is not Finding.UNKNOWN)
        if next(known, None) is Finding.INACTIVE:
            still.append(home)
        judged(home)
    return Verdicts(alarms, still, sum(map(len, homes.values())))


def judge_file(
    path: Path, *, rule: StillWater | None = None, every: timedelta = timedelta(hours=1)
) -> Verdicts:
    """Judge a file of histories. Raises HistoryError."""
    return judge(histories(path), rule=rule or StillWater(), every=every)
