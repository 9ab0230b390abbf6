"""What a lock screen shows to whoever is near, and what is said on a call."""

import re

import pytest

from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.texts import NO_PRESS, MessageKind, words

TELLING = re.compile(
    "fall|fell|heart|blood|ill|sick|medic|vital|faint|pass(ed)? out|dead|die|water|toilet|inactiv|alone|elder"
    "|跌|摔|晕|病|药|血|心|体征|昏|死|独居|老人|用水|水表|如厕|久未|无活动",
    re.IGNORECASE,
)
PLACE = {"zh-CN": "3号楼", "en": "Building 3"}


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_about_anyones_health_shows_or_is_said(kind: MessageKind, language: str) -> None:
    told = words(kind, place="X")[language]
    for text in (told.title, told.body, told.spoken):
        assert text
        assert not TELLING.search(text.replace("小心", "").replace("rill", "")), text
        assert "{" not in text


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_short(kind: MessageKind, language: str) -> None:
    told = words(kind, place=PLACE[language])[language]
    longest = {"zh-CN": (12, 40, 60), "en": (24, 80, 120)}[language]
    for text, most in zip((told.title, told.body, told.spoken), longest, strict=True):
        assert len(text) <= most


@pytest.mark.parametrize("kind", [k for k in MessageKind if k not in NO_PRESS])
def test_a_call_ends_with_the_key_to_press(kind: MessageKind) -> None:
    assert words(kind)["zh-CN"].spoken.endswith("按1，由您负责。")
    assert words(kind)["en"].spoken.endswith(" Press 1 to take it.")


def test_kin_are_not_asked_to_take_charge() -> None:
    assert "1" not in words(MessageKind.KIN_TOLD)["zh-CN"].spoken


@pytest.mark.parametrize("kind", [MessageKind.DRILL, MessageKind.DRILL_KIN])
def test_a_drill_says_so_and_sends_nobody(kind: MessageKind) -> None:
    for language, marks in (("zh-CN", ("演练", "120", "马上")), ("en", ("drill", "120", "at once"))):
        told = words(kind, place=PLACE[language])[language]
        for text in (told.title, told.body, told.spoken):
            assert marks[0] in text.lower()
            assert not any(mark in text for mark in marks[1:])


@pytest.mark.parametrize("language", LANGUAGES)
def test_kin_are_told_nothing_that_nobody_knows_yet(language: str) -> None:
    """They are told the moment somebody presses: nobody has taken it, and nobody is on the way."""
    told = words(MessageKind.KIN_TOLD)[language]
    for text in (told.title, told.body, told.spoken):
        assert not re.search("way|looking after|coming|在路上|正在过去|照应|有人正在", text), text


@pytest.mark.parametrize(
    ("kind", "named"), [(MessageKind.SMOKE_119, ("烟雾", "Smoke")), (MessageKind.GAS_119, ("燃气", "Gas"))]
)
def test_who_is_asked_to_call_119_is_told_why(kind: MessageKind, named: tuple[str, str]) -> None:
    for language, name in zip(("zh-CN", "en"), named, strict=True):
        told = words(kind, place=PLACE[language])[language]
        assert (name in told.title, name in told.spoken) == (True, True)
        assert ("119" in told.body, "119" in told.spoken) == (True, True)
