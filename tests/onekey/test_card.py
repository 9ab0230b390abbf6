"""The card that a page keeps, so that it can dial before any network answers."""

from datetime import timedelta

import pytest

from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.onekey.dialing import BoardKeeper, RotaDialing
from chalicelib.onekey.endpoint import CALL, CANCELLATION
from chalicelib.onekey.enrolment import cards_of
from chalicelib.onekey.model import Contact, Who, dialled, ranked
from chalicelib.onekey.texts import WHAT_TO_DO
from chalicelib.registry.model import Household, Resident
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.rota.hours import Period
from chalicelib.rota.lookup import Duties
from chalicelib.rota.model import Settings, Team
from chalicelib.rota.store import RotaStore
from tests.onekey.builders import DAUGHTER, DESK, LI, NOON, WANG, WHERE, Street


def test_it_has_a_name_the_ranked_numbers_and_what_to_do() -> None:
    card = Street().card(headers={"Accept-Language": "en"})
    assert (card.status, card.body["name"], card.body["language"]) == (200, "杜老师", "en")
    assert [(c["who"], c["tel"]) for c in card.body["dial"]] == [
        (c.who.value, c.tel) for c in (LI, WANG, DAUGHTER, DESK)
    ]
    assert card.body["what_to_do"] == list(WHAT_TO_DO["en"])


def test_the_page_has_it_already_until_the_shift_changes() -> None:
    street = Street()
    etag = street.card().headers["ETag"]
    street.wait(60)
    unchanged = street.card(headers={"If-None-Match": f'W/"x", {etag}'})
    assert (unchanged.status, unchanged.body) == (304, None)
    street.wait(3600)
    street.plan.people = (WANG,)
    assert street.card(headers={"If-None-Match": etag}).status == 200


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.BOARD, Role.NURSE])
def test_it_is_not_for_every_role(role: Role) -> None:
    street = Street()
    refused = street.card(token=street.token(role))
    assert (refused.status, refused.body["code"]) == (403, "forbidden")
    assert street.card(token=street.token(role, hours=-1)).status == 401


@pytest.mark.parametrize(
    ("role", "sees_kin"),
    [(Role.RESIDENT, True), (Role.COORDINATOR, True), (Role.GRID_WORKER, False), (Role.KIN, False)],
)
def test_relatives_numbers_are_for_whom_contacts_are_open(role: Role, sees_kin: bool) -> None:
    street = Street()
    token = street.token(role, name={Role.RESIDENT: "du", Role.KIN: "min"}.get(role, "somebody"))
    for shown in (street.card(token=token), street.press(token=token)):
        told = [contact["tel"] for contact in shown.body["dial"]]
        assert (DAUGHTER.tel in told) is sees_kin
        assert [LI.tel, WANG.tel, DESK.tel] == [tel for tel in told if tel != DAUGHTER.tel]
    parts = [sorted(sight.parts) for _, sight in street.looks]
    assert parts == ([] if role is Role.RESIDENT else [["contacts", "status"] if sees_kin else ["status"]])


def test_a_relative_who_was_struck_off_is_told_nothing_by_the_token_they_still_have() -> None:
    street = Street()
    kin = street.token(Role.KIN, name="min")
    call = street.press().body["id"]
    about = {"resident_id": "du", "call": call}
    street.enrol("xinghe", Resident("du", "xinghe", "h001", "杜老师", "+8613800000009"))
    shown = [
        street.card(token=kin),
        street.send("GET", CALL, token=kin, **about),
        street.send("PATCH", CALL, token=kin, body={"location": WHERE}, **about),
        street.send("PUT", CANCELLATION, token=kin, **about),
    ]
    assert {(one.status, one.body["code"]) for one in shown} == {(404, "not_found")}
    pressed = street.press(token=kin)
    assert (pressed.status, set(pressed.body)) == (200, {"id", "kind", "state", "dial"})
    assert [contact["tel"] for contact in pressed.body["dial"]] == [LI.tel, WANG.tel, DESK.tel]


def test_it_is_only_for_whoever_is_signed_in_here() -> None:
    street = Street()
    assert street.card(token=None).status == 401
    assert street.card(token=street.token(hours=-1)).status == 401
    assert street.card(token=street.token(community="yuehu")).status == 404
    assert street.card("nobody").status == 404
    assert street.card("NO BODY").status == 404


def test_the_board_says_who_is_on_duty_hour_by_hour() -> None:
    street = Street(board=False)
    rota, people = RotaStore(street.memory), PeopleStore(street.memory)
    day = Team("t1", "日", "g1", Period.DAY, "li", ("li", "wang"))
    night = Team("t2", "夜", "g1", Period.NIGHT, "wang", ("wang", "li"))
    rota.put_settings("xinghe", Settings(confirm_minutes=0), version=0)
    rota.put_teams("xinghe", {"g1": ((day, night), 0)})
    people.put_many(
        [
            Person("li", "xinghe", "Li", Role.VOLUNTEER, LI.phone),
            Person("wang", "xinghe", "Wang", Role.VOLUNTEER, WANG.phone),
        ]
    )
    BoardKeeper(street.book, RotaDialing(Duties(rota), people)).renew(
        "xinghe", ["g1"], now=NOON - timedelta(hours=1)
    )
    in_china = [
        [c["name"] for c in street.card().body["dial"]][:2]
    ]  # noon UTC is 20:00 there: the night shift
    street.now = NOON - timedelta(minutes=1)
    in_china.append([c["name"] for c in street.card().body["dial"]][:2])
    assert in_china == [["Wang", "Li"], ["Li", "Wang"]]
    assert street.plan.asked == 0


def test_cards_know_the_grid_worker_and_refuse_two_of_one_id() -> None:
    home = Household("h001", "xinghe", "g1", "h001")
    du = Resident("du", "xinghe", "h001", "杜", "+8613800000009")
    workers = [
        Person("a", "xinghe", "A", Role.GRID_WORKER, "+8613800000010", "g1"),
        Person("b", "xinghe", "B", Role.GRID_WORKER, "+8613800000011", "g2"),
    ]
    (card,) = cards_of([home], [du], workers, {"du": [DAUGHTER]})
    assert card.phone == "+8613800000009"
    assert [c.name for c in card.numbers] == ["A", "Du Min"]
    with pytest.raises(RefusedError, match="Two residents are 'du'"):
        cards_of([home], [du, du], [], {})


def test_nobody_is_named_twice_or_without_a_number() -> None:
    twice = Contact(Who.KIN, "Li, too", LI.phone)
    silent = Contact(Who.DUTY_FIRST, "Nobody", "")
    assert ranked([DESK, twice], [silent, WANG, LI]) == (LI, WANG, DESK)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("138 0000 0009", "+8613800000009"),
        ("+86 138-0000-0009", "+8613800000009"),
        ("008613800000009", "+8613800000009"),
        ("0551-5550000", "+865515550000"),
        ("120", "120"),
        ("anonymous", ""),
        ("", ""),
        ("+", ""),
    ],
)
def test_numbers_are_written_in_many_ways(written: str, number: str) -> None:
    assert dialled(written) == number
