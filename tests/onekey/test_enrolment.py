"""What is kept ready follows the registry: cards with kin and grid workers, and the community's line."""

from dataclasses import dataclass, field, replace

import pytest

from chalicelib import wiring
from chalicelib.kernel.caller import Role
from chalicelib.onekey.model import Asked, Channel, Line, Press, Session
from chalicelib.onekey.store import Found
from chalicelib.registry.model import Grid, Kin, Resident
from chalicelib.registry.people import Person
from chalicelib.registry.sheets import csv_rows
from infra.commands.importing import take_in_people
from tests.api import Service
from tests.builders import NOON, XINGHE, home

DU = Resident("du", "xinghe", "h001", "杜", "+8613800000009", (Kin("min"),))


@dataclass
class Enrolment:
    """Xinghe, enrolled through the wiring as commands and routes do."""

    api: Service = field(default_factory=Service)

    def __post_init__(self) -> None:
        self.person("min", "杜敏", "+8613800000001", Role.KIN)
        self.person("zhou", "周岚", "+8613800000002", Role.GRID_WORKER, grid="g1")
        wiring.registry.store().put_grid(Grid("g1", "xinghe", "一", ("zhou",)))
        wiring.registry.registry().enrol(XINGHE, households=[home()], now=NOON)
        wiring.registry.residents().enrol([DU])
        wiring.rota.changed("xinghe", now=NOON)

    def person(self, name: str, called: str, phone: str, role: Role, grid: str = "") -> None:
        wiring.registry.people().put_many([Person(name, "xinghe", called, role, phone, grid)])

    def found(self) -> Found:
        """What a press of Du's finds."""
        press = Press("p", NOON, Channel.PAGE, Session.NONE)
        return wiring.onekey.book().look_up("xinghe", Asked(press, community="xinghe", resident="du"))

    def numbers(self) -> list[str]:
        card = self.found().card
        assert card is not None
        return [contact.name for contact in card.numbers]


@pytest.fixture
def enrolment(request: pytest.FixtureRequest) -> Enrolment:
    made = Enrolment()
    request.addfinalizer(made.api.close)
    return made


def test_whoever_is_enrolled_has_a_card_with_their_grid_worker_and_kin(enrolment: Enrolment) -> None:
    assert enrolment.numbers() == ["周岚", "杜敏"]
    assert enrolment.found().line == Line("xinghe", XINGHE.name, "")


def test_a_change_of_kin_is_on_the_card_at_once(enrolment: Enrolment) -> None:
    enrolment.person("hua", "杜华", "+8613800000003", Role.KIN)
    stored = wiring.registry.residents().get("xinghe", "du")
    wiring.registry.residents().put(replace(stored, kin=(Kin("hua"),)))
    assert enrolment.numbers() == ["周岚", "杜华"]
    assert (card := enrolment.found().card) and card.kin == ("hua",)


def whose(phone: str) -> str | None:
    return wiring.onekey.book().resident_of_phone("xinghe", phone)


@pytest.mark.parametrize(("leaves", "stays"), [("du", "lan"), ("lan", "du")])
@pytest.mark.parametrize("goes", ["to a number of their own", "away"])
def test_a_couple_shares_a_telephone_and_who_keeps_it_is_still_known_by_it(
    enrolment: Enrolment, goes: str, leaves: str, stays: str
) -> None:
    residents, shared = wiring.registry.residents(), "+865515550009"
    du = residents.get("xinghe", "du")
    residents.enrol([replace(du, phone=shared), Resident("lan", "xinghe", "h001", "兰", shared)])
    assert whose(shared) in ("du", "lan")
    assert whose(DU.phone) is None
    one = residents.get("xinghe", leaves)
    if goes == "away":
        residents.remove(one, now=NOON)
    else:
        residents.put(replace(one, phone="+8613800000077"))
    assert whose(shared) == stays
    assert whose(f"{shared}0") is None


def test_the_communitys_number_is_dialled_and_stays_when_none_is_given(enrolment: Enrolment) -> None:
    for phone in ("+8655155500000", ""):
        wiring.registry.registry().enrol(replace(XINGHE, phone=phone), now=NOON)
        wiring.rota.changed("xinghe", now=NOON)
        line = enrolment.found().line
        assert line is not None
        assert line.number == "+8655155500000"


CHEN = {"role": Role.COORDINATOR, "name": "chen"}
ZHOU = {"name": "周岚", "role": "grid_worker", "phone": "13800000022", "grid": "g1"}


def phones(enrolment: Enrolment) -> dict[str, str]:
    card = enrolment.found().card
    assert card is not None
    return {contact.name: contact.phone for contact in card.numbers}


def test_a_workers_new_number_is_on_the_cards_of_their_grid_at_once(enrolment: Enrolment) -> None:
    assert enrolment.api.change("/v1/people/zhou", ZHOU, **CHEN).status == 200
    assert phones(enrolment) == {"周岚": "+8613800000022", "杜敏": "+8613800000001"}


def test_a_worker_who_goes_to_another_grid_or_leaves_is_on_its_cards_no_more(enrolment: Enrolment) -> None:
    wiring.registry.store().put_grid(Grid("g2", "xinghe", "二"))
    enrolment.api.change("/v1/people/zhou", {**ZHOU, "grid": "g2"}, **CHEN)
    assert list(phones(enrolment)) == ["杜敏"]
    enrolment.api.change("/v1/people/zhou", ZHOU, **CHEN)
    assert list(phones(enrolment)) == ["周岚", "杜敏"]
    wiring.registry.store().change_grid(replace(wiring.registry.store().grids("xinghe")[0], workers=()))
    gone = enrolment.api.call("DELETE", "/v1/people/zhou", headers={"if-match": "*"}, **CHEN)
    assert (gone.status, list(phones(enrolment))) == (200, ["杜敏"])


def test_a_relatives_new_number_is_on_the_cards_of_all_whose_kin_they_are(enrolment: Enrolment) -> None:
    other = Resident("he", "xinghe", "h001", "何", kin=(Kin("min"),))
    wiring.registry.residents().enrol([other])
    told = {"person": "min", "name": "杜敏", "phone": "13800000011"}
    answer = enrolment.api.change("/v1/residents/he/kin", {"kin": [told]}, **CHEN)
    assert answer.status == 200, answer.body
    assert phones(enrolment)["杜敏"] == "+8613800000011"


def test_whoever_is_on_duty_is_dialled_under_the_new_number(enrolment: Enrolment) -> None:
    for name, period in (("t1", "day"), ("t2", "night")):
        team = {"id": name, "name": "一队", "grid": "-", "period": period, "members": ["zhou"]}
        made = enrolment.api.call("POST", "/v1/teams", body=team, headers={"idempotency-key": name}, **CHEN)
        assert made.status == 201, made.body
    enrolment.api.change("/v1/people/zhou", ZHOU, **CHEN)
    windows = enrolment.found().board.grids["g1"]
    assert {contact.phone for window in windows for contact in window.contacts} == {"+8613800000022"}


def test_a_number_that_an_import_changes_is_on_the_cards(enrolment: Enrolment) -> None:
    rows = csv_rows("person,name,role,grid,phone\nzhou,周岚,网格员,g1,13800000033\n".encode())
    summary = take_in_people(wiring.registry.intake(), XINGHE, rows, dry_run=False)
    assert (summary["errors"], summary["written"]) == ([], True)
    assert phones(enrolment)["周岚"] == "+8613800000033"
