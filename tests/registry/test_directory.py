"""Who has a phone number, and welcoming those who were invited."""

from dataclasses import replace

import pytest

from chalicelib import wiring
from chalicelib.accounts.people import Newcomer
from chalicelib.accounts.sessions import As
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.phones import phone_name
from chalicelib.registry.directory import PhoneDirectory
from chalicelib.registry.import_people import read_people
from chalicelib.registry.kin import KinTold
from chalicelib.registry.model import Community, Grid, Kin, Resident
from chalicelib.registry.needs import Wish
from chalicelib.registry.people import PeopleStore, Person
from tests.api import Service
from tests.builders import NOON, TOKEN_KEY, Town, ground, home

PHONE, OTHER = "+8613800000001", "+8613800000002"


class Village:
    """Xinghe with Du, who lives in h001, next to Yuehu."""

    def __init__(self) -> None:
        self.town = Town()
        self.people = PeopleStore(self.town.on.registry)
        self.town.registry.enrol(
            Community("yuehu", "月湖"), [Grid("g1", "yuehu", "一")], [home(community="yuehu")], now=NOON
        )
        town = self.town
        self.directory = PhoneDirectory(
            town.on.registry, town.registry_store, self.people, town.resident_store, town.residents
        )

    def accounts(self, phone: str = PHONE) -> list[str]:
        return [account.who.id for account in self.directory.accounts(phone_name(phone))]


def li(**fields: object) -> Person:
    return Person(**{"id": "li-na", "community": "xinghe", "name": "李娜", "role": Role.VOLUNTEER,
                     "phone": PHONE, "grid": "g1", **fields})  # type: ignore[arg-type]  # fmt: skip


def du(**fields: object) -> Resident:
    return Resident(**{"id": "du", "community": "xinghe", "household": "h001", "name": "杜桂兰", **fields})  # type: ignore[arg-type]


def test_nobody_has_an_unknown_number() -> None:
    assert Village().accounts() == []


def test_a_person_is_found_by_their_number() -> None:
    village = Village()
    village.people.put_many([li()])
    (account,) = village.directory.accounts(phone_name(PHONE))
    assert (account.who, account.name, account.grid) == (
        As("xinghe", Role.VOLUNTEER, "li-na"), "李娜", "g1",
    )  # fmt: skip
    assert village.directory.person("xinghe", "li-na") == (account, PHONE)
    assert village.directory.person("xinghe", "nobody") is None


def test_whoever_has_another_number_now_or_has_left_is_no_longer_found() -> None:
    village = Village()
    village.people.put_many([li()])
    village.people.put_many([li(phone=OTHER)])
    assert (village.accounts(), village.accounts(OTHER)) == ([], ["xinghe.volunteer.li-na"])
    person = village.people.get("xinghe", "li-na")
    assert person is not None
    person = village.people.change(replace(person, phone=PHONE))
    assert (village.accounts(), village.accounts(OTHER)) == (["xinghe.volunteer.li-na"], [])
    village.people.remove(person)
    assert village.accounts() == []


def test_one_number_may_be_several_people_in_several_communities() -> None:
    village = Village()
    village.people.put_many([li(), li(community="yuehu", role=Role.COORDINATOR, id="li")])
    assert village.accounts() == ["xinghe.volunteer.li-na", "yuehu.coordinator.li"]


def test_kin_speak_for_their_relatives() -> None:
    village = Village()
    village.people.put_many([li(role=Role.KIN)])
    village.town.residents.enrol([du(kin=(Kin("li-na", "女儿"),))])
    (account,) = village.directory.accounts(phone_name(PHONE))
    assert (account.who.id, account.residents, account.households) == (
        "xinghe.kin.li-na", ("du",), ("h001",),
    )  # fmt: skip


def test_a_volunteer_who_is_also_kin_chooses() -> None:
    village = Village()
    village.people.put_many([li()])
    village.town.residents.enrol([du(kin=(Kin("li-na"),))])
    assert village.accounts() == ["xinghe.kin.li-na", "xinghe.volunteer.li-na"]


def test_a_resident_signs_in_with_their_own_phone() -> None:
    village = Village()
    village.town.residents.enrol([du(phone=PHONE)])
    (account,) = village.directory.accounts(phone_name(PHONE))
    assert (account.who.id, account.residents, account.households) == (
        "xinghe.resident.du", ("du",), ("h001",),
    )  # fmt: skip
    assert village.directory.resident("xinghe", "du") == account
    assert village.directory.resident("yuehu", "du") is None
    village.town.residents.remove(village.town.residents.get("xinghe", "du"))
    assert village.accounts() == []


def invited(**fields: object) -> Newcomer:
    return Newcomer(**{"community": "xinghe", "role": Role.KIN, "name": "杜敏", "residents": ("du",),
                       "relation": "女儿", **fields})  # type: ignore[arg-type]  # fmt: skip


def test_who_is_welcomed_as_kin_is_kin_from_then_on_and_twice_changes_nothing() -> None:
    village = Village()
    village.town.residents.enrol([du()])
    account = village.directory.welcome(invited(), PHONE)
    assert village.directory.welcome(invited(), PHONE) == account
    assert list(village.directory.accounts(phone_name(PHONE))) == [account]
    (kin,) = village.town.residents.get("xinghe", "du").kin
    assert (kin.person, kin.relation) == (account.who.name, "女儿")


def test_a_volunteer_who_is_invited_as_kin_stays_one_person() -> None:
    village = Village()
    village.people.put_many([li()])
    village.town.residents.enrol([du()])
    account = village.directory.welcome(invited(), PHONE)
    assert account.who == As("xinghe", Role.KIN, "li-na")
    assert village.accounts() == ["xinghe.kin.li-na", "xinghe.volunteer.li-na"]


def test_an_invited_volunteer_belongs_to_a_grid() -> None:
    village = Village()
    newcomer = invited(role=Role.VOLUNTEER, residents=(), grid="g1", language="en")
    account = village.directory.welcome(newcomer, PHONE)
    assert (account.who.role, account.grid, account.language) == (Role.VOLUNTEER, "g1", "en")
    assert village.accounts() == [account.who.id]


@pytest.mark.parametrize(
    ("newcomer", "pointer"),
    [
        (invited(residents=()), "/residents"),
        (invited(residents=("nobody",)), "/residents"),
        (invited(role=Role.VOLUNTEER), "/residents"),
        (invited(role=Role.VOLUNTEER, residents=(), grid="g9"), "/grid"),
        (invited(community="yuehu"), "/residents"),
    ],
    ids=["kin of nobody", "kin of a stranger", "a volunteer for one resident", "no such grid", "foreign"],
)
def test_an_invitation_that_can_t_be_kept_is_refused(newcomer: Newcomer, pointer: str) -> None:
    village = Village()
    village.town.residents.enrol([du()])
    with pytest.raises(RefusedError) as refused:
        village.directory.must_know(newcomer)
    assert refused.value.pointer == pointer
    village.directory.must_know(invited())


def test_nobody_is_invited_to_a_resident_with_ten_relatives() -> None:
    village = Village()
    village.town.residents.enrol([du()])
    for n in range(10):
        village.directory.welcome(invited(name=f"亲{n}"), f"+861380000100{n}")
    with pytest.raises(RefusedError):
        village.directory.must_know(invited())


def test_nobody_finds_out_a_number_from_an_id() -> None:
    """Grid workers see ids and no phones, and all the numbers there are can be tried in an hour: so an id is
    made with a key, the same one by one deployment and another by another.
    """
    here, again, elsewhere = (ids_made(TOKEN_KEY), ids_made(TOKEN_KEY), ids_made(TOKEN_KEY[::-1]))
    assert here == again
    assert len(set(here)) == 4 and not set(here) & set(elsewhere)


def ids_made(key: str) -> list[str]:
    """Of a member of staff who was added, a volunteer who was invited, a relative, and one of a table."""
    service = Service(Town(replace(ground(), token_key=key)))
    chen, once = {"role": Role.COORDINATOR, "name": "chen"}, {"idempotency-key": "k1"}
    asked = {"name": "李娜", "role": "volunteer", "phone": PHONE}
    added = service.call("POST", "/v1/people", body=asked, headers=once, **chen).body["id"]
    joined = wiring.registry.directory().welcome(Newcomer("xinghe", Role.VOLUNTEER, "王芳"), OTHER).who.name
    residents = wiring.registry.residents()
    told = [KinTold("", "杜伟", "+8613800000003", "儿子", Wish.CALL, "")]
    du = residents.put_kin(residents.get("xinghe", "r1"), told)
    row = {"role": "volunteer", "name": "赵", "phone": "+8613800000004"}
    known = wiring.registry.intake().known("xinghe")
    read = read_people([(2, row)], "xinghe", {}, frozenset(), known.names)
    service.close()
    return [added, joined, du.kin[0].person, *read.people]
