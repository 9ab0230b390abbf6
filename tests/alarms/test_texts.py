"""What people read about an alarm, in both languages."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.alarms.model import Alarm
from chalicelib.alarms.raising import raised
from chalicelib.alarms.texts import evidence_text
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.watch.model import ConcernKind
from tests.builders import concern

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 1, 15, 14, tzinfo=SHANGHAI)


def still_water(
    *, litres: int = 3, since: datetime | None = None, heard: timedelta = timedelta(minutes=4)
) -> Alarm:
    evidence: dict[str, int | str] = {
        "used_litres": litres,
        "since": epoch(since or NOW - timedelta(hours=12)),
        "heard_at": epoch(NOW - heard),
    }
    return raised(concern(evidence=evidence), now=NOW)


def text(alarm: Alarm, language: str = "en", *, zone: str = "Asia/Shanghai", now: datetime = NOW) -> str:
    return evidence_text(alarm, language=language, zone=ZoneInfo(zone), now=now)


def test_still_water_in_both_languages() -> None:
    assert text(still_water()) == "3 litres since 02:00; meter last heard 4 minutes ago. Please look in."
    assert text(still_water(), "zh-CN") == "自02:00起只用了3升水；水表最后一次上报在4分钟前。请上门看看。"


@pytest.mark.parametrize(("litres", "said"), [(0, "0 litres"), (1, "1 litre "), (2, "2 litres")])
def test_litres(litres: int, said: str) -> None:
    assert text(still_water(litres=litres)).startswith(said)


@pytest.mark.parametrize(
    ("ago", "en", "zh"),
    [
        (timedelta(minutes=-5), "just now", "刚才"),
        (timedelta(0), "just now", "刚才"),
        (timedelta(seconds=59), "just now", "刚才"),
        (timedelta(minutes=1), "1 minute ago", "1分钟前"),
        (timedelta(minutes=2), "2 minutes ago", "2分钟前"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago", "59分钟前"),
        (timedelta(hours=1), "1 hour ago", "1小时前"),
        (timedelta(hours=23, minutes=59), "23 hours ago", "23小时前"),
        (timedelta(days=1), "1 day ago", "1天前"),
        (timedelta(days=1, hours=23), "1 day ago", "1天前"),
        (timedelta(days=40), "40 days ago", "40天前"),
    ],
)
def test_how_long_ago(ago: timedelta, en: str, zh: str) -> None:
    assert f"last heard {en}." in text(still_water(heard=ago))
    assert f"上报在{zh}。" in text(still_water(heard=ago), "zh-CN")


@pytest.mark.parametrize(
    ("since", "en", "zh"),
    [
        ("2026-01-15T00:00+08:00", "00:00", "00:00"),
        ("2026-01-14T23:59+08:00", "23:59 yesterday", "昨天23:59"),
        ("2026-01-14T00:00+08:00", "00:00 yesterday", "昨天00:00"),
        ("2026-01-13T23:59+08:00", "23:59 on 13 Jan", "1月13日23:59"),
        ("2025-12-31T08:05+08:00", "08:05 on 31 Dec", "12月31日08:05"),
        ("2026-01-16T00:03+08:00", "00:03 on 16 Jan", "1月16日00:03"),
    ],
)
def test_since_when(since: str, en: str, zh: str) -> None:
    alarm = still_water(since=datetime.fromisoformat(since))
    assert f"since {en};" in text(alarm)
    assert f"自{zh}起" in text(alarm, "zh-CN")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Shanghai", "02:00;"),
        ("Asia/Urumqi", "00:00;"),
        ("Europe/Madrid", "19:00 yesterday;"),
        ("America/Los_Angeles", "10:00;"),
        ("Pacific/Kiritimati", "08:00;"),
        ("Pacific/Pago_Pago", "07:00;"),
    ],
)
def test_times_are_the_communitys(zone: str, said: str) -> None:
    assert f"since {said}" in text(still_water(), zone=zone)


def test_a_night_when_the_clocks_go_back_has_its_local_hours() -> None:
    now = datetime(2026, 10, 25, 10, tzinfo=UTC)
    alarm = still_water(since=datetime(2026, 10, 24, 23, 30, tzinfo=UTC), heard=timedelta(0))
    assert "since 01:30;" in text(alarm, zone="Europe/Madrid", now=now)


AT = {"device": "d-1", "at": epoch(NOW - timedelta(minutes=10)), "heard_at": epoch(NOW - timedelta(hours=4))}


@pytest.mark.parametrize(
    ("kind", "en", "zh"),
    [
        (ConcernKind.GAS, "The gas alarm went off at 13:50.", "燃气报警器在13:50报警。"),
        (ConcernKind.SMOKE, "The smoke alarm went off at 13:50.", "烟雾报警器在13:50报警。"),
        (ConcernKind.FALL, "Someone may have fallen at 13:50.", "13:50可能有人跌倒。"),
        (ConcernKind.ONE_KEY, "The “1” key was pressed at 13:50.", "13:50按下了“1”键。"),
        (ConcernKind.DEVICE_SILENT, "Device d-1 has gone silent, last heard 4 hours ago.", "设备d-1没有消息"),
        (ConcernKind.UNGUARDED, "No device in this home is speaking, last heard 4 hours", "没有一个设备在线"),
    ],
)
def test_the_other_kinds(kind: ConcernKind, en: str, zh: str) -> None:
    alarm = raised(concern(kind, evidence=AT), now=NOW)
    assert en in text(alarm)
    assert zh in text(alarm, "zh-CN")


@pytest.mark.parametrize("kind", ConcernKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_speaks_every_language_even_without_evidence(kind: ConcernKind, language: str) -> None:
    said = text(raised(concern(kind, evidence={}), now=NOW), language)
    assert said
    assert "{" not in said
    assert "None" not in said
