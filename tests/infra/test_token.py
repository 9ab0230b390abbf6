"""`shouwang token`: whom a token speaks for, as when they sign in."""

import pytest

from chalicelib import wiring
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import NotFoundError
from chalicelib.registry.model import Kin, Resident
from chalicelib.registry.people import Person
from infra.commands.token import remark_on, spoken_for
from tests.api import Service, api

__all__ = ["api"]


@pytest.fixture
def family(api: Service) -> Service:
    """Du of h001 and her daughter; Li, a volunteer, is her neighbour and looks after her as kin do."""
    people = [Person("wei", "xinghe", "杜伟", Role.KIN), Person("li", "xinghe", "李娜", Role.VOLUNTEER)]
    wiring.registry.people().put_many(people)
    kin = (Kin("wei", "女儿"), Kin("li", "邻居"))
    wiring.registry.residents().enrol([Resident("du", "xinghe", "h001", "杜桂兰", kin=kin)])
    return api


@pytest.mark.parametrize(
    ("role", "name"),
    [
        pytest.param(Role.RESIDENT, "du", id="the resident"),
        pytest.param(Role.KIN, "wei", id="a relative"),
        pytest.param(Role.KIN, "li", id="a volunteer who is kin, too"),
    ],
)
def test_a_token_speaks_for_the_residents_of_kin_as_signing_in_does(
    family: Service, role: Role, name: str
) -> None:
    caller = spoken_for("xinghe", role, name)
    assert (caller.residents, caller.households) == (("du",), ("h001",))
    token = family.token(role, name=name, residents=caller.residents, households=caller.households)
    assert [card["household"] for card in family.get("/v1/home", token=token).body["homes"]] == ["h001"]


@pytest.mark.parametrize(
    ("role", "there_are"),
    [pytest.param(Role.RESIDENT, "du, r1", id="resident"), pytest.param(Role.KIN, "wei", id="kin")],
)
def test_kin_and_residents_who_are_not_there_get_none_and_are_told_who_is(
    family: Service, role: Role, there_are: str
) -> None:
    with pytest.raises(NotFoundError, match=f"There are: {there_are}.$"):
        spoken_for("xinghe", role, "operator")


def test_staff_may_be_called_anything_and_a_name_that_nobody_has_is_remarked(family: Service) -> None:
    told = [remark_on(spoken_for("xinghe", Role.VOLUNTEER, name)) for name in ("operator", "li", "lee")]
    assert told[:2] == ["", ""]
    assert "Nobody in 'xinghe' is called 'lee'" in told[2]
    other = remark_on(spoken_for("xinghe", Role.COORDINATOR, "li"))
    assert other == "'li' is volunteer here, not coordinator."
