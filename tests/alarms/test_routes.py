"""Alarms over HTTP."""

from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.alarms.moves import TakenError
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.tables import Ask, Page
from chalicelib.kernel.caller import Role
from chalicelib.registry.people import Person
from chalicelib.watch.model import ConcernKind
from tests.api import ASLEEP, Service, raised
from tests.builders import concern, home


def test_a_list_of_alarms_newest_first_page_by_page(api: Service) -> None:
    homes = [home(f"h10{n}") for n in range(5)]
    api.town.registry_store.put_households(homes)
    for n, each in enumerate(homes, start=1):
        raised(api, household=each.id, hours_ago=n)
    seen: list[str] = []
    more = ""
    while more is not None:
        page = api.get(f"/v1/alarms?limit=2{more and f'&cursor={more}'}").body
        seen += [item["household"] for item in page["items"]]
        more = page["next_cursor"]
    assert seen == ["h100", "h101", "h102", "h103", "h104"]


@pytest.mark.parametrize(
    ("accept", "text", "last"),
    [
        (None, "只用了3升水", "刚才"),
        ("zh-CN,en;q=0.5", "只用了3升水", "刚才"),
        ("en-GB,zh;q=0.5", "3 litres since", "just now"),
        ("fr", "只用了3升水", "刚才"),
    ],
)
def test_an_alarm_in_the_callers_language(api: Service, accept: str | None, text: str, last: str) -> None:
    headers = {"accept-language": accept} if accept else {}
    alarm = api.get(f"/v1/alarms/{raised(api)}", headers=headers).body
    assert text in alarm["text"]
    assert last in alarm["text"]
    assert api.get("/v1/alarms", headers=headers).body["items"][0]["text"] == alarm["text"]


def test_an_alarm_from_raised_to_closed(api: Service) -> None:
    alarm = raised(api)
    seen = api.get(f"/v1/alarms/{alarm}").body
    assert (seen["state"], seen["severity"], seen["household_name"]) == ("raised", 2, "h001")
    taken = api.put(f"/v1/alarms/{alarm}/acknowledgement").body
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "Li")
    closed = api.put(f"/v1/alarms/{alarm}/outcome", ASLEEP).body
    assert (closed["state"], closed["outcome"]) == ("resolved", {**ASLEEP, "action": None})
    assert [(line["what"], line["by"]) for line in closed["log"]] == [
        ("raised", "shouwang"),
        ("acknowledged", "Li"),
        ("resolved", "Li"),
    ]
    assert api.get("/v1/alarms").body["items"] == []
    assert [a["id"] for a in api.get("/v1/alarms?state=closed").body["items"]] == [alarm]


def test_the_same_answer_twice_is_no_second_event(api: Service) -> None:
    alarm = raised(api)
    for path, body in (("acknowledgement", None), ("outcome", ASLEEP)):
        first, second = (api.put(f"/v1/alarms/{alarm}/{path}", body) for _ in range(2))
        assert (first.status, second.status) == (200, 200)
        assert first.body == second.body


def test_the_second_to_take_charge_is_told_who_was_first(api: Service) -> None:
    alarm = raised(api)
    api.put(f"/v1/alarms/{alarm}/acknowledgement", name="王")
    late = api.put(f"/v1/alarms/{alarm}/acknowledgement", name="Zhao")
    assert (late.status, late.body["code"]) == (409, "illegal_move")
    assert "王已先接手" in late.body["detail"]
    assert late.body["moves"] == ["self_answered", "resolved"]
    english = api.put(f"/v1/alarms/{alarm}/acknowledgement", name="Zhao", headers={"accept-language": "en"})
    assert "王 took charge" in english.body["detail"]
    assert "resolved" in english.body["detail"]


def test_who_was_first_is_named_and_only_what_is_left_is_offered(api: Service) -> None:
    api.town.people.put_many([Person("li", "xinghe", "李建国", Role.VOLUNTEER, "")])
    alarm = api.town.concerns.raise_once(concern(ConcernKind.ONE_KEY, began_at=api.now), now=api.now)
    api.put(f"/v1/alarms/{alarm}/acknowledgement", name="li")
    for method, path in (("PUT", "acknowledgement"), ("PUT", "en-route"), ("DELETE", "acknowledgement")):
        late = api.call(method, f"/v1/alarms/{alarm}/{path}", name="Zhao")
        assert (late.status, late.body["detail"][:3], late.body["moves"]) == (409, "李建国", ["resolved"])
    store = wiring.alarms.store()
    found = store.get(alarm, consistent=True)
    assert found is not None
    with pytest.raises(TakenError) as refused:
        found.asking(["Zhao"]).acknowledged(by="Zhao", at=api.now)
    assert refused.value.facts == {"moves": ["on_site", "resolved"]}


def test_a_closed_alarm_stays_closed(api: Service) -> None:
    alarm = raised(api)
    api.put(f"/v1/alarms/{alarm}/outcome", ASLEEP)
    other = api.put(f"/v1/alarms/{alarm}/outcome", {"verdict": "false", "cause": "away"})
    assert (other.status, other.body["code"]) == (409, "illegal_move")
    assert api.put(f"/v1/alarms/{alarm}/acknowledgement", name="Zhao").status == 409


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b'{"note": "\xff"}', 400, None),
        ([], 422, ""),
        ({}, 422, "/verdict /cause"),
        ({"verdict": "maybe", "cause": "asleep"}, 422, "/verdict"),
        ({"verdict": "false"}, 422, "/cause"),
        ({"verdict": "false", "cause": 7}, 422, "/cause"),
        ({**ASLEEP, "note": "x" * 1001}, 422, "/note"),
        ({**ASLEEP, "note": None}, 422, "/note"),
        ({**ASLEEP, "note": "\ud800"}, 400, None),
        ({**ASLEEP, "action": "dance"}, 422, "/action"),
        ({"verdict": "real", "cause": "fell"}, 422, "/action"),
        ({"verdict": "false", "cause": "fell"}, 422, "/cause"),
        ({"verdict": "device", "cause": "asleep"}, 422, "/cause"),
        ({"verdict": "drill", "cause": "test"}, 422, "/verdict"),
        ({**ASLEEP, "by": "somebody else"}, 422, "/by"),
    ],
)
def test_what_is_wrong_with_an_outcome(api: Service, body: Any, status: int, pointer: str | None) -> None:
    alarm = raised(api)
    response = api.put(f"/v1/alarms/{alarm}/outcome", body)
    assert response.status == status
    assert [e["pointer"] for e in response.body.get("errors", [])] == (
        [] if pointer is None else pointer.split(" ")
    )
    assert api.get(f"/v1/alarms/{alarm}").body["state"] == "raised"


def test_a_real_alarm_names_what_was_done(api: Service) -> None:
    outcome = {"verdict": "real", "cause": "fell", "note": "x" * 1000, "action": "120"}
    assert api.put(f"/v1/alarms/{raised(api)}/outcome", outcome).body["outcome"] == outcome


def test_an_alarm_of_each_kind_can_be_read(api: Service) -> None:
    for kind in ConcernKind:
        api.town.concerns.raise_once(concern(kind, began_at=api.now, evidence={}), now=api.now)
    assert len(api.get("/v1/alarms").body["items"]) == len(ConcernKind)


def test_a_page_of_closed_alarms_asks_no_more_of_many_homes_than_of_one(
    api: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Ask] = []
    query = MemoryTable.query

    def counted(table: MemoryTable, ask: Ask) -> Page:
        asked.append(ask)
        return query(table, ask)

    monkeypatch.setattr(MemoryTable, "query", counted)
    queries = []
    for homes in ([1], range(2, 30)):
        for n in homes:
            api.town.registry_store.put_households([home(f"q{n:03}")])
            alarm = raised(api, household=f"q{n:03}", hours_ago=n)
            api.put(f"/v1/alarms/{alarm}/outcome", ASLEEP)
        asked.clear()
        assert api.get("/v1/alarms?state=closed&limit=100").status == 200
        queries.append(len(asked))
    assert queries[0] == queries[1]
