"""The home screen: each sees what is theirs, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.alarms.store import AlarmStore
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.model import Message, Recipient, Words
from chalicelib.registry.model import Resident
from chalicelib.registry.needs import Kin
from chalicelib.registry.people import Person
from chalicelib.watch.absence import Absence, Declared
from tests.api import Service, raised
from tests.builders import DAY, HOUR, Town, device, envelope, home, water


@pytest.fixture
def lively() -> Iterator[Service]:
    """Two homes with a meter; Du and her daughter, and somebody else next door."""
    service = Service(Town())
    town = service.town
    town.registry_store.put_households([home(name="王家", building="3号楼"), home("h002", name="李家")])
    town.people.put_many([Person(each, "xinghe", each, Role.KIN) for each in ("daughter", "stranger")])
    town.residents.enrol(
        [
            Resident("r1", "xinghe", "h001", "王桂英", kin=(Kin("daughter"),)),
            Resident("r2", "xinghe", "h002", "李"),
        ]
    )
    town.install(device(), now=service.now - DAY)
    drawn = water(*range(0, 300, 20), until=service.now)
    for step in range(2):
        at = service.now - step * HOUR
        town.hear(envelope(drawn, received_at=at), now=at)
    yield service
    service.close()


def screen(api: Service, role: Role, name: str) -> Any:
    answer = api.get("/v1/home", role=role, name=name)
    assert answer.status == 200
    return answer.body


def ask(api: Service, alarm: str, person: str) -> None:
    """Ask somebody to act on an alarm, as the ladder does."""
    store = AlarmStore(api.town.on.deadlines)
    found = store.get(alarm)
    assert found is not None
    asked = replace(found.asking([person]), version=found.version + 1)
    store.change(asked, store.log(alarm)[0], lines=len(store.log(alarm)))
    words = {language: Words("去看看", "3号楼", "") for language in LANGUAGES}
    message = Message(f"{alarm}/0/{person}", "xinghe", person, 2, "look_in", words, alarm=alarm)
    wiring.notify.notifier().send(message, Recipient(person, "xinghe", found.raised_at.tzinfo), api.now)  # type: ignore[arg-type]


@pytest.mark.parametrize(("role", "name"), [(Role.KIN, "daughter"), (Role.RESIDENT, "r1")])
def test_family_sees_how_the_home_is(lively: Service, role: Role, name: str) -> None:
    (card,) = screen(lively, role, name)["homes"]
    assert card == {
        "household": "h001", "name": "王家", "residents": ["r1"], "finding": "active", "alarm_open": False,
        "away_until": None, "visitor_until": None,
    }  # fmt: skip
    raised(lively)
    assert screen(lively, role, name)["homes"][0]["alarm_open"]


@pytest.mark.parametrize("kind", list(Declared))
def test_family_sees_what_was_declared_while_it_holds(lively: Service, kind: Declared) -> None:
    """A home that is away isn't shown as if somebody were active there."""
    ends = lively.now + DAY
    away = Absence("xinghe", "h001", kind, lively.now - HOUR, ends, "daughter", lively.now - HOUR)
    wiring.watch.absences().declare(away, now=lively.now)
    (card,) = screen(lively, Role.KIN, "daughter")["homes"]
    shown = {Declared.AWAY: card["away_until"], Declared.VISITOR: card["visitor_until"]}
    assert shown == {each: rfc3339(ends) if each is kind else None for each in Declared}


def test_family_of_nobody_sees_no_home(lively: Service) -> None:
    assert screen(lively, Role.KIN, "stranger")["homes"] == []
    assert screen(lively, Role.RESIDENT, "r-unknown")["homes"] == []


def test_a_look_at_the_home_screen_is_a_look(lively: Service) -> None:
    screen(lively, Role.KIN, "daughter")
    (look,) = wiring.privacy.access_log().looks("xinghe", "r1")
    assert (look.who, look.grounds, look.parts) == ("daughter", "kin", ("status",))


def test_a_relative_struck_from_the_list_sees_nothing_though_the_token_still_names_them(
    lively: Service,
) -> None:
    lively.town.residents.enrol([Resident("r1", "xinghe", "h001", "王桂英")])
    token = lively.token(Role.KIN, name="daughter")
    assert lively.get("/v1/home", token=token).body["homes"] == []


def test_a_volunteer_sees_the_cases_they_were_asked_on_until_they_close(lively: Service) -> None:
    alarm = raised(lively)
    assert screen(lively, Role.VOLUNTEER, "Li")["cases"] == []
    ask(lively, alarm, "Li")
    body = screen(lively, Role.VOLUNTEER, "Li")
    assert [(case["id"], case["household_name"], case["mine"]) for case in body["cases"]] == [
        (alarm, "王家", True)
    ]
    assert (body["open_alarms"], body["homes"]) == ([], [])
    assert body["notifications"][0]["alarm"] == alarm
    lively.put(f"/v1/alarms/{alarm}/outcome", {"verdict": "false", "cause": "asleep"}, name="other")
    assert screen(lively, Role.VOLUNTEER, "Li")["cases"] == []


def test_staff_see_what_is_open_and_what_of_it_is_theirs(lively: Service) -> None:
    for n in range(7):
        lively.town.registry_store.put_households([home(f"h1{n}")])
        raised(lively, household=f"h1{n}", hours_ago=n + 1)
    body = screen(lively, Role.GRID_WORKER, "Li")
    assert [a["household_name"] for a in body["open_alarms"]] == ["h10", "h11", "h12", "h13", "h14"]
    assert (body["more_open"], body["cases"]) == (True, [])


def test_the_board_sees_names_masked_and_nothing_to_ask_further_with(lively: Service) -> None:
    raised(lively)
    (card,) = screen(lively, Role.BOARD, "screen")["open_alarms"]
    assert (card["household_name"], card["building"], card["id"]) == ("王*", "3号楼", None)
    assert screen(lively, Role.BOARD, "screen")["homes"] == []


def test_a_department_opens_an_empty_screen(lively: Service) -> None:
    raised(lively)
    body = screen(lively, Role.DEPARTMENT, "roads")
    assert (body["homes"], body["cases"], body["open_alarms"]) == ([], [], [])
