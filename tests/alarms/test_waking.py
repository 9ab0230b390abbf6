"""Coming back to an alarm in seconds, whatever fails: two messages, another way, and nobody rung twice."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from chalicelib.alarms.concerns import SECOND_LOOK, Concerns
from chalicelib.alarms.store import AlarmStore
from chalicelib.alarms.waking import QueueWaker
from chalicelib.aws.functions import Function
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.queues import Queue
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import StoreUnavailableError, Table
from chalicelib.watch.model import ConcernKind
from tests.builders import NOON, concern
from tests.faults import CrashingTable
from tests.notify.server import Answer, Request, serving


class Alarms:
    """Raises alarms, and notes when somebody is to come back to them, in seconds from noon."""

    def __init__(self, table: Table | None = None) -> None:
        self.table = table or MemoryTable(DEADLINES)
        self.woken: list[float] = []

    def wake(self, alarm_id: str, at: datetime, *, now: datetime) -> None:
        self.woken.append((at - NOON).total_seconds())

    def raises(self, kind: ConcernKind = ConcernKind.ONE_KEY) -> str:
        return Concerns(AlarmStore(self.table), waker=self).raise_once(concern(kind), now=NOON)


def test_a_press_is_looked_at_at_once_and_a_second_time() -> None:
    alarms = Alarms()
    alarms.raises()
    assert alarms.woken == [SECOND_LOOK.total_seconds(), 0]


def test_a_press_that_is_told_on_an_open_alarm_is_looked_at_twice_too() -> None:
    alarms = Alarms()
    first = alarms.raises()
    alarms.woken.clear()
    later = NOON + timedelta(seconds=90)
    again = Concerns(AlarmStore(alarms.table), waker=alarms)
    told_on = again.raise_once(concern(ConcernKind.ONE_KEY, began_at=later), now=later, maybe=first)
    assert (told_on, alarms.woken) == (first, [90 + SECOND_LOOK.total_seconds(), 90])


@pytest.mark.parametrize("about", [{"household": "h002"}, {"kind": ConcernKind.SMOKE}, {"drill": True}])
def test_a_wrong_guess_of_the_alarm_that_holds_raises_one_all_the_same(about: dict[str, Any]) -> None:
    alarms = Alarms()
    other = alarms.raises()
    found = concern(**{"kind": ConcernKind.ONE_KEY, **about})
    raised = Concerns(AlarmStore(alarms.table), waker=alarms).raise_once(found, now=NOON, maybe=other)
    assert raised != other
    assert AlarmStore(alarms.table).get(raised) is not None


def test_what_may_wait_is_looked_at_once() -> None:
    alarms = Alarms()
    alarms.raises(ConcernKind.STILL_WATER)
    assert alarms.woken == [0]


@pytest.mark.parametrize("before", [True, False], ids=["before it is written", "after it is written"])
def test_a_crash_while_a_press_is_written_leaves_the_second_look(before: bool) -> None:
    alarms = Alarms(CrashingTable(MemoryTable(DEADLINES), "write_all", 1, before=before))
    with pytest.raises(StoreUnavailableError):
        alarms.raises()
    assert alarms.woken == [SECOND_LOOK.total_seconds()]


def test_a_press_that_comes_again_after_a_crash_wakes_again() -> None:
    alarms = Alarms(CrashingTable(MemoryTable(DEADLINES), "write_all", 1, before=False))
    with pytest.raises(StoreUnavailableError):
        alarms.raises()
    alarms.woken.clear()
    alarms.raises()
    assert 0 in alarms.woken


class Cloud:
    """SQS and Lambda as their clients reach them; SQS may refuse."""

    def __init__(self) -> None:
        self.refuses = False
        self.sent: list[int] = []
        self.run: list[tuple[str, str]] = []

    def __call__(self, request: Request) -> Answer:
        if request.path.startswith("/2015-03-31/functions/"):
            assert request.headers["x-amz-invocation-type"] == "Event"
            (record,) = json.loads(request.body)["Records"]
            self.run.append((unquote(request.path.split("/")[3]), record["body"]))
            return 202, b""
        if self.refuses:
            return 403, b'{"__type": "com.amazonaws.sqs#KmsAccessDenied", "message": "no"}'
        self.sent.append(json.loads(request.body)["DelaySeconds"])
        return 200, b'{"MessageId": "m1"}'


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    cloud = Cloud()
    with serving(cloud) as url:
        for name in ("AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_LAMBDA"):
            monkeypatch.setenv(name, url)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "for tests alone")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
        yield cloud


def waker() -> QueueWaker:
    return QueueWaker(Queue("https://sqs.cn-north-1.amazonaws.com.cn/1/ladder"), Function("shouwang-ladder"))


def test_a_moment_is_a_delay_of_the_queue(aws: Cloud) -> None:
    waker().wake("a1", NOON + timedelta(seconds=59.2), now=NOON)
    assert (aws.sent, aws.run) == ([60], [])


def test_what_is_due_now_and_the_queue_refuses_is_handed_to_the_function(aws: Cloud) -> None:
    aws.refuses = True
    waker().wake("a1", NOON, now=NOON)
    assert aws.run == [("shouwang-ladder", "a1")]


def test_what_is_due_later_and_the_queue_refuses_is_left_to_the_tick(aws: Cloud) -> None:
    aws.refuses = True
    waker().wake("a1", NOON + timedelta(minutes=1), now=NOON)
    assert aws.run == []
