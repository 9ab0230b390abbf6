"""Cases over HTTP."""

from dataclasses import replace
from typing import Any

from chalicelib import wiring
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.logbook import Happened
from chalicelib.alarms.service import Responder
from chalicelib.alarms.store import AlarmStore
from chalicelib.kernel.caller import Role
from chalicelib.watch.model import ConcernKind
from tests.api import Service, raised
from tests.builders import HOUR, Town, concern, ground, home
from tests.faults import CountingTable


def another(api: Service, kind: ConcernKind, household: str = "h001", hours_ago: int = 1) -> str:
    at = api.now - hours_ago * HOUR
    return api.town.concerns.raise_once(concern(kind, began_at=at, household=household), now=at)


def cases(api: Service, query: str = "", **who: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/v1/cases{query}", **who).body["items"]
    return found


def test_several_alarms_of_a_home_are_one_case(api: Service) -> None:
    quiet, gas = raised(api), another(api, ConcernKind.GAS)
    api.put(f"/v1/alarms/{quiet}/acknowledgement")
    (case,) = cases(api)
    assert (case["household"], case["household_name"], case["severity"]) == ("h001", "h001", 1)
    assert [alarm["id"] for alarm in case["alarms"]] == [gas, quiet]
    assert [(one["person"], one["alarm"]) for one in case["on_it"]] == [("Li", quiet)]
    assert case["alarms"][1]["text"].startswith("自")


def test_the_most_severe_comes_first_and_pages_go_on(api: Service) -> None:
    api.town.registry_store.put_households([home(f"h{n:03}") for n in range(2, 6)])
    another(api, ConcernKind.DEVICE_SILENT, "h002", 9)
    another(api, ConcernKind.STILL_WATER, "h003", 2)
    another(api, ConcernKind.GAS, "h004")
    another(api, ConcernKind.STILL_WATER, "h005", 3)
    seen, query = [], "?limit=1"
    while query:
        page = api.get(f"/v1/cases{query}").body
        seen += [case["household"] for case in page["items"]]
        query = f"?limit=1&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == ["h004", "h005", "h003", "h002"]


def test_a_volunteer_sees_the_cases_that_they_are_on_and_no_others(api: Service) -> None:
    quiet = raised(api)
    who: dict[str, Any] = {"role": Role.VOLUNTEER, "name": "wang"}
    assert cases(api, **who) == []
    store = AlarmStore(api.town.on.deadlines)
    alarm = store.get(quiet)
    assert alarm is not None
    asked = alarm.asking(["wang"]).acknowledged(by="wang", at=api.now)
    store.change(asked, Responder("wang", "xinghe").line(Happened.ACKNOWLEDGED, api.now), lines=1)
    assert [case["household"] for case in cases(api, **who)] == ["h001"]


def test_lists_read_homes_once_however_many_alarms_there_are() -> None:
    calls = []
    for homes in (2, 20):
        on = ground()
        town = Town(on)
        town.registry_store.put_households([home(f"h{n:03}") for n in range(1, homes + 1)])
        service = Service(town)
        try:
            for n in range(1, homes + 1):
                Concerns(AlarmStore(on.deadlines)).raise_once(
                    concern(household=f"h{n:03}", began_at=service.now), now=service.now
                )
            counting = CountingTable(on.registry)
            wiring.use(replace(on, registry=counting))
            for path in ("/v1/cases?limit=100", "/v1/alarms?limit=100"):
                assert len(service.get(path).body["items"]) == homes
            calls.append(counting.calls)
        finally:
            service.close()
    assert calls[0] == calls[1]
