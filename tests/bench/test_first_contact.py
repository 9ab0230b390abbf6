"""The simulation of a press: virtual time itself, and that somebody is rung whatever single thing fails."""

from random import Random

import pytest

from tests.bench.city import ImportCpu
from tests.bench.cloud import Effect, Fault, Surroundings
from tests.bench.contact import Presses, copied, populated
from tests.bench.deployed import queue_settings
from tests.bench.flood import OneLane, usual_rate
from tests.bench.trouble import all_faults
from tests.bench.virtual import KilledError, World

CPU = ImportCpu(one_key=0.2, whole=0.5)


def test_tasks_run_side_by_side_each_at_its_moment() -> None:
    world, said = World(), []

    def say(word: str, *pauses: float) -> None:
        for pause in pauses:
            world.sleep(pause)
            said.append((world.now, word))

    world.at(1, lambda: world.start(lambda: say("a", 1, 2)))
    world.at(0, lambda: world.start(lambda: say("b", 2.5, 9)))
    world.run(10)
    assert said == [(2, "a"), (2.5, "b"), (4, "a")]
    assert world.now == 10
    world.close()


def test_a_killed_task_ends_and_any_other_error_ends_the_run() -> None:
    world, said = World(), []

    def die(error: BaseException) -> None:
        world.sleep(1)
        raise error

    world.start(lambda: die(KilledError()))
    world.at(3, lambda: said.append("went on"))
    world.run(4)
    assert said == ["went on"]
    world.start(lambda: die(ValueError("a mistake")))
    with pytest.raises(ValueError, match="a mistake"):
        world.run(9)
    world.close()


def test_the_same_seed_is_the_same_run() -> None:
    def run() -> list[float]:
        presses = Presses(7, populated(3), CPU)
        for home in range(3):
            presses.press(home / 10, home, pendant=home == 0)
        return presses.run(60)

    assert run() == run()


def test_whatever_single_thing_fails_somebody_is_rung_within_fifteen_seconds() -> None:
    found = all_faults(populated(1), CPU, seeds=1)
    assert len(found) > 250
    assert found[0].seconds <= 15, found[0]


def test_a_fault_is_felt() -> None:
    """Otherwise the test above would say nothing."""
    one = populated(1)

    def seconds(fault: Fault | None) -> float:
        def choose(function: str, effect: Effect, _nth: int, _at: float) -> Fault | None:
            return fault if effect is Effect.RING and function == "ladder/voice" else None

        presses = Presses(1, copied(one), CPU, choose)
        presses.press(0, 0, pendant=False)
        (waited,) = presses.run(40)
        return waited

    assert seconds(Fault.HUNG) > seconds(None) + 7


def test_a_press_in_telemetrys_lane_waits_behind_the_flood() -> None:
    lane = queue_settings("telemetry")

    def waited(times: int) -> float:
        about = Surroundings(World(), Random(1))
        queue = OneLane(about, lane, times * usual_rate(lane), 600)
        queue.begin()
        about.world.at(500, queue.press)
        about.world.run(3600)
        return queue.waits[0]

    assert waited(1) < 5 < 200 < waited(10)
