"""A home's routine over HTTP: its budgets, and who reads what its sensors told together."""

from chalicelib import wiring
from chalicelib.kernel.caller import Role
from chalicelib.registry.consent import Audience, Choice, DataKind
from chalicelib.registry.model import Kind
from chalicelib.watch.routine_advice import FalseKnock
from chalicelib.watch.routine_habits import BINS, CELLS, Prior
from chalicelib.watch.routine_rule import Budget, RoutineRule, WatchedBy
from tests.api import Answer, Service, api
from tests.builders import HOUR, SAMPLES, device, envelope, payload

__all__ = ["api"]
PATH = "/v1/households/h001/routine-budget"
PROPOSALS = "/v1/households/h001/proposals"


def test_a_coordinator_gives_a_home_budgets_of_its_own_and_takes_them_back(api: Service) -> None:
    boss = api.token(Role.COORDINATOR, name="chen")
    seen = api.get("/v1/households/h001/routine", token=boss)
    asked = {"checks_a_year": 12, "knocks_a_year": 4}
    blind = api.put(PATH, asked, token=boss)
    assert (blind.status, blind.body["code"]) == (428, "precondition_required")
    tag = {"if-match": seen.headers["ETag"]}
    own = api.call("PUT", PATH, body=asked, token=boss, headers=tag)
    assert (own.status, own.body["knocks_a_year"], own.body["own_budget"]["set_by"]) == (200, 4, "chen")
    stale = api.call("PUT", PATH, body={**asked, "knocks_a_year": 6}, token=boss, headers=tag)
    assert (stale.status, stale.body["code"]) == (412, "stale")
    nothing = {"checks_a_year": None, "knocks_a_year": None}
    back = api.change(PATH, nothing, token=boss)
    assert (back.status, back.body["own_budget"], back.body["version"]) == (200, None, 2)


def test_budgets_that_can_t_be_are_refused(api: Service) -> None:
    boss = api.token(Role.COORDINATOR)
    for checks, knocks, place in ((4, 12, "/checks_a_year"), (12, None, "/knocks_a_year")):
        asked = {"checks_a_year": checks, "knocks_a_year": knocks}
        refused = api.change(PATH, asked, token=boss)
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, place)
    assert api.change(PATH, {"checks_a_year": 1, "knocks_a_year": 1}).status == 403


def test_an_accepted_proposal_holds_at_once_for_this_home_is_logged_and_taken_up_once(api: Service) -> None:
    rule = RoutineRule(
        WatchedBy.ROUTINE, Budget(24, 12), Prior((0.3,) * CELLS, (0.0,) * BINS), "chen", api.now
    )
    wiring.watch.rules().put("xinghe", rule)
    boss = api.token(Role.COORDINATOR, name="chen")
    for n in range(3):
        knock = FalseKnock(api.now - n * HOUR, "low_use")
        wiring.watch.lessons().learn("xinghe", "h001", f"a{n}", knock)
    (proposed,) = api.get("/v1/households/h001/routine", token=boss).body["proposals"]
    assert (proposed["change"], proposed["knocks_a_year"]) == ("lower_least_litres", 6)
    path = "/v1/households/h001/proposals/low_use"
    assert api.change(path, {"accepted": True}, token=api.token(Role.GRID_WORKER)).status == 403
    for _ in range(2):
        taken = api.change(path, {"accepted": True}, token=boss).body
        assert (taken["knocks_a_year"], taken["proposals"]) == (6, [])
    (change,) = wiring.watch.budgets().changes("xinghe", "h001")
    assert (change.set_by, change.budget) == ("chen", Budget(24, 6))


def test_two_proposals_seen_at_once_do_not_halve_the_budget_twice_unseen(api: Service) -> None:
    rule = RoutineRule(
        WatchedBy.ROUTINE, Budget(24, 12), Prior((0.3,) * CELLS, (0.0,) * BINS), "chen", api.now
    )
    wiring.watch.rules().put("xinghe", rule)
    boss = api.token(Role.COORDINATOR, name="chen")
    for cause in ("asleep", "low_use"):
        for n in range(3):
            knock = FalseKnock(api.now - n * HOUR, cause)
            wiring.watch.lessons().learn("xinghe", "h001", f"{cause}{n}", knock)
    seen = api.get("/v1/households/h001/routine", token=boss)
    assert [each["knocks_a_year"] for each in seen.body["proposals"]] == [6, 6]
    blind = api.put(f"{PROPOSALS}/asleep", {"accepted": True}, token=boss)
    assert blind.status == 428

    def accept(cause: str, etag: str) -> Answer:
        headers = {"if-match": etag}
        return api.call("PUT", f"{PROPOSALS}/{cause}", body={"accepted": True}, token=boss, headers=headers)

    first = accept("asleep", seen.headers["ETag"])
    assert first.body["knocks_a_year"] == 6
    assert [(each["cause"], each["knocks_a_year"]) for each in first.body["proposals"]] == [("low_use", 3)]
    stale = accept("low_use", seen.headers["ETag"])
    assert (stale.status, stale.body["code"]) == (412, "stale")
    again = accept("low_use", first.headers["ETag"])
    assert (again.status, again.body["knocks_a_year"]) == (200, 3)


def test_a_declined_proposal_changes_nothing(api: Service) -> None:
    boss = api.token(Role.COORDINATOR, name="chen")
    for n in range(3):
        wiring.watch.lessons().learn("xinghe", "h001", f"a{n}", FalseKnock(api.now - n * HOUR, "away"))
    declined = api.change("/v1/households/h001/proposals/away", {"accepted": False}, token=boss).body
    assert (declined["proposals"], declined["own_budget"]) == ([], None)
    assert wiring.watch.budgets().changes("xinghe", "h001") == []


def test_consent_taken_back_takes_the_sensor_out_of_the_watch_and_given_again_puts_it_back(
    api: Service,
) -> None:
    rule = RoutineRule(WatchedBy.ROUTINE, Budget(), Prior((0.3,) * CELLS, (0.0,) * BINS), "chen", api.now)
    wiring.watch.rules().put("xinghe", rule)
    consenting = wiring.privacy.consenting()
    seen = []
    for number, granted in enumerate((True, False, True)):
        choice = Choice(DataKind.MOTION, Audience.WATCH, granted, api.now, "r1", "r1")
        consenting.choose("xinghe", "r1", choice, now=api.now)
        if number == 0:
            wiring.registry.registry().add_device(device("ms-1", Kind.MOTION_SENSOR), now=api.now)
        told = api.get("/v1/households/h001/routine").body["sensors"]
        seen.append("ms-1" in {each["device"] for each in told})
    assert seen == [True, False, True]


def moved(api: Service, name: str) -> None:
    """Somebody moved past a sensor an hour ago, and nobody since."""
    start = int(api.now.timestamp()) - 2 * 3600
    said = [{**SAMPLES[Kind.MOTION_SENSOR], "at": start + n * 600, "motion": n < 6} for n in range(12)]
    told = envelope(payload(Kind.MOTION_SENSOR, *said, every=600), device=name, received_at=api.now)
    assert api.town.new_process().take({"d": told}, now=api.now).stored == 1


def test_what_the_sensors_told_together_is_for_whom_each_of_them_was_opened(api: Service) -> None:
    rule = RoutineRule(WatchedBy.ROUTINE, Budget(), Prior((0.3,) * CELLS, (0.0,) * BINS), "chen", api.now)
    wiring.watch.rules().put("xinghe", rule)
    for audience, opened in ((Audience.WATCH, False), (Audience.STAFF, True)):
        choice = Choice(DataKind.MOTION, audience, True, api.now, "r1", "r1")
        wiring.privacy.consenting().choose("xinghe", "r1", choice, now=api.now)
        if audience is Audience.WATCH:
            wiring.registry.registry().add_device(device("ms-1", Kind.MOTION_SENSOR), now=api.now - 3 * HOUR)
            moved(api, "ms-1")
        for role in (Role.GRID_WORKER, Role.COORDINATOR):
            told = api.get("/v1/households/h001/routine", token=api.token(role)).body
            shown = {
                name: bool(told[name]) for name in ("sentence", "last_life_sign_at", "knock_at", "picture")
            }
            assert set(shown.values()) == {opened}, shown
            assert {one["device"] for one in told["sensors"]} == {"ms-1"}
