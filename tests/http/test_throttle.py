"""Slowing down whoever calls without rest."""

from chalicelib.http.throttle import BURST, MOST_BUCKETS, PER_SECOND, Throttle
from chalicelib.kernel.errors import TooManyError


class Watch:
    """A stopwatch that tests set."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def passed(throttle: Throttle, calls: int, name: str = "s1") -> int:
    """How many of so many calls pass."""
    return sum(_passes(throttle, name) for _ in range(calls))


def _passes(throttle: Throttle, name: str) -> bool:
    try:
        throttle.pass_by(name)
    except TooManyError:
        return False
    return True


def test_a_burst_passes_and_then_only_so_many_a_second() -> None:
    watch = Watch()
    throttle = Throttle(stopwatch=watch)
    assert passed(throttle, 3 * BURST) == BURST
    for _ in range(5):
        watch.seconds += 1
        assert passed(throttle, 3 * BURST) == PER_SECOND


def test_who_rests_may_burst_again_and_no_further() -> None:
    watch = Watch()
    throttle = Throttle(stopwatch=watch)
    passed(throttle, BURST)
    watch.seconds = 3600
    assert passed(throttle, 3 * BURST) == BURST


def test_each_has_a_bucket_of_their_own() -> None:
    throttle = Throttle(stopwatch=Watch())
    assert passed(throttle, 2 * BURST, "s1") == passed(throttle, 2 * BURST, "s2") == BURST


def test_many_names_don_t_fill_the_memory() -> None:
    throttle = Throttle(stopwatch=Watch())
    for n in range(MOST_BUCKETS + 100):
        throttle.pass_by(f"s{n}")
    assert len(throttle._buckets) == MOST_BUCKETS
    assert passed(throttle, BURST, f"s{MOST_BUCKETS}") == BURST - 1
