"""The rota over HTTP."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib import wiring
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.onekey.model import Asked, Channel, Press, Session, on_board
from chalicelib.rota.hours import Period
from tests.api import Answer, Service
from tests.rota.builders import PEOPLE, SHANGHAI, person, team

DAY = timedelta(days=1)


@pytest.fixture
def rota(api: Service) -> Service:
    wiring.registry.people().put_many([person(name) for name in PEOPLE])
    wiring.registry.people().put_many([person("zhao", role=Role.GRID_WORKER)])
    crews = [team(f"g1-{period}", period, "li", "wang") for period in Period]
    wiring.rota.rota().put_teams("xinghe", crews, now=api.now)
    return api


def by(api: Service, who: str, method: str, path: str, body: Any = None) -> Answer:
    return api.call(method, f"/v1{path}", body=body, name=who, role=Role.VOLUNTEER)


@pytest.mark.parametrize(
    "at", ["2026-11-25 22:00:00+08:00", "2026-11-25T22:00:00 0800", "2026-11-25T22:00:00%2008", "today"]
)
def test_what_is_no_instant_is_refused(rota: Service, at: str) -> None:
    assert rota.get(f"/v1/duty?at={at.replace(' ', '%20')}").status == 422


def test_who_is_on_duty_now_and_at_any_instant(rota: Service) -> None:
    at = (rota.now + DAY).isoformat()  # its + unescaped, which is a space to whoever reads a query
    for path in ("/v1/duty?grid=g1", f"/v1/duty?grid=g1&at={at}", f"/v1/duty?grid=g1&at={quote(at)}"):
        (duty,) = rota.get(path).body["items"]
        assert (duty["first"]["id"], duty["second"]["name"], duty["gap"]) in [
            ("li", "Wang", False),
            ("wang", "Li", False),
        ]
        assert duty["first"]["phone"] == "+8613800000000"
    whole = rota.get("/v1/duty").body["items"]
    assert [(d["grid"], d["gap"]) for d in whole] == [("g1", False), (None, True)]


def test_a_volunteer_sees_no_phones(rota: Service) -> None:
    duty = by(rota, "li", "GET", "/duty?grid=g1").body["items"][0]
    assert duty["first"]["phone"] is None


def test_taking_it_and_saying_so(rota: Service) -> None:
    for _ in range(2):
        taken = by(rota, "zhao", "PUT", "/duty/g1/taken")
        assert (taken.status, taken.body["first"]["id"]) == (200, "zhao")
    assert by(rota, "zhao", "PUT", "/duty/g1/confirmation").status == 200
    stranger = by(rota, "sun", "PUT", "/duty/g1/confirmation")
    assert (stranger.status, stranger.body["code"]) == (409, "not_on_duty")
    assert by(rota, "zhao", "PUT", "/duty/g9/taken").status == 404


def test_a_volunteer_of_no_team_doesn_t_put_themselves_on_a_case(rota: Service) -> None:
    stranger = by(rota, "sun", "PUT", "/duty/g1/taken")
    assert (stranger.status, stranger.body["code"]) == (409, "not_of_the_team")
    assert "社区协调员" in stranger.body["detail"]


def dialled(rota: Service) -> list[str]:
    """Whom a press would dial at once, by the board."""
    press = Press("p", rota.now, Channel.PAGE, Session.NONE)
    board = wiring.onekey.book().look_up("xinghe", Asked(press, community="xinghe", resident="r1")).board
    return [contact.name for contact in on_board(board.grids.get("g1", ()), rota.now) or ()]


def test_whoever_takes_duty_is_dialled_at_once_and_until_they_go_on_leave(rota: Service) -> None:
    assert dialled(rota) == []
    by(rota, "zhao", "PUT", "/duty/g1/taken")
    assert dialled(rota)[0] == "Zhao"
    span = {"begins_at": rfc3339(rota.now - DAY), "ends_at": rfc3339(rota.now + DAY)}
    by(rota, "zhao", "PUT", "/me/leave", span)
    assert "Zhao" not in dialled(rota)
    by(rota, "zhao", "DELETE", "/me/leave")
    assert dialled(rota)[0] == "Zhao"


def test_whatever_is_edited_the_next_tick_acts_on(rota: Service) -> None:
    span = {"begins_at": rfc3339(rota.now), "ends_at": rfc3339(rota.now + DAY)}
    rota.put("/v1/rota/overrides", {"grid": "g1", "people": ["sun"], **span})
    due = wiring.watch.deadline_store().get("shift#xinghe", "shift")
    assert due is not None
    assert due.due_at <= clock.now()


def shift_of(rota: Service, who: str) -> datetime:
    settings = wiring.rota.rota().settings("xinghe")
    shift = settings.hours.shift_at(rota.now + DAY, settings.zone)
    wiring.rota.rota().arrangements.override("xinghe", "g1", shift.start, shift.end, [who])
    return shift.start


def test_a_swap_from_asking_to_confirmed(rota: Service) -> None:
    at = shift_of(rota, "chen")
    asked = by(rota, "chen", "PUT", "/rota/swaps", {"grid": "g1", "at": rfc3339(at)}).body
    path = f"/rota/swaps/{asked['id']}"
    refused = by(rota, "sun", "PUT", f"{path}/offer", {"to": "sun"})
    assert (refused.status, refused.body["code"]) == (403, "forbidden")
    assert by(rota, "chen", "PUT", f"{path}/offer", {"to": "sun"}).body["state"] == "offered"
    assert by(rota, "sun", "PUT", f"{path}/taken").body["state"] == "taken"
    assert by(rota, "sun", "PUT", f"{path}/withdrawal").status == 403
    assert rota.put(f"/v1{path}/confirmation").body["state"] == "confirmed"
    assert [s["state"] for s in rota.get("/v1/rota/swaps").body["items"]] == ["confirmed"]
    assert by(rota, "chen", "PUT", f"{path}/withdrawal").status == 409


def test_who_waits_for_a_swap_hears_of_each_move_and_nobody_of_their_own(rota: Service) -> None:
    at = shift_of(rota, "chen")
    swap = by(rota, "chen", "PUT", "/rota/swaps", {"grid": "g1", "at": rfc3339(at)}).body["id"]
    assert news(rota) == []
    by(rota, "chen", "PUT", f"/rota/swaps/{swap}/offer", {"to": "sun"})
    assert news(rota) == [("sun", "，有人想请您替")]
    by(rota, "sun", "PUT", f"/rota/swaps/{swap}/taken")
    rota.put(f"/v1/rota/swaps/{swap}/confirmation")
    rota.put(f"/v1/rota/swaps/{swap}/confirmation")
    assert set(news(rota)) == {
        ("sun", "，有人想请您替"),
        ("chen", "有人愿意替，等待确认"),
        ("chen", "换好了"),
        ("sun", "换好了"),
    }
    assert len(news(rota)) == 4


def news(rota: Service) -> list[tuple[str, str]]:
    """Who is to be told of a swap, and the end of what they are told: before it stands when it is."""
    due, _ = wiring.watch.deadline_store().passed(0, now=rota.now + DAY, after=None)
    told = [json.loads(each.state) for each in due if each.pk == "errand#xinghe"]
    swaps = [(one["person"], one["place"]["zh-CN"]) for one in told if one["kind"] == "swap"]
    return [(person, said.partition("的一班")[2]) for person, said in swaps]


def test_leave_warnings_and_coming_back(rota: Service) -> None:
    span = {"begins_at": rfc3339(rota.now - DAY), "ends_at": rfc3339(rota.now + 3 * DAY)}
    assert by(rota, "li", "PUT", "/me/leave", span).body["person"] == "li"
    found = rota.get("/v1/rota/warnings").body["items"]
    assert [(w["trouble"], w["person"]) for w in found] == [
        ("no_desk", None), ("nothing_rings", None), ("on_leave", "li"),
    ]  # fmt: skip
    by(rota, "li", "DELETE", "/me/leave")
    left = rota.get("/v1/rota/warnings").body["items"]
    assert [w["trouble"] for w in left] == ["no_desk", "nothing_rings"]
    assert by(rota, "li", "PUT", "/me/leave", {**span, "ends_at": span["begins_at"]}).status == 422


def test_overrides_and_shares(rota: Service) -> None:
    span = {"begins_at": rfc3339(rota.now + DAY), "ends_at": rfc3339(rota.now + 2 * DAY)}
    body = {"grid": "g1", "people": ["sun"], **span}
    first, again = (rota.put("/v1/rota/overrides", body).body for _ in range(2))
    assert first == again
    assert rota.get("/v1/rota/overrides").body["items"] == [first]
    asked = f"begins_at={span['begins_at']}&ends_at={span['ends_at']}"
    assert "sun" in {s["person"] for s in rota.get(f"/v1/rota/shares?{asked}").body["items"]}
    late = rfc3339(rota.now + 200 * DAY)
    assert rota.get(f"/v1/rota/shares?begins_at={span['begins_at']}&ends_at={late}").status == 422


def test_an_override_is_taken_back_by_staff(rota: Service) -> None:
    span = {"begins_at": rfc3339(rota.now + DAY), "ends_at": rfc3339(rota.now + 2 * DAY)}
    made = rota.put("/v1/rota/overrides", {"grid": "-", "people": ["sun"], **span}).body
    path = f"/rota/overrides/{made['id']}"
    assert by(rota, "li", "DELETE", path).status == 403
    assert [rota.call("DELETE", f"/v1{path}").status for _ in "12"] == [200, 404]
    assert rota.get("/v1/rota/overrides").body["items"] == []


def test_leave_to_come_is_seen_and_taken_back(rota: Service) -> None:
    spans = [
        {"begins_at": rfc3339(rota.now + n * DAY), "ends_at": rfc3339(rota.now + (n + 1) * DAY)}
        for n in (0, 9)
    ]
    for span in spans:
        by(rota, "li", "PUT", "/me/leave", span)
    now, coming = by(rota, "li", "GET", "/me/leave").body["items"]
    assert by(rota, "li", "DELETE", "/me/leave").body == {"items": [coming]}
    start = quote(coming["begins_at"])
    assert by(rota, "li", "DELETE", f"/me/leave?begins_at={start}").body["items"] == []
    assert by(rota, "li", "DELETE", f"/me/leave?begins_at={start}").status == 404
    assert now["person"] == "li"


def test_ones_own_calendar(rota: Service) -> None:
    answer = rota.client.http.get(
        "/v1/me/shifts.ics",
        headers={"authorization": f"Bearer {rota.token(Role.VOLUNTEER, name='li')}"},
    )
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.body.decode().startswith("BEGIN:VCALENDAR\r\n")
    assert "SUMMARY:夜班" in answer.body.decode()
    etag = {"if-none-match": answer.headers["ETag"]}
    again = rota.call("GET", "/v1/me/shifts.ics", headers=etag, name="li", role=Role.VOLUNTEER)
    assert again.status == 304


def test_in_ones_calendar_every_shift_is_whole_and_so_the_same_event_tomorrow(rota: Service) -> None:
    rules = {"day": "07:00", "night": "19:00", "confirm_minutes": 0}  # midnight UTC lies within a shift
    assert rota.change("/v1/rota/settings", rules, role=Role.COORDINATOR).status == 200
    bearer = {"authorization": f"Bearer {rota.token(Role.VOLUNTEER, name='li')}"}
    lines = rota.client.http.get("/v1/me/shifts.ics", headers=bearer).body.decode().splitlines()
    begins, ends = ([line[-7:] for line in lines if line.startswith(n)] for n in ("DTSTART", "DTEND"))
    assert set(zip(begins, ends, strict=True)) == {("230000Z", "110000Z"), ("110000Z", "230000Z")}


def test_the_rules(rota: Service) -> None:
    rules = {"day": "07:00", "night": "19:00", "confirm_minutes": 5, "desk": ["wang"]}
    put = rota.change("/v1/rota/settings", rules, role=Role.COORDINATOR)
    assert put.body == rota.get("/v1/rota/settings").body
    assert (put.body["day"], put.body["desk"], put.body["time_zone"]) == ("07:00", ["wang"], "Asia/Shanghai")
    wrong = rota.change("/v1/rota/settings", {"day": "21:00"}, role=Role.COORDINATOR)
    assert wrong.status == 422


def test_a_swap_says_whose_teams_shift_it_is_and_names_people(rota: Service) -> None:
    """The whole community's team serves a grid without one: its shift is swapped, in every such grid."""
    wiring.rota.rota().put_teams("xinghe", [team("all-night", Period.NIGHT, "chen", grid="")], now=rota.now)
    settings = wiring.rota.rota().settings("xinghe")
    at = settings.hours.shift_at(rota.now + DAY, settings.zone).start
    if settings.hours.shift_at(at, settings.zone).period is Period.DAY:
        at = settings.hours.shift_at(at, settings.zone).end
    wiring.rota.rota().remove_team("xinghe", "g1-night")
    own = by(rota, "chen", "PUT", "/rota/swaps", {"grid": "g1", "at": rfc3339(at)}).body
    assert (own["grid"], own["owner"], own["names"]) == (None, "chen", {"chen": "Chen"})
    again = by(rota, "chen", "PUT", "/rota/swaps", {"grid": "-", "at": rfc3339(at)}).body
    assert again["id"] == own["id"]
    offered = by(rota, "chen", "PUT", f"/rota/swaps/{own['id']}/offer", {"to": "sun"}).body
    assert offered["names"] == {"chen": "Chen", "sun": "Sun"}


def test_leave_that_is_over_is_refused_and_what_has_begun_is_not(rota: Service) -> None:
    past = {"begins_at": rfc3339(rota.now - 2 * DAY), "ends_at": rfc3339(rota.now - DAY)}
    refused = by(rota, "zhao", "PUT", "/me/leave", past)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/ends_at")
    assert "还没到的结束时间" in refused.body["detail"]
    assert by(rota, "zhao", "GET", "/me/leave").body["items"] == []
    begun = {"begins_at": rfc3339(rota.now - DAY), "ends_at": rfc3339(rota.now + DAY)}
    assert by(rota, "zhao", "PUT", "/me/leave", begun).status == 200


@pytest.mark.parametrize("place", ["leader", "backup", "members", "rotations"])
def test_whoever_isnt_there_is_pointed_at_where_they_were_named(rota: Service, place: str) -> None:
    turns = [{"order": ["li", "ghost"], "starts": "2026-01-15"}]
    odd = {"leader": "ghost", "backup": "ghost", "members": ["li", "ghost"], "rotations": turns}[place]
    crew = {"name": "夜班", "grid": "g1", "period": "night", "members": ["li"], place: odd}
    refused = rota.change("/v1/teams/g1-night", crew, role=Role.COORDINATOR)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, f"/{place}")
    assert "没有“ghost”这个人" in refused.body["detail"]


def test_an_office_that_nobody_can_hold_is_pointed_at(rota: Service) -> None:
    refused = rota.change("/v1/rota/settings", {"desk": ["ghost"]}, role=Role.COORDINATOR)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/desk")


def test_a_refusal_names_people_and_tells_the_hour_by_the_communitys_clock(rota: Service) -> None:
    wiring.registry.people().put_many([replace(person("zhao", role=Role.GRID_WORKER), name="赵敏")])
    by(rota, "zhao", "PUT", "/duty/g1/taken")
    stranger = by(rota, "sun", "PUT", "/duty/g1/confirmation")
    assert stranger.body["detail"] == "这一班是赵敏的，不是Sun的。"
    end = (rota.now + DAY).astimezone(SHANGHAI)
    by(rota, "zhao", "PUT", "/me/leave", {"begins_at": rfc3339(rota.now), "ends_at": rfc3339(end)})
    span = {"begins_at": rfc3339(rota.now), "ends_at": rfc3339(end)}
    away = rota.put("/v1/rota/overrides", {"grid": "g1", "people": ["zhao"], **span})
    assert (away.status, away.body["code"]) == (409, "on_leave")
    assert away.body["detail"].startswith(f"赵敏休假到{end.year}年{end.month}月{end.day}日{end:%H:%M}")
