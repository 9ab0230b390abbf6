"""Who moves, is removed or erased leaves nothing to the next, and takes nothing from them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.service import Responder
from chalicelib.kernel.caller import Role
from chalicelib.registry.importing import read
from chalicelib.registry.model import Kind, Resident
from chalicelib.registry.stays import FOREVER, Span, Stay, theirs, theirs_since
from chalicelib.telemetry.model import Reason
from tests.api import Answer, Service
from tests.builders import DAY, HOUR, SAMPLES, Town, concern, device, envelope, payload, water
from tests.registry.test_erasure import ERASED_AT_LAST, MARK, WHO, Home, is_a_tombstone

CHEN = {"role": Role.COORDINATOR, "name": "chen"}


@pytest.fixture
def alone() -> Iterator[Home]:
    a_minute_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    service = Service(Town(), now=a_minute_ago)
    yield Home(service)
    service.close()


def made(home: Home, path: str, **body: object) -> Answer:
    key = f"{path}/{sorted(body.items())}"[:200]
    return home.api.call("POST", f"/v1/{path}", body=body, headers={"idempotency-key": key}, **CHEN)


def moves(home: Home, to: str) -> None:
    known = home.api.get(f"/v1/residents/{WHO}", **CHEN).body
    told = {"household": to, "name": known["name"], "phone": known["phone"], "tags": known["tags"]}
    assert home.api.change(f"/v1/residents/{WHO}", told, **CHEN).status == 200


def remove(home: Home, who: str = WHO) -> Answer:
    return home.api.call("DELETE", f"/v1/residents/{who}", headers={"if-match": "*"}, **CHEN)


def closed_alarm(home: Home, hours: int, note: str = "") -> str:
    """An alarm of the home, so many hours from now, with its outcome."""
    at = home.now + hours * HOUR
    alarm = wiring.alarms.concerns().raise_once(concern(household="h-alone", began_at=at), now=at)
    outcome = Outcome(Verdict.FALSE, Cause.AWAY, note)
    home.desk.resolve(alarm, outcome, by=Responder("Li", "xinghe"), now=at)
    return alarm


def left_of_them(home: Home) -> list[str]:
    return [line for line in home.tainted() if not is_a_tombstone(line)]


def test_the_next_family_keeps_its_home_when_the_erasure_comes_again(alone: Home) -> None:
    alone.close_what_is_open()
    alone.erase()
    alone.tick()
    assert made(alone, "households", id="h-alone", grid="g1", name="新邻居", address="5-201").status == 201
    assert made(alone, "residents", id="r-new", household="h-alone", name="赵新").status == 201
    door = {"notes": "钥匙在物业", "key_place": "物业"}
    assert alone.api.change("/v1/households/h-alone/door-pack", door, **CHEN).status == 200
    alarm = closed_alarm(alone, hours=2)
    alone.tick(ERASED_AT_LAST)
    assert alone.erasing() is None
    assert alone.api.get("/v1/households/h-alone", **CHEN).status == 200
    assert alone.api.get("/v1/households/h-alone/door-pack", **CHEN).body["notes"] == "钥匙在物业"
    assert alone.api.get("/v1/residents/r-new", **CHEN).body["household"] == "h-alone"
    kept = wiring.alarms.store().get(alarm)
    assert kept is not None and kept.household == "h-alone"
    assert left_of_them(alone) == []


def test_an_id_is_nobody_elses_until_its_holder_is_erased(alone: Home) -> None:
    alone.close_what_is_open()
    assert remove(alone).status == 200
    taken = made(alone, "residents", id=WHO, household="h-alone", name="别人")
    assert (taken.status, taken.body["code"]) == (409, "id_reserved")
    assert alone.erase().status == 200
    alone.tick()
    assert made(alone, "residents", id=WHO, household="h001", name="又一人").status == 409
    alone.tick(ERASED_AT_LAST)
    assert left_of_them(alone) == []
    assert made(alone, "residents", id=WHO, household="h001", name="后来人").status == 201
    consents = alone.api.get(f"/v1/residents/{WHO}/consents", **CHEN).body
    assert (consents["version"], consents["proxy"]) == (0, None)


def test_who_was_removed_can_still_be_erased_and_only_the_coordinator_finds_them(alone: Home) -> None:
    alone.close_what_is_open()
    proxy = {"person": "daughter"}
    assert alone.api.change(f"/v1/residents/{WHO}/proxy", proxy, **CHEN).status == 200
    code = made(alone, f"residents/{WHO}/handset-pairings").body["code"]
    handset = alone.api.call("POST", "/v1/handsets", body={"code": code, "label": "平板"}).body
    waiting = alone.api.call(
        "POST", f"/v1/residents/{WHO}/handset-pairings", headers={"idempotency-key": "another"}, **CHEN
    ).body["code"]
    assert remove(alone).status == 200
    refresh = {"refresh_token": handset["refresh_token"]}
    assert alone.api.call("POST", "/v1/sessions/refresh", body=refresh).status == 401
    assert alone.api.call("POST", "/v1/handsets", body={"code": waiting, "label": "x"}).status == 401
    path = f"/v1/residents/{WHO}/access-log"
    assert alone.api.get(path, role=Role.KIN, name="daughter").status == 404
    assert alone.api.get(path, **CHEN).status == 200
    assert alone.erase().status == 200
    alone.tick()
    alone.tick(ERASED_AT_LAST)
    assert left_of_them(alone) == []


def test_a_second_resident_of_a_removed_ones_name_and_home_is_somebody_else(alone: Home) -> None:
    first = made(alone, "residents", household="h001", name="王芳").body["id"]
    remove(alone, first)
    known = wiring.registry.intake().known("xinghe")
    row = {"id": "h001", "grid": "g1", "name": "h001", "resident": "王芳"}
    assert first not in (found := read([(2, row)], known)).residents
    assert found.errors == []
    again = read([(2, {**row, "resident_id": first})], known)
    assert [error.column for error in again.errors] == ["resident_id"]
    second = made(alone, "residents", household="h001", name="王芳", tags=["again"]).body["id"]
    assert second != first


def test_erasure_covers_the_homes_before_and_spares_who_lives_there_now(alone: Home) -> None:
    alone.close_what_is_open()
    moves(alone, "h001")
    assert made(alone, "residents", id="r-new", household="h-alone", name="赵新").status == 201
    theirs_now = closed_alarm(alone, hours=2, note="asleep")
    later = alone.now + 2 * HOUR
    alone.hear(water(9, until=later), later)
    alone.erase()
    alone.tick(3 * HOUR)
    alone.tick(ERASED_AT_LAST)
    kept = wiring.alarms.store().get(theirs_now)
    assert kept is not None and kept.household == "h-alone"
    alarms = [alarm for is_open in (True, False) for alarm in alone.desk.page(
        "xinghe", is_open=is_open, limit=100, after=None)[0] if alarm.household == "h-alone"
    ]  # fmt: skip
    assert {alarm.raised_at > alone.now for alarm in alarms} == {True}
    assert alone.town.series.last_heard(f"wm-{MARK}", until=alone.now + DAY) is not None
    homes_own = ("registry: households", "registry: doors", "registry: buildings", "registry: names",
                 "series: wm-", "deadlines: roll", "deadlines: watch", "deadlines: alarm#")  # fmt: skip
    assert [line for line in left_of_them(alone) if not line.startswith(homes_own)] == []
    assert not any(WHO in str(table.items()) for table in alone.tables().values())
    chunks = alone.town.series.between(f"wm-{MARK}", alone.now - 90 * DAY, alone.now + DAY)
    assert {sample["at"] for chunk in chunks for sample in chunk.samples} == {int(later.timestamp())}


HERE = "h1"


@pytest.mark.parametrize(
    ("since", "until", "others", "spans"),
    [
        pytest.param(50, 90, [], [(0, 90)], id="what a home said before anybody came is the first's"),
        pytest.param(50, 90, [(90, FOREVER)], [(0, 90)], id="not what it said to those who came after"),
        pytest.param(50, FOREVER, [(10, 40)], [(40, FOREVER)], id="nor to those before"),
        pytest.param(50, FOREVER, [(60, 70)], [(0, 60), (70, FOREVER)], id="nor while there were two"),
        pytest.param(50, 90, [(0, FOREVER)], [], id="somebody may always have been there"),
    ],
)
def test_whose_a_homes_past_is(since: int, until: int, others: list[Span], spans: list[Span]) -> None:
    were_there = [Stay("b", HERE, begins, ends) for begins, ends in others]
    assert list(theirs(Stay("a", HERE, since, until), were_there)) == spans


@pytest.mark.parametrize(
    ("came", "others", "since"),
    [
        pytest.param(0, [(10, 40)], 0, id="who was always there is told all"),
        pytest.param(50, [], 0, id="what an empty home said is the first's"),
        pytest.param(50, [(10, 40)], 41, id="what it said of those before is not theirs"),
        pytest.param(50, [(10, 70)], 50, id="with who stayed for a while they share from the first day"),
        pytest.param(50, [(10, FOREVER)], 50, id="and with who stays"),
        pytest.param(50, [(60, 70)], 0, id="who came later and left takes nothing from them"),
        pytest.param(FOREVER, [(10, 40)], 41, id="an empty home shows nothing of those who left"),
    ],
)
def test_from_when_on_a_home_tells_somebody(came: int, others: list[Span], since: int) -> None:
    assert theirs_since(came, [Stay("b", HERE, begins, ends) for begins, ends in others]) == since


def test_who_moves_in_reads_nothing_of_those_who_lived_there_before() -> None:
    service = Service(Town())
    residents, now = wiring.registry.residents(), service.now
    wiring.registry.registry().add_device(device(), now=now - 30 * DAY)
    residents.remove(residents.get("xinghe", "r1"), now=now - 29 * DAY)
    residents.put(Resident("r-old", "xinghe", "h001", "甲"), now=now - 20 * DAY)
    for days in range(18, 0, -1):
        at = now - days * DAY
        said = envelope(water(100 - days, until=at), received_at=at)
        assert service.town.new_process().take({"d": said}, now=at).stored == 1
        said = envelope(b"no message", received_at=at)
        assert service.town.new_process().take({"d": said}, now=at).refused
    evening = now - 12 * DAY
    alarm = wiring.alarms.concerns().raise_once(concern(began_at=evening), now=evening)
    outcome = Outcome(Verdict.FALSE, Cause.ASLEEP, "was asleep on the sofa")
    wiring.alarms.desk().resolve(alarm, outcome, by=Responder("Li", "xinghe"), now=evening)
    residents.remove(residents.get("xinghe", "r-old"), now=now - 10 * DAY - HOUR)
    since = f"{now - 30 * DAY:%Y-%m-%dT%H:%M:%SZ}"
    path = f"/v1/devices/wm-001/readings?since={since}&limit=100"
    assert service.get(path, **CHEN).body["items"] != []  # said since then, while nobody lived there
    residents.put(Resident("r-new", "xinghe", "h001", "乙"), now=now - 5 * DAY)
    for who in ({"role": Role.RESIDENT, "name": "r-new"}, {"role": Role.GRID_WORKER}, CHEN):
        shown = service.get(path, **who).body["items"]
        assert len(shown) == 10 and min(one["at"] for one in shown) > f"{now - 10 * DAY - HOUR:%Y-%m-%dT%H}"
    told = wiring.privacy.everything().export("xinghe", "r-new", now=now)
    assert (len(told["readings"]["wm-001"]), len(told["refused_messages"]), told["alarms"]) == (10, 10, [])
    theirs = wiring.privacy.everything().export("xinghe", "r-old", now=now)
    assert (len(theirs["readings"]["wm-001"]), len(theirs["alarms"])) == (8, 1)
    service.close()


@pytest.fixture
def watched() -> Iterator[Service]:
    """h001 has a motion sensor, to which r1, who lives there alone, agreed."""
    service = Service(Town())
    yes = {"granted": True}
    who = {"role": Role.RESIDENT, "name": "r1"}
    assert service.change("/v1/residents/r1/consents/motion/watch", yes, **who).status == 200
    sensor = device("ms-1", Kind.MOTION_SENSOR)
    wiring.registry.registry().add_device(sensor, now=service.now - DAY)
    tick(service)
    yield service
    service.close()


def tick(api: Service) -> None:
    for minute in range(1, 10):
        wiring.watch.deadlines().fire_due(now=api.now + timedelta(minutes=minute))


def refused(api: Service) -> dict[Reason, int]:
    sample = {**SAMPLES[Kind.MOTION_SENSOR], "at": int(api.now.timestamp()) - 60}
    said = envelope(payload(Kind.MOTION_SENSOR, sample), device="ms-1", received_at=api.now)
    return dict(api.town.new_process().take({"d": said}, now=api.now).refused)


def test_who_came_by_an_import_was_not_asked_yet(watched: Service) -> None:
    assert refused(watched) == {}
    known = wiring.registry.intake().known("xinghe")
    row = {"id": "h001", "grid": "g1", "name": "h001", "resident_id": "r2", "resident": "李"}
    found = read([(2, row)], known)
    wiring.registry.intake().write(wiring.registry.community("xinghe"), found, known, now=watched.now)
    tick(watched)
    assert refused(watched) == {Reason.NO_CONSENT: 1}


def test_an_emptied_home_is_watched_no_further_than_the_agreement_goes(watched: Service) -> None:
    gone = watched.call("DELETE", "/v1/residents/r1", headers={"if-match": "*"}, **CHEN)
    assert gone.status == 200
    tick(watched)
    assert refused(watched) == {Reason.NO_CONSENT: 1}


def test_a_home_that_somebody_left_asks_those_who_stay(watched: Service) -> None:
    wiring.registry.residents().put(Resident("r2", "xinghe", "h001", "李"), now=watched.now)
    tick(watched)
    assert refused(watched) == {Reason.NO_CONSENT: 1}
    wiring.registry.residents().remove(wiring.registry.residents().get("xinghe", "r2"), now=watched.now)
    tick(watched)
    assert refused(watched) == {}


def test_nobody_joins_as_the_relative_of_somebody_who_was_removed(watched: Service) -> None:
    wiring.registry.residents().put(Resident("r2", "xinghe", "h001", "李"), now=watched.now)
    for phone, residents in (("13900139007", ["r1"]), ("13900139008", ["r1", "r2"])):
        asked = {"phone": phone, "role": "kin", "name": "女儿", "residents": residents}
        key = {"idempotency-key": phone}
        assert watched.call("POST", "/v1/invitations", body=asked, headers=key, **CHEN).status == 201
    gone = watched.call("DELETE", "/v1/residents/r1", headers={"if-match": "*"}, **CHEN)
    assert gone.status == 200
    waiting = watched.get("/v1/invitations", **CHEN).body["items"]
    assert [each["residents"] for each in waiting] == [["r2"]]


def away(api: Service) -> bool:
    """Whether h001 is away in a quarter of an hour."""
    return bool(wiring.watch.absences().in_force("xinghe", "h001", now=api.now + HOUR / 4))


def test_who_moves_in_is_not_away_because_those_before_were(watched: Service) -> None:
    """Else nobody would come for up to thirty days, whatever happened to them."""
    path, who = "/v1/households/h001/absences", {"role": Role.RESIDENT, "name": "r1"}
    weeks = {"ends_at": f"{watched.now + 20 * DAY:%Y-%m-%dT%H:%M:%SZ}"}
    assert watched.call("POST", path, body=weeks, headers={"idempotency-key": "a"}, **who).status == 201
    residents = wiring.registry.residents()
    residents.remove(residents.get("xinghe", "r1"), now=watched.now + timedelta(minutes=1))
    tick(watched)
    assert away(watched)  # nobody is at home
    residents.put(Resident("r2", "xinghe", "h001", "李"), now=watched.now + timedelta(minutes=2))
    tick(watched)
    assert not away(watched)
    assert [each["ended_by"] for each in watched.get(path).body["items"]] == ["moved_in"]
    assert watched.get(path, role=Role.RESIDENT, name="r2").body["items"] == []


def test_who_joins_a_home_that_is_away_does_not_call_the_others_back(watched: Service) -> None:
    path, who = "/v1/households/h001/absences", {"role": Role.RESIDENT, "name": "r1"}
    weeks = {"ends_at": f"{watched.now + 20 * DAY:%Y-%m-%dT%H:%M:%SZ}"}
    assert watched.call("POST", path, body=weeks, headers={"idempotency-key": "a"}, **who).status == 201
    joining = Resident("r2", "xinghe", "h001", "李")
    wiring.registry.residents().put(joining, now=watched.now + timedelta(minutes=2))
    tick(watched)
    assert away(watched)
