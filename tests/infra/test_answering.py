"""Answering at the terminal: what a phone offers, in its owner's language, and what becomes of the alarm."""

import click
import pytest
from click.testing import CliRunner

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.ladder import Who
from chalicelib.alarms.logbook import Via
from chalicelib.alarms.outcome import CAUSES_OF, Action, Cause, Verdict
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.watch.model import ConcernKind
from infra.commands.answering import ACTIONS, CAUSES, VERDICTS, Answer, asked, offered
from infra.simulator.story import ON_A_RUNG
from tests.builders import NOON, concern

LI = Responder("li", "xinghe", Via.PHONES)


class Phone:
    """Li's phone with one alarm on it."""

    def __init__(self, language: str = "en") -> None:
        store = AlarmStore(MemoryTable(DEADLINES))
        self.desk, self.language = AlarmDesk(store), language
        self.alarm_id = Concerns(store).raise_once(concern(ConcernKind.ONE_KEY), now=NOON)

    def types(self, *keys: str) -> str:
        """Answer with these keys; what the terminal shows."""

        @click.command()
        def command() -> None:
            alarm = self.desk.get(self.alarm_id, community="xinghe")
            click.echo(asked(self.desk, alarm, LI, self.language) or "nothing")

        shown = CliRunner().invoke(command, input="".join(f"{key}\n" for key in keys))
        assert shown.exit_code == 0, shown.output
        return shown.output

    @property
    def state(self) -> str:
        return self.desk.get(self.alarm_id, community="xinghe").state.value


def test_somebody_takes_it_sets_out_arrives_and_says_what_they_found() -> None:
    phone = Phone()
    assert "It is yours; nobody else is rung." in phone.types("1")
    assert phone.state == "acknowledged"
    assert "I'm on my way" in phone.types("2")
    assert phone.state == "en_route"
    phone.types("2")
    assert phone.state == "on_site"
    shown = phone.types("1", "1", "1", "1", "helped up")
    assert "they needed help" in shown
    outcome = phone.desk.get(phone.alarm_id, community="xinghe").outcome
    assert outcome is not None
    assert (outcome.verdict, outcome.cause, outcome.action) == (Verdict.REAL, Cause.FELL, Action.HELPED)
    assert outcome.note == "helped up"


def test_in_chinese_too() -> None:
    phone = Phone("zh-CN")
    assert "由您负责了" in phone.types("1")
    assert "没关系，马上问下一位。" in phone.types("1")
    assert phone.state == "raised"


@pytest.mark.parametrize("keys", [("",), ("9", ""), ("what?", "")])
def test_enter_answers_nothing_and_a_wrong_key_is_asked_again(keys: tuple[str, ...]) -> None:
    phone = Phone()
    assert phone.types(*keys).endswith("nothing\n")
    assert phone.state == "raised"


def test_a_phone_offers_only_what_can_be_done() -> None:
    phone = Phone()
    alarm = phone.desk.get(phone.alarm_id, community="xinghe")
    assert offered(alarm) == [Answer.TAKE, Answer.FOUND]


def test_there_are_words_for_everything() -> None:
    assert set(ON_A_RUNG) == set(Who)
    assert (set(VERDICTS), set(CAUSES), set(ACTIONS)) == (set(Verdict), set(Cause), set(Action))
    assert {cause for causes in CAUSES_OF.values() for cause in causes} == set(Cause)
