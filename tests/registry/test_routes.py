"""The registry over HTTP: whoever looks after a community enrols, finds, changes and removes."""

from typing import Any
from urllib.parse import quote

import pytest

from chalicelib import wiring
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import ConflictError
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.kernel.phones import phone_name
from chalicelib.notify.model import Message, Recipient, Words
from chalicelib.registry.kin import KinTold
from chalicelib.registry.needs import Wish
from chalicelib.registry.people import Person
from tests.api import Answer, Service, raised

CHEN: dict[str, Any] = {"role": Role.COORDINATOR, "name": "chen"}
LI = {
    "household": "h001",
    "name": "李四",
    "phone": "138 0000 0004",
    "tags": ["听力弱"],
    "categories": ["disabled"],
}


@pytest.fixture
def office(api: Service) -> Service:
    """The service, with a grid worker and a relative."""
    api.town.people.put_many(
        [
            Person("zhou", "xinghe", "周岚", Role.GRID_WORKER, "+8613800000011"),
            Person("mei", "xinghe", "王梅", Role.KIN, "+8613900000002"),
        ]
    )
    return api


def post(office: Service, path: str, body: Any, *, key: str = "k1", **who: Any) -> Answer:
    return office.call("POST", path, body=body, headers={"idempotency-key": key}, **{**CHEN, **who})


def put(office: Service, path: str, body: Any, *, tag: str = "") -> Answer:
    """Change what is there as it is now, or as it was under `tag`."""
    tag = tag or office.get(path, **CHEN).headers["ETag"]
    return office.call("PUT", path, body=body, headers={"if-match": tag}, **CHEN)


def delete(office: Service, path: str) -> Answer:
    tag = office.get(path, **CHEN).headers["ETag"]
    return office.call("DELETE", path, headers={"if-match": tag}, **CHEN)


def names(office: Service, **query: str) -> list[str]:
    asked = "&".join(f"{name}={quote(text)}" for name, text in query.items())
    return [item["name"] for item in office.get(f"/v1/residents?{asked}").body["items"]]


def test_a_resident_is_enrolled_once_and_found_at_once(office: Service) -> None:
    first, again = (post(office, "/v1/residents", {**LI, "agreed_on": "2026-01-03"}) for _ in "12")
    assert (first.status, again.status, first.body) == (201, 201, again.body)
    assert (first.body["phone"], first.body["enrolled"], first.body["version"]) == ("+8613800000004", True, 1)
    there = first.headers["Location"]
    assert office.get(there, **CHEN).body == first.body
    for query in ({"name": "李"}, {"name": "ls"}, {"tag": "听力弱"}, {"category": "disabled"}):
        assert names(office, **query) == ["李四"]
    assert names(office, name="l", category="low_income") == []
    assert sorted(names(office)) == ["李四", "王桂英"]


def test_an_id_in_use_is_no_second_resident(office: Service) -> None:
    answer = post(office, "/v1/residents", {**LI, "id": "r1"})
    assert (answer.status, answer.body["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"household": "h999"}, "/household"), ({"household": "H 1"}, "/household"), ({"name": ""}, "/name"),
        ({"name": " "}, "/name"), ({"phone": "138"}, "/phone"), ({"tags": ["a,b"]}, "/tags"),
        ({"categories": ["old"]}, "/categories/0"), ({"born": "soon"}, "/born"),
        ({"language": "fr"}, "/language"), ({"nick": "x"}, "/nick"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_pointed_at(office: Service, change: dict[str, Any], pointer: str) -> None:
    answer = post(office, "/v1/residents", {**LI, **change})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_two_who_change_one_resident_do_not_overwrite_each_other(office: Service) -> None:
    tag = office.get("/v1/residents/r1", **CHEN).headers["ETag"]
    changed = put(office, "/v1/residents/r1", {"household": "h001", "name": "王桂兰"}, tag=tag)
    assert (changed.status, changed.body["version"]) == (200, 2)
    assert put(office, "/v1/residents/r1", {"household": "h001", "name": "王"}, tag=tag).status == 412
    blind = office.call("PUT", "/v1/residents/r1", body={"household": "h001", "name": "王"}, **CHEN)
    assert (blind.status, names(office, name="王")) == (428, ["王桂兰"])


def test_who_changes_kin_and_is_refused_has_changed_nobody(office: Service) -> None:
    put(office, "/v1/residents/r1/kin", {"kin": [{"person": "mei"}]})
    residents = wiring.registry.residents()
    read = residents.get("xinghe", "r1")
    put(office, "/v1/residents/r1", {"household": "h001", "name": "王桂兰"})
    with pytest.raises(ConflictError):
        residents.put_kin(read, [KinTold("mei", "改名", "+8613911112222", "", Wish.CALL, "")])
    mei = wiring.registry.people().get("xinghe", "mei")
    assert mei is not None
    assert (mei.name, mei.phone) == ("王梅", "+8613900000002")


@pytest.mark.parametrize(
    ("path", "what"),
    [("/v1/residents/r1/care", "health_notes"), ("/v1/households/h001/door-pack", "notes")],
)
def test_what_was_emptied_and_written_anew_is_not_what_somebody_read_before(
    office: Service, path: str, what: str
) -> None:
    old = put(office, path, {what: "first"}).headers["ETag"]
    emptied = put(office, path, {}, tag=old).headers["ETag"]
    assert emptied == office.get(path, **CHEN).headers["ETag"]
    assert put(office, path, {what: "allergic to penicillin"}, tag=emptied).status == 200
    assert put(office, path, {what: "what I read yesterday"}, tag=old).status == 412
    assert office.get(path, **CHEN).body[what] == "allergic to penicillin"


def test_a_page_goes_on_where_the_last_one_ended(office: Service) -> None:
    for n in range(7):
        post(office, "/v1/residents", {**LI, "id": f"li-{n}", "categories": ["disabled"]}, key=f"k{n}")
    for query in (f"name={quote('李')}", "category=disabled", f"tag={quote('听力弱')}", ""):
        found: list[str] = []
        more: str | None = ""
        while more is not None:
            told = office.get(f"/v1/residents?limit=3&{query}{more}").body
            found += [item["id"] for item in told["items"] if item["id"].startswith("li-")]
            more = f"&cursor={told['next_cursor']}" if told["next_cursor"] else None
        assert found == [f"li-{n}" for n in range(7)]
    mine = office.get(f"/v1/residents?limit=3&name={quote('李')}").body["next_cursor"]
    assert office.get(f"/v1/residents?limit=3&name=w&cursor={mine}").status == 400


def test_a_search_for_nothing_is_refused(office: Service) -> None:
    for query in ("name=%20", "tag=%23", "name="):
        assert office.get(f"/v1/residents?{query}").status == 422


def test_kin_are_told_with_their_order_and_wishes(office: Service) -> None:
    body = {
        "kin": [
            {
                "name": "王强",
                "phone": "139-0000-0005",
                "relation": "儿子",
                "wish": "do_not_call",
                "note": "上夜班",
            },
            {"person": "mei", "relation": "女儿"},
        ]
    }
    told = put(office, "/v1/residents/r1/kin", body)
    assert [(k["name"], k["phone"], k["wish"]) for k in told.body["kin"]] == [
        ("王强", "+8613900000005", "do_not_call"), ("王梅", "+8613900000002", "call"),
    ]  # fmt: skip
    only = put(office, "/v1/residents/r1/kin", {"kin": [{"person": "mei", "name": "王小梅", "phone": ""}]})
    assert [(k["person"], k["name"], k["phone"]) for k in only.body["kin"]] == [("mei", "王小梅", "")]
    assert [p.name for p in office.town.people.relatives("xinghe")] == ["王小梅"]  # the son is forgotten


@pytest.mark.parametrize(
    ("kin", "pointer"),
    [
        ({"person": "nobody"}, "/kin/0/person"),
        ({"relation": "女儿"}, "/kin/0/name"),
        ({"name": "王", "phone": "1"}, "/kin/0/phone"),
    ],
)
def test_kin_need_somebody(office: Service, kin: dict[str, str], pointer: str) -> None:
    answer = put(office, "/v1/residents/r1/kin", {"kin": [kin]})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("grids", {"id": "g1", "name": "一网格"}),
        ("people", {"id": "zhou", "name": "周", "role": "volunteer"}),
        ("households", {"id": "h001", "grid": "g1", "name": "王家", "building": "1"}),
        ("residents", {"id": "r1", "household": "h001", "name": "王桂英"}),
    ],
)
def test_an_id_that_is_taken_is_said_to_be_taken(office: Service, path: str, body: dict[str, Any]) -> None:
    answer = post(office, f"/v1/{path}", body)
    assert (answer.status, answer.body["code"]) == (409, "conflict"), answer.body
    assert f"“{body['id']}”已经有了" in answer.body["detail"]


def test_health_notes_and_the_door_are_for_who_is_on_the_case(office: Service) -> None:
    care = {"health_notes": "糖尿病", "medication": [{"name": "二甲双胍", "dose": "0.5 g", "times": "早晚"}]}
    door = {
        "notes": "请敲门",
        "key_holder": "李阿姨",
        "key_holder_phone": "0931-1234567",
        "key_place": "门卫室",
    }
    assert put(office, "/v1/residents/r1/care", care).body["medication"] == care["medication"]
    assert put(office, "/v1/households/h001/door-pack", door).body["key_holder_phone"] == "+869311234567"
    for path in ("/v1/residents/r1/care", "/v1/residents/r1/kin", "/v1/households/h001/door-pack"):
        assert office.get(path, name="zhou").status == 404
    alarm = raised(office)
    office.put(f"/v1/alarms/{alarm}/acknowledgement", name="zhou")
    assert office.get("/v1/residents/r1/care", name="zhou").body["health_notes"] == "糖尿病"
    assert office.get("/v1/households/h001/door-pack", name="zhou").body["notes"] == "请敲门"
    for path in ("/v1/residents/r1/care", "/v1/residents/r1/kin", "/v1/households/h001/door-pack"):
        kept = office.get(path, name="zhou").headers["Cache-Control"]
        assert kept == "no-store"  # it ends with the case, on their phone, too
    empty = put(office, "/v1/residents/r1/care", {})
    assert (empty.status, office.get("/v1/residents/r1/care", **CHEN).body["version"]) == (200, 2)


def test_contacts_are_not_for_everybody_who_may_see_the_name(office: Service) -> None:
    put(office, "/v1/residents/r1", {"household": "h001", "name": "王桂英", "phone": "13800000001"})
    assert office.get("/v1/residents/r1", name="zhou").body["phone"] is None
    assert office.get("/v1/residents/r1", **CHEN).body["phone"] == "+8613800000001"


def test_a_resident_goes_with_all_that_was_known_of_them(office: Service) -> None:
    put(office, "/v1/residents/r1/kin", {"kin": [{"person": "mei"}]})
    put(office, "/v1/residents/r1/care", {"health_notes": "糖尿病"})
    assert delete(office, "/v1/residents/r1").body == {"id": "r1"}
    assert office.get("/v1/residents/r1", **CHEN).status == 404
    told = str(list(office.town.on.registry.items()))  # type: ignore[attr-defined]
    assert not any(trace in told for trace in ("王桂英", "糖尿病", "王梅"))


def test_a_home_is_added_moved_and_removed(office: Service) -> None:
    assert post(office, "/v1/grids", {"id": "g2", "name": "二网格", "workers": ["zhou"]}).status == 201
    home = {"id": "h002", "grid": "g1", "name": "赵家", "building": "5号楼"}
    assert post(office, "/v1/households", home, key="k2").status == 201
    assert post(office, "/v1/households", home, key="k3").status == 409
    moved = put(office, "/v1/households/h001", {"grid": "g2", "name": "王家", "building": "7号楼"})
    assert (moved.body["grid"], names(office, building="7")) == ("g2", ["王桂英"])
    roll = office.town.rolls.get("xinghe", "g2")
    assert roll
    assert set(roll.entries) == {"wm-001"}
    assert put(office, "/v1/households/h001", {"grid": "g9", "name": "王家"}).status == 422
    assert delete(office, "/v1/households/h001").status == 409
    assert delete(office, "/v1/grids/g2").status == 409
    assert delete(office, "/v1/households/h002").status == 200
    assert delete(office, "/v1/grids/g1").status == 200


def test_the_communitys_settings_hold_at_once(office: Service) -> None:
    told = {"name": "新星禾里", "phone": "0931-1234567", "window_minutes": 360}
    assert put(office, "/v1/community", told).body["phone"] == "+869311234567"
    due = office.town.deadlines.get("watch#xinghe#h001", "still_water")
    assert due
    assert '"window":21600' in due.state
    assert (
        put(office, "/v1/community", {**told, "time_zone": "Mars"}).body["errors"][0]["pointer"]
        == "/time_zone"
    )


def test_grids_have_workers_who_are_known(office: Service) -> None:
    assert put(office, "/v1/grids/g1", {"name": "一", "workers": ["nobody"]}).status == 422
    put(office, "/v1/grids/g1", {"name": "一", "workers": ["zhou"]})
    assert office.get("/v1/grids").body["items"][0]["workers"] == ["zhou"]
    assert delete(office, "/v1/people/zhou").status == 409  # the ladder would ring nobody


def test_people(office: Service) -> None:
    sun = {"name": "孙浩", "role": "volunteer", "phone": "13800000012"}
    made = post(office, "/v1/people", sun)
    assert (made.status, made.body["phone"]) == (201, "+8613800000012")
    there = made.headers["Location"]
    assert office.get(there).body["phone"] is None  # a grid worker needs no list of phones
    assert put(office, there, {**sun, "grid": "g9"}).status == 422
    assert put(office, there, {**sun, "role": "kin"}).status == 422
    assert post(office, "/v1/people", {**sun, "id": "mei"}, key="k2").status == 409
    assert [p["name"] for p in office.get("/v1/people?limit=1").body["items"]] == ["孙浩"]
    assert office.get("/v1/people/mei").status == 404
    assert delete(office, there).status == 200
    assert [p["id"] for p in office.get("/v1/people").body["items"]] == ["zhou"]


def test_a_volunteer_who_leaves_stays_their_mothers_daughter(office: Service) -> None:
    post(office, "/v1/people", {"id": "gao", "name": "高", "role": "volunteer", "phone": "13800000031"})
    assert put(office, "/v1/residents/r1/kin", {"kin": [{"person": "gao", "relation": "女儿"}]}).status == 200
    assert delete(office, "/v1/people/gao").status == 200
    assert office.get("/v1/people/gao").status == 404
    (daughter,) = office.get("/v1/residents/r1/kin", **CHEN).body["kin"]
    assert (daughter["name"], daughter["phone"]) == ("高", "+8613800000031")
    (account,) = wiring.registry.directory().accounts(phone_name("+8613800000031"))
    assert (account.who.role, account.residents) == (Role.KIN, ("r1",))
    renamed = {"household": "h001", "name": "王桂英"}
    assert put(office, "/v1/residents/r1", renamed).status == 200


def test_whoever_gets_an_id_next_finds_nothing_in_the_inbox(office: Service) -> None:
    lu = {"id": "lu", "name": "陆", "role": "volunteer"}
    post(office, "/v1/people", lu)
    words = {language: Words("t", "3号楼", "") for language in LANGUAGES}
    told = Message("k", "xinghe", "lu", 2, "look_in", words)
    recipient = Recipient("lu", "xinghe", wiring.registry.community("xinghe").zone)
    wiring.notify.notifier().send(told, recipient, office.now)
    mine = {"role": Role.VOLUNTEER, "name": "lu"}
    assert len(office.get("/v1/me/notifications", **mine).body["items"]) == 1
    assert delete(office, "/v1/people/lu").status == 200
    assert post(office, "/v1/people", {**lu, "name": "鹿"}, key="k2").status == 201
    assert office.get("/v1/me/notifications", **mine).body["items"] == []


def test_teams(office: Service) -> None:
    team = {"name": "日队", "grid": "-", "period": "day", "members": ["zhou"]}
    made = post(office, "/v1/teams", {**team, "id": "day"})
    assert (made.status, made.body["grid"]) == (201, "-")
    assert post(office, "/v1/teams", {**team, "id": "day"}, key="k2").status == 409
    turns = {"starts": "2026-01-01", "every_days": 7, "of": 2, "place": 1}
    rotation = {"order": ["zhou"], "starts": "2026-01-01", "every_days": 2}
    changed = put(office, "/v1/teams/day", {**team, "grid": "g1", "cycle": turns, "rotations": [rotation]})
    assert (changed.body["cycle"], changed.body["rotations"]) == (turns, [rotation])
    assert put(office, "/v1/teams/day", {**team, "members": ["nobody"]}).status == 422
    assert delete(office, "/v1/people/zhou").status == 409
    assert [t["id"] for t in office.get("/v1/teams").body["items"]] == ["day"]
    assert delete(office, "/v1/teams/day").body == {"id": "day"}
    assert office.get("/v1/teams/day", **CHEN).status == 404


def test_a_list_of_residents_is_a_look_at_each_on_it(office: Service) -> None:
    post(office, "/v1/residents", {**LI, "id": "li-4"})
    assert names(office, tag="听力弱") == ["李四"]
    looks = {
        each: [look["who"] for look in office.get(f"/v1/residents/{each}/access-log", **CHEN).body["items"]]
        for each in ("li-4", "r1")
    }
    assert len(looks["li-4"]) == len(looks["r1"]) + 1
