"""`shouwang phones`: which alarm somebody means when they answer, and what their phone shows."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner

from chalicelib import wiring
from chalicelib.accounts.people import Newcomer
from chalicelib.alarms.outcome import NEEDS_ACTION, Cause
from chalicelib.alarms.service import Responder
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import NotFoundError, RefusedError, ShouwangError
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.model import Message, Recipient, Words
from chalicelib.registry.model import Kin, Resident
from chalicelib.registry.people import Person
from chalicelib.watch.model import ConcernKind
from infra.commands.answering import Answer, outcome_of
from infra.commands.phones import MOST_FAMILY, Phones, command
from tests.api import Service
from tests.builders import concern, home


class Evening:
    """Li is on duty in Xinghe, and is told of whatever is raised."""

    def __init__(self, service: Service) -> None:
        self.service, self.now = service, service.now
        service.town.registry_store.put_households([home(f"h00{n}") for n in range(1, 5)])
        people = [Person(name, "xinghe", name.title(), Role.VOLUNTEER, "") for name in ("li", "wang")]
        wiring.registry.people().put_many(people)

    def raises(self, household: str, *, drill: bool = False) -> str:
        self.now += timedelta(seconds=1)
        found = concern(ConcernKind.ONE_KEY, household=household, began_at=self.now, drill=drill)
        alarm = wiring.alarms.concerns().raise_once(found, now=self.now)
        words = {language: Words("有人需要您", "1 号楼，请马上过去。", "1 号楼") for language in LANGUAGES}
        message = Message(f"{alarm}/1/li", "xinghe", "li", 1, "urgent", words, alarm=alarm)
        zone = wiring.registry.community("xinghe").zone
        wiring.notify.notifier().send(message, Recipient("li", "xinghe", zone), self.now)
        return alarm

    def answers(self, answer: Answer, person: str = "li", which: str | None = None) -> None:
        Phones("xinghe", 3, None).answer(answer, person, None, which)

    def taken_by(self, alarm: str) -> str | None:
        return wiring.alarms.desk().get(alarm, community="xinghe").acknowledged_by


@pytest.fixture
def evening() -> Iterator[Evening]:
    service = Service()
    yield Evening(service)
    service.close()


def test_a_drill_never_comes_before_somebody_in_need(evening: Evening) -> None:
    press, drill = evening.raises("h001"), evening.raises("h002", drill=True)
    evening.answers(Answer.TAKE)
    assert (evening.taken_by(press), evening.taken_by(drill)) == ("li", None)


def test_which_one_is_answered_can_be_said(evening: Evening) -> None:
    press, drill = evening.raises("h001"), evening.raises("h002", drill=True)
    evening.answers(Answer.TAKE, which=drill)
    assert (evening.taken_by(press), evening.taken_by(drill)) == (None, "li")
    with pytest.raises(NotFoundError, match="'li' was told of no alarm alarm-of-others"):
        evening.answers(Answer.TAKE, which="alarm-of-others")


def test_who_takes_another_takes_one_that_nobody_has(evening: Evening) -> None:
    first, second = evening.raises("h001"), evening.raises("h002")
    wiring.alarms.desk().acknowledge(second, by=Responder("wang", "xinghe"), now=evening.now)
    evening.answers(Answer.TAKE)
    assert (evening.taken_by(first), evening.taken_by(second)) == ("li", "wang")


def test_the_way_is_to_the_one_that_was_taken_however_many_came_since(evening: Evening) -> None:
    press = evening.raises("h001")
    evening.answers(Answer.TAKE)
    evening.raises("h002")
    evening.answers(Answer.ON_MY_WAY)
    assert wiring.alarms.desk().get(press, community="xinghe").state == "en_route"


@pytest.mark.parametrize("answer", [Answer.ON_MY_WAY, Answer.THERE])
def test_who_has_taken_nothing_is_told_how_to(evening: Evening, answer: Answer) -> None:
    evening.raises("h001")
    with pytest.raises(ShouwangError, match="li has taken nothing yet; first: shouwang phones --take li"):
        evening.answers(answer)


def test_what_was_found_is_said_and_never_guessed(evening: Evening) -> None:
    alarm = evening.raises("h001")
    shown = CliRunner().invoke(command, ["--community", "xinghe", "--found", "li"])
    assert (shown.exit_code, "needs --cause" in shown.output) == (2, True)
    found = wiring.alarms.desk().get(alarm, community="xinghe")
    for cause in NEEDS_ACTION:
        with pytest.raises(ShouwangError, match="say with --action what was done"):
            outcome_of(found, cause, None, "")
    assert found.is_open


@pytest.mark.parametrize("drill", [False, True])
@pytest.mark.parametrize("cause", sorted(set(Cause) - NEEDS_ACTION))
def test_every_harmless_cause_closes_an_alarm(evening: Evening, cause: Cause, drill: bool) -> None:
    alarm = wiring.alarms.desk().get(evening.raises("h001", drill=drill), community="xinghe")
    outcome = outcome_of(alarm, cause, None, "")
    assert alarm.resolved(outcome, by="li", at=evening.now).outcome == outcome


def test_who_was_told_of_nothing_and_who_does_not_exist_are_named(evening: Evening) -> None:
    with pytest.raises(NotFoundError, match="'wang' was told of no alarm"):
        evening.answers(Answer.TAKE, "wang")
    with pytest.raises(NotFoundError, match="There are: li, wang"):
        evening.answers(Answer.TAKE, "zhao")


DAUGHTER, RESIDENT, INVITED = "+12025550141", "+12025550142", "+12025550143"


@pytest.fixture
def family(evening: Evening) -> Evening:
    """Du of h001 has a phone, and a daughter who is told."""
    wiring.registry.people().put_many([Person("du-wei", "xinghe", "杜伟", Role.KIN, DAUGHTER)])
    du = Resident("du", "xinghe", "h001", "杜桂兰", RESIDENT, (Kin("du-wei", "女儿"),))
    wiring.registry.residents().enrol([du])
    return evening


def codes_asked(*numbers: str) -> None:
    for number in numbers:
        wiring.accounts.sign_in().ask(number, address="203.0.113.7", language="en", now=clock.now())


def test_kin_and_residents_find_their_codes_and_what_they_are_told_on_their_phones(family: Evening) -> None:
    codes_asked(DAUGHTER, RESIDENT)
    words = {language: Words("家里有情况", "已有人过去。", "家里") for language in LANGUAGES}
    for box in ("du-wei", "resident/du"):
        told = Message(f"news/{box}", "xinghe", box, 2, "look_in", words)
        to = Recipient(box, "xinghe", wiring.registry.community("xinghe").zone)
        wiring.notify.notifier().send(told, to, family.now)
    rows = Phones("xinghe", 3, None).rows()
    assert {row["person"] for row in rows} == {"du-wei", "resident/du"}
    assert len(rows) == 4, "a code and a message each"
    assert {row["name"] for row in Phones("xinghe", 3, None, number=RESIDENT).rows()} == {"杜桂兰"}


def test_who_is_invited_and_not_yet_known_finds_their_code_by_number(family: Evening) -> None:
    """Other phones aren't shown with it, and a number that asked for nothing shows nothing."""
    newcomer = Newcomer("xinghe", Role.KIN, "杜敏", ("du",), "儿子")
    wiring.accounts.invitations().invite(newcomer, INVITED, by="he", now=clock.now())
    codes_asked(INVITED, DAUGHTER)
    (row,) = Phones("xinghe", 3, None, number="+1 202 555 0143").rows()
    assert row["name"] == INVITED
    assert Phones("xinghe", 3, None, number="+12025550144").rows() == []


def test_where_families_are_many_their_phones_are_shown_one_by_one(
    family: Evening, capsys: pytest.CaptureFixture[str]
) -> None:
    many = [Person(f"k-{n}", "xinghe", f"亲属{n}", Role.KIN, "") for n in range(MOST_FAMILY)]
    wiring.registry.people().put_many(many)
    codes_asked(DAUGHTER)
    assert Phones("xinghe", 3, None).rows() == []
    assert "show one's: --number" in capsys.readouterr().err
    assert [row["person"] for row in Phones("xinghe", 3, None, number=DAUGHTER).rows()] == ["du-wei"]


def test_kin_and_residents_take_no_alarm(family: Evening) -> None:
    family.raises("h001")
    for box in ("du-wei", "resident/du"):
        with pytest.raises(RefusedError, match="isn't asked to go"):
            family.answers(Answer.TAKE, box)
