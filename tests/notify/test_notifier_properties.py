"""Whatever providers do and whenever processes die: a message comes to an end, and is not taken twice."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.notify.courier import ProviderDownError, UnclearError, UndeliverableError
from chalicelib.notify.delivery import State
from tests.notify.people import CrashError, Desk, urgent

TROUBLES: list[type[BaseException] | None] = [
    None, ProviderDownError, UnclearError, UndeliverableError, CrashError,
]  # fmt: skip
FORTUNE = st.lists(st.sampled_from(TROUBLES), max_size=6)
LONGEST = timedelta(minutes=10)


@given(voice=FORTUNE, sms=FORTUNE, push=FORTUNE, severity=st.integers(1, 3))
def test_a_message_comes_to_an_end(
    voice: list[type[BaseException] | None],
    sms: list[type[BaseException] | None],
    push: list[type[BaseException] | None],
    severity: int,
) -> None:
    desk, begun = Desk(), Desk().now
    lines = ((desk.voice, voice), (desk.sms, sms), (desk.push, push))
    for line, troubles in lines:
        line.says = [trouble("trouble") if trouble else None for trouble in troubles]
    message = urgent(severity=severity)
    receipt = None
    while receipt is None or receipt.next_at is not None:
        try:
            receipt = desk.send(message)
        except CrashError:
            desk.wait(seconds=10)
            continue
        if receipt.next_at is not None:
            assert receipt.next_at > desk.now
            desk.now = receipt.next_at
        assert desk.now - begun < LONGEST
    assert receipt.state in (State.SENT, State.DELIVERED, State.UNREACHABLE)
    for line, _ in lines:
        assert len(line.taken) <= 1
    asked = [len(line.asked) for line, _ in lines]
    assert desk.send(message) == receipt
    assert [len(line.asked) for line, _ in lines] == asked
