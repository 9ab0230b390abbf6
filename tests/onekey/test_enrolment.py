"""What is kept ready follows the registry: cards with kin and grid workers, and the community's line."""

from dataclasses import dataclass, field, replace

import pytest

from chalicelib import wiring
from chalicelib.kernel.caller import Role
from chalicelib.onekey.model import Asked, Channel, Line, Press, Session
from chalicelib.onekey.store import Found
from chalicelib.registry.model import Grid, Kin, Resident
from chalicelib.registry.people import Person
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


def test_the_communitys_number_is_dialled_and_stays_when_none_is_given(enrolment: Enrolment) -> None:
    for phone in ("+8655155500000", ""):
        wiring.registry.registry().enrol(replace(XINGHE, phone=phone), now=NOON)
        wiring.rota.changed("xinghe", now=NOON)
        line = enrolment.found().line
        assert line is not None
        assert line.number == "+8655155500000"
