"""How soon somebody is rung: beside a flood, alone with everything cold, under every fault; and a naive
peer's.
"""

from collections.abc import Sequence
from math import ceil
from random import Random

from tests.bench.city import ImportCpu, Tables
from tests.bench.cloud import Surroundings
from tests.bench.contact import A_PENDANT_IN, Presses, copied, populated
from tests.bench.deployed import queue_settings
from tests.bench.flood import Flood, OneLane, usual_rate
from tests.bench.onekey import import_seconds
from tests.bench.trouble import all_faults
from tests.bench.virtual import World

Figures = dict[str, float | str]
PRESSES, HOUR = 10_000, 3600.0
FLOOD = 10
ALONE = 500
SEED = 20260115
SLOWER = 1.5
"""A vCPU of Lambda is taken to be so much slower than a core here: an assumption."""
PRESSED_AT = 500.0
BEGIN = 30.0
"""Seconds that the flood has lasted at the first press."""


def first_contact_figures() -> Figures:
    """Seconds from a press to its first ring: the worse p99.9 of 10,000 beside a flood and of 1,000
    alone, with no other press for minutes; the slowest under any single fault; and where presses share
    telemetry's lane.
    """
    cpu = ImportCpu(SLOWER * import_seconds("chalicelib.onekey.function"), SLOWER * import_seconds("app"))
    flooded, one = _flooded(cpu), populated(1)
    beside = sorted(flooded.run(BEGIN + HOUR + 120))
    alone, cold = _alone(one, cpu, ready=True), _alone(one, cpu, ready=False)
    worst, *_ = faults = all_faults(one, cpu)
    return {
        "one_key_first_contact_p999_s": round(max(_p999(beside), _p999(alone)), 2),
        "one_key_first_contact_worst_fault_s": round(worst.seconds, 2),
        "naive_one_key_first_contact_p999_s": round(_p999(_in_one_lane(FLOOD)), 2),
        "detail_one_key_first_contact_flood_median_s": round(beside[len(beside) // 2], 2),
        "detail_one_key_first_contact_flood_p999_s": round(_p999(beside), 2),
        "detail_one_key_first_contact_flood_max_s": round(beside[-1], 2),
        "detail_one_key_first_contact_flood_cold_starts": flooded.city.ladder.cold_starts,
        "detail_one_key_first_contact_alone_median_s": round(alone[len(alone) // 2], 2),
        "detail_one_key_first_contact_alone_p999_s": round(_p999(alone), 2),
        "detail_one_key_first_contact_cold_median_s": round(cold[len(cold) // 2], 2),
        "detail_one_key_first_contact_cold_p999_s": round(_p999(cold), 2),
        "detail_one_key_first_contact_faults": len(faults),
        "detail_one_key_first_contact_worst_fault": worst.what,
        "detail_naive_one_key_first_contact_no_flood_p999_s": round(_p999(_in_one_lane(1)), 2),
    }


def _flooded(cpu: ImportCpu) -> Presses:
    """Ten thousand presses within an hour of flood, a tick each minute."""
    presses, chance = Presses(SEED, populated(PRESSES), cpu), Random(SEED)
    lane = queue_settings("telemetry")
    Flood(presses.about, lane, FLOOD * usual_rate(lane), BEGIN + HOUR).begin()
    for home, at in enumerate(_moments(chance)):
        presses.press(at, home, pendant=home % A_PENDANT_IN == 0)
    presses.keep_ready(BEGIN + HOUR)
    presses.tick_from(60 * chance.random(), BEGIN + HOUR + 120)
    return presses


def _alone(tables: Tables, cpu: ImportCpu, *, ready: bool) -> list[float]:
    """Presses without another for minutes, as most are in a small place, in order; on processes that were
    kept ready and did nothing yet, or with every one cold.
    """
    waits = []
    for seed in range(2 * ALONE):
        presses = Presses(seed, copied(tables), cpu)
        if ready:
            presses.keep_ready(PRESSED_AT)
        presses.press(PRESSED_AT, 0, pendant=bool(seed % 2))
        waits += presses.run(PRESSED_AT + 45)
    return sorted(waits)


def _in_one_lane(times: int) -> list[float]:
    """The naive peer's waits with so many times the usual telemetry."""
    about, chance = Surroundings(World(), Random(SEED)), Random(SEED)
    lane = queue_settings("telemetry")
    queue = OneLane(about, lane, times * usual_rate(lane), BEGIN + HOUR)
    queue.begin()
    for at in _moments(chance):
        about.world.at(at, queue.press)
    about.world.run(4 * FLOOD * HOUR)
    assert len(queue.waits) == PRESSES
    return queue.waits


def _moments(chance: Random) -> list[float]:
    return sorted(BEGIN + HOUR * chance.random() for _ in range(PRESSES))


def _p999(waits: Sequence[float]) -> float:
    """The 99.9th percentile, by nearest rank."""
    return sorted(waits)[ceil(0.999 * len(waits)) - 1]
