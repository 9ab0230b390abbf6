"""What was told about alarms, and presses, are kept no longer than a community keeps its alarms."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter

import pytest

from chalicelib import wiring
from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.delivery import KEPT
from chalicelib.notify.keeping import Keeping
from chalicelib.notify.model import Message, Recipient, Words
from chalicelib.notify.store import NoticeStore
from chalicelib.onekey.model import Asked, Channel, Press, Session
from chalicelib.registry.model import Community
from tests.api import Service
from tests.builders import NOON, Town

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def api() -> Iterator[Service]:
    service = Service(Town())
    yield service
    service.close()


def keep_alarms(api: Service, days: int) -> None:
    asked = {"series_days": 30, "alarm_days": days}
    assert api.change("/v1/retention", asked, role=Role.COORDINATOR).status == 200


def items(api: Service, prefix: str) -> list[Item]:
    table = api.town.on.deadlines
    assert isinstance(table, MemoryTable)
    return [item for item in table.items() if item["pk"].startswith(prefix)]


def days(item: Item, since: datetime) -> float:
    return (int(item["expires"]) - epoch(since)) / 86400


def tell(api: Service, alarm: str, *, at: datetime) -> tuple[float, float]:
    """Tell Li something; for how many days the notice and the entry in their inbox are kept."""
    words = {language: Words("看一看", "请上门", "请上门") for language in LANGUAGES}
    message = Message(f"{alarm or 'none'}/li/{epoch(at)}", "xinghe", "li", 2, "look_in", words, alarm=alarm)
    recipient = Recipient("li", "xinghe", wiring.registry.community("xinghe").zone)
    wiring.notify.notifier().send(message, recipient, at)
    (notice,) = [i for i in items(api, "notify#xinghe") if i["sk"] == message.key]
    (entry,) = [i for i in items(api, "inbox#xinghe#li") if i["sk"].endswith(message.key)]
    return days(notice, at), days(entry, at)


def press(api: Service, at: datetime) -> list[float]:
    """Press the key; for how many days each call so far is kept, oldest first."""
    key = Press(f"p{epoch(at)}", at, Channel.PAGE, Session.GOOD)
    wiring.onekey.one_key().press(Asked(key, community="xinghe", resident="r001"), now=at)
    calls = sorted(
        (i for i in items(api, "one-key#xinghe") if i["sk"].startswith("call#")), key=itemgetter("sk")
    )
    return [(int(call["expires"]) - call["began_at"]) / 86400 for call in calls]


def test_what_was_told_of_an_alarm_goes_with_the_alarms(api: Service) -> None:
    keep_alarms(api, 30)
    assert tell(api, "a1", at=api.now) == (30, 30)
    assert tell(api, "", at=api.now) == (400, 90)  # about no alarm


@pytest.mark.parametrize(("alarm_days", "kept"), [(60, (60, 60)), (120, (120, 90)), (1096, (400, 90))])
def test_whichever_is_less(api: Service, alarm_days: int, kept: tuple[int, int]) -> None:
    keep_alarms(api, alarm_days)
    assert tell(api, "a1", at=api.now) == kept


def test_a_notice_that_goes_on_is_kept_no_longer_for_it(api: Service) -> None:
    keep_alarms(api, 30)
    tell(api, "a1", at=api.now)
    store = NoticeStore(api.town.on.deadlines)  # as a provider's report finds it, in another function
    (notice,) = store.of_alarm("xinghe", "a1")
    store.save(replace(notice, version=notice.version + 1))
    assert [days(item, api.now) for item in items(api, "notify#xinghe#alarm#a1")] == [30]


def test_who_tells_hears_of_a_change_within_five_minutes_and_waits_for_no_answer() -> None:
    said: list[timedelta | None] = [30 * DAY, 60 * DAY, None, None]
    asked = []

    def read(community: str) -> timedelta:
        asked.append(community)
        if (kept := said.pop(0)) is None:
            raise StoreUnavailableError("The table is down.")
        return kept

    keeping = Keeping(read)
    kept = [keeping.of("xinghe", now=NOON + minutes * MINUTE) for minutes in (0, 4, 5, 10)]
    assert kept == [30 * DAY, 30 * DAY, 60 * DAY, 60 * DAY]
    assert keeping.of("yuehu", now=NOON) == KEPT
    assert asked == ["xinghe"] * 3 + ["yuehu"]


def test_a_call_goes_with_the_alarms_from_the_hour_on_in_which_it_was_said(api: Service) -> None:
    """What a press reads carries it, so that no press waits for it."""
    wiring.onekey.board_watch().begin("xinghe", now=api.now)
    assert press(api, api.now) == [400]
    keep_alarms(api, 30)
    wiring.onekey.board_watch().begin("xinghe", now=api.now)
    wiring.onekey.card_keeper().community_changed(Community("xinghe", "新名", "Asia/Shanghai"))
    later = api.now + 30 * MINUTE
    assert press(api, later) == [400, 30]
    assert press(api, later + MINUTE / 2) == [400, 30]  # into the same call
