""" "Don't call my children": the wish holds, except where a life may hang on it, and then it is told."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from chalicelib.alarms.ladder import Who
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.people import RungPeople
from chalicelib.alarms.raising import raised
from chalicelib.alarms.telling import AlarmTeller
from chalicelib.kernel.caller import Role
from chalicelib.notify.addresses import Habits
from chalicelib.notify.boxes import box_of_resident
from chalicelib.registry.model import Resident
from chalicelib.registry.needs import Kin, Wish
from chalicelib.registry.people import Person
from chalicelib.rota.lookup import Duties
from chalicelib.rota.store import RotaStore
from chalicelib.watch.model import ConcernKind
from tests.builders import NOON, Town, concern
from tests.notify.people import Desk
from tests.scenarios.neighbourhood import Neighbourhood

DAUGHTER, SON = Kin("mei", "女儿"), Kin("qiang", "儿子", Wish.DO_NOT_CALL, "他上夜班")


@dataclass
class Home:
    """Home h001, where Wang Guiying lives with whom she named as kin."""

    town: Town = field(default_factory=Town)

    def __post_init__(self) -> None:
        self.town.people.put_many(
            [Person(name, "xinghe", name, Role.KIN, "+8613800000002") for name in ("mei", "qiang")]
        )
        duties = Duties(RotaStore(self.town.on.registry))
        self.people = RungPeople(self.town.registry_store, self.town.resident_store, duties, self.town.people)

    def wishes(self, *kin: Kin, resident: str = "r1", phone: str = "") -> None:
        self.town.residents.enrol([Resident(resident, "xinghe", "h001", "王桂英", phone, kin=kin)])

    def asked(self, kind: ConcernKind, *, drill: bool = False) -> list[str]:
        return list(self.people.asked(alarm(kind, drill=drill), Who.KIN, now=NOON))


def alarm(kind: ConcernKind, *, drill: bool = False) -> Alarm:
    return raised(concern(kind, drill=drill), now=NOON)


@pytest.fixture
def home() -> Home:
    return Home()


def test_kin_are_asked_in_their_order(home: Home) -> None:
    home.wishes(Kin("qiang"), DAUGHTER)
    assert home.asked(ConcernKind.STILL_WATER) == ["qiang", "mei"]


def test_the_wish_holds_in_severity_2(home: Home) -> None:
    home.wishes(SON, DAUGHTER)
    assert home.asked(ConcernKind.STILL_WATER) == ["mei"]
    assert home.people.against_wish(alarm(ConcernKind.STILL_WATER)) == {}


@pytest.mark.parametrize("kind", [ConcernKind.ONE_KEY, ConcernKind.GAS, ConcernKind.SMOKE, ConcernKind.FALL])
def test_in_severity_1_all_are_asked_and_it_is_known_whose_wish_breaks(home: Home, kind: ConcernKind) -> None:
    home.wishes(SON, DAUGHTER)
    assert home.asked(kind) == ["qiang", "mei"]
    assert home.people.against_wish(alarm(kind)) == {"qiang": ["r1"]}


def test_a_drill_breaks_no_wish(home: Home) -> None:
    home.wishes(SON)
    assert home.asked(ConcernKind.ONE_KEY, drill=True) == []


def test_somebody_whom_the_other_resident_wants_told_is_told(home: Home) -> None:
    home.wishes(SON)
    home.wishes(Kin("qiang"), resident="r2")
    assert home.asked(ConcernKind.STILL_WATER) == ["qiang"]
    assert home.people.against_wish(alarm(ConcernKind.ONE_KEY)) == {}


def test_a_broken_wish_is_logged_before_the_phone_rings_and_told_to_the_resident_once() -> None:
    street = Neighbourhood(unasked={"daughter": ["r1"]})
    press = street.press_one_key()
    log = street.log(press)
    assert log.index("wish_broken") < log.index("told")
    street.wait(minutes=30)  # the ladder begins anew again and again
    assert street.phones_rung().count("daughter") > 2
    assert (street.log(press).count("wish_broken"), street.owned_up) == (1, ["r1"])


def test_no_wish_is_broken_where_kin_are_not_asked() -> None:
    street = Neighbourhood(unasked={"daughter": ["r1"]})
    quiet = street.goes_quiet()
    street.wait(minutes=9)
    assert (street.owned_up, "wish_broken" in street.log(quiet)) == ([], False)


@pytest.mark.parametrize("phone", ["", "+8613800000009"], ids=["in the app alone", "by SMS, too"])
def test_the_resident_reads_of_it_and_is_not_rung(home: Home, phone: str) -> None:
    home.wishes(SON, phone=phone)
    desk = Desk()
    desk.addresses.put_habits("xinghe", Habits(sms="sms", voice="voice", quiet=None))
    town = home.town
    teller = AlarmTeller(town.registry_store, town.resident_store, town.people, desk.addresses, desk.notifier)
    press = alarm(ConcernKind.ONE_KEY)
    for _ in range(2):
        teller.own_up(press, "r1", key=f"{press.id}/wish/r1", now=NOON)
    teller.own_up(press, "nobody", key="other", now=NOON)
    assert [letter.words.title for letter in desk.sms.taken] == (["我们联系了您的家人"] if phone else [])
    assert desk.voice.asked == []
    assert len(inbox(desk, NOON)) == 1


def inbox(desk: Desk, now: datetime) -> list[object]:
    items, _ = desk.inbox.page("xinghe", box_of_resident("r1"), limit=10, after=None)
    return list(items)
