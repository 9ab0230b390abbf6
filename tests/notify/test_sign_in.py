"""One-time codes by SMS: what they say, and that they lie nowhere afterwards."""

import json

import pytest

from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.addresses import AddressBook, Habits
from chalicelib.notify.courier import ProviderDownError, UnclearError, UndeliverableError
from chalicelib.notify.sign_in import CodePost, code_words
from tests.builders import NOON
from tests.notify.people import LI_PHONE, Line


def post(*says: BaseException | None, sms: str = "sms") -> tuple[CodePost, Line, MemoryTable]:
    """A community's post, its provider and its table."""
    table = MemoryTable(DEADLINES)
    book, line = AddressBook(table), Line(says=list(says))
    book.put_habits("xinghe", Habits(sms=sms, sms_secret="shouwang/sms"))
    return CodePost(book, {"sms": line}), line, table


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_sent_in_its_readers_language_and_holds_no_link(language: str) -> None:
    sender, line, table = post()
    assert sender.send_code("xinghe", LI_PHONE, "482913", language=language, now=NOON)
    (letter,) = line.taken
    text = f"{letter.words.title}\n{letter.words.body}"
    assert "482913" in letter.words.title
    assert "http" not in text
    assert len(text) <= (70 if language == "zh-CN" else 160)  # one SMS (GSM 03.40: 70 of UCS-2, 160 of GSM-7)
    assert letter.message.code == "482913"
    assert "482913" not in repr(letter.message)[: repr(letter.message).index("words")]
    assert "482913" not in json.dumps(list(table.items()))


def test_a_community_without_a_provider_sends_none() -> None:
    sender, line, _ = post(sms="")
    assert not sender.send_code("xinghe", LI_PHONE, "482913", language="en", now=NOON)
    assert line.asked == []


@pytest.mark.parametrize(
    ("says", "taken", "asked"),
    [
        ([ProviderDownError("down")], True, 2),
        ([ProviderDownError("down"), ProviderDownError("down")], False, 2),
        ([UnclearError("no answer")], True, 1),
        ([UndeliverableError("wrong number")], False, 1),
    ],
    ids=["down for a moment", "down", "nobody knows whether it went out", "never"],
)
def test_a_provider_that_is_down_is_asked_twice(says: list[BaseException], taken: bool, asked: int) -> None:
    sender, line, _ = post(*says)
    assert sender.send_code("xinghe", LI_PHONE, "482913", language="en", now=NOON) is taken
    assert len(line.asked) == asked


def test_it_says_that_nobody_will_ask_for_it() -> None:
    words = code_words("000042")
    assert "请别告诉任何人" in words["zh-CN"].body
    assert "tell nobody" in words["en"].body
