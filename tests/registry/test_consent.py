"""Consent: without it data is neither stored nor judged, and whoever may not decide, doesn't."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.memory import MemoryTable
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import ConflictError, RefusedError
from chalicelib.registry.consent import (
    AGREED,
    DATA,
    Audience,
    Choice,
    Consents,
    DataKind,
    How,
    NotTheirChoiceError,
    is_open,
    may_be_kept,
    opened_to,
)
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.model import Category, Device, Kind, Resident
from chalicelib.registry.needs import Kin
from chalicelib.registry.people import Person
from chalicelib.telemetry.model import Reason
from tests.api import Service, raised
from tests.builders import DAY, NOON, SAMPLES, Town, device, envelope, payload, water

NOBODY_CHOSE = Consents("xinghe", "r1")
CALLS_FOR_HELP = {Kind.GAS_ALARM, Kind.SMOKE_ALARM, Kind.ONE_KEY}


def choice(kind: DataKind, audience: Audience = Audience.WATCH, *, granted: bool = True) -> Choice:
    return Choice(kind, audience, granted, NOON, "r1", "r1")


@pytest.mark.parametrize("kind", Kind)
def test_what_the_enrolment_agreement_covers(kind: Kind) -> None:
    meters = {Kind.WATER_METER, Kind.GAS_METER, Kind.ELECTRICITY_METER}
    assert may_be_kept(kind, [NOBODY_CHOSE]) is (kind in meters | CALLS_FOR_HELP)
    assert may_be_kept(kind, []) is (kind in meters | CALLS_FOR_HELP)
    assert not is_open(kind, Audience.KIN, opened_to(Audience.KIN, [NOBODY_CHOSE]))


def test_every_kind_of_device_tells_of_a_life_or_calls_for_help() -> None:
    assert set(Kind) == DATA.keys() | CALLS_FOR_HELP
    assert {kind for kind, _ in AGREED} == {DataKind.WATER, DataKind.GAS, DataKind.ELECTRICITY}


def test_a_call_for_help_needs_no_consent() -> None:
    refuses = NOBODY_CHOSE
    for kind in DataKind:
        refuses = refuses.chosen(choice(kind, granted=False))
    assert all(may_be_kept(kind, [refuses]) for kind in CALLS_FOR_HELP)
    assert not any(may_be_kept(kind, [refuses]) for kind in DATA)


def test_one_no_of_those_who_live_there_is_enough() -> None:
    yes = NOBODY_CHOSE.chosen(choice(DataKind.BED))
    assert may_be_kept(Kind.BED_RADAR, [yes])
    assert not may_be_kept(Kind.BED_RADAR, [yes, Consents("xinghe", "r2")])


def test_what_may_not_be_kept_is_for_nobody() -> None:
    kin = NOBODY_CHOSE.chosen(choice(DataKind.BED, Audience.KIN))
    assert not kin.allows(DataKind.BED, Audience.KIN)
    assert kin.chosen(choice(DataKind.BED)).allows(DataKind.BED, Audience.KIN)


def test_every_change_is_a_version_and_the_same_answer_again_is_none() -> None:
    once = NOBODY_CHOSE.chosen(choice(DataKind.BED))
    assert (once.version, once.chosen(choice(DataKind.BED)) is once) == (1, True)
    assert once.chosen(choice(DataKind.BED, granted=False)).version == 2


@pytest.mark.parametrize(
    ("person", "is_staff", "by_proxy", "given"),
    [
        ("r1", False, False, ("r1", How.APP)),
        ("daughter", False, False, ("daughter", How.APP)),
        ("chen", True, False, ("r1", How.PAPER)),
        ("chen", True, True, ("daughter", How.PAPER)),
    ],
)
def test_who_decides(person: str, is_staff: bool, by_proxy: bool, given: tuple[str, How]) -> None:
    consents = Consents("xinghe", "r1", proxy="daughter")
    assert consents.giver(person, is_staff=is_staff, signed_by_proxy=by_proxy) == given


def test_nobody_else_decides() -> None:
    with pytest.raises(NotTheirChoiceError):
        Consents("xinghe", "r1", proxy="daughter").giver("son", is_staff=False)
    with pytest.raises(NotTheirChoiceError):
        NOBODY_CHOSE.giver("", is_staff=False)
    with pytest.raises(RefusedError):
        NOBODY_CHOSE.giver("chen", is_staff=True, signed_by_proxy=True)


@dataclass
class Home:
    """Home h001 with a bed radar and a water meter, and all that may be said about them."""

    api: Service

    def choose(self, kind: str, audience: str, *, granted: bool, **who: Any) -> Any:
        path = f"/v1/residents/r1/consents/{kind}/{audience}"
        return self.api.change(path, {"granted": granted}, **{"role": Role.RESIDENT, "name": "r1", **who})

    def say(self, name: str, kind: Kind, *, after: timedelta = timedelta(0)) -> Any:
        """A device says something, to a process that began just now."""
        at = self.api.now + after
        sample = {**SAMPLES[kind], "at": int(at.timestamp())}
        town = self.api.town
        message = envelope(payload(kind, sample), device=name, received_at=at)
        return town.new_process().take({"d1": message}, now=at)

    def stored(self, name: str) -> int:
        series = self.api.town.on.series
        assert isinstance(series, MemoryTable)
        return sum(item["pk"].startswith(f"{name}#") for item in series.items())

    def tick(self, *, after: timedelta = timedelta(0)) -> None:
        """Ticks from a minute later on: big errands take several."""
        now = self.api.now + timedelta(minutes=1) + after
        for _ in range(4):
            assert wiring.watch.deadlines().fire_due(now=now).failed == 0

    def add(self, name: str, kind: Kind) -> Device:
        new = device(name, kind, added_at=self.api.now)
        wiring.registry.registry().add_device(new, now=self.api.now)
        found = wiring.registry.store().device("xinghe", name)
        assert found is not None
        return found


@pytest.fixture
def at_home() -> Iterator[Home]:
    service = Service(Town())
    town = service.town
    town.people.put_many([Person(each, "xinghe", each, Role.KIN) for each in ("daughter", "son")])
    town.residents.enrol([Resident("r1", "xinghe", "h001", "王桂英", kin=(Kin("daughter"), Kin("son")))])
    yield Home(service)
    service.close()


def test_a_bed_radar_waits_for_a_yes_and_what_it_says_until_then_is_not_kept(at_home: Home) -> None:
    assert at_home.add("br-001", Kind.BED_RADAR).withheld
    assert at_home.say("br-001", Kind.BED_RADAR).refused == {Reason.NO_CONSENT: 1}
    assert (at_home.stored("br-001"), at_home.api.town.refusals()) == (0, [])
    day = f"{at_home.api.now:%Y-%m-%d}"
    assert at_home.api.town.quarantine.counts("xinghe", day) == {"no_consent": 1}
    assert at_home.choose("bed", "watch", granted=True).status == 200
    assert at_home.say("br-001", Kind.BED_RADAR).stored == 1


def test_it_is_on_no_roll_and_under_no_watch_until_then(at_home: Home) -> None:
    rolls = at_home.api.town.rolls
    at_home.add("br-001", Kind.BED_RADAR)
    assert rolls.get("xinghe", "g1") is None
    at_home.choose("bed", "watch", granted=True)
    roll = rolls.get("xinghe", "g1")
    assert roll is not None
    assert set(roll.entries) == {"br-001"}


def test_a_no_ends_the_watch_and_erases_what_was_stored(at_home: Home) -> None:
    assert not at_home.add("wm-001", Kind.WATER_METER).withheld
    at_home.say("wm-001", Kind.WATER_METER, after=-30 * DAY)
    at_home.say("wm-001", Kind.WATER_METER)
    watches = wiring.watch.still_water()
    assert (at_home.stored("wm-001"), watches.watch_of("xinghe", "h001") is None) == (2, False)
    at_home.choose("water", "watch", granted=False)
    assert watches.watch_of("xinghe", "h001") is None
    at_home.tick()
    assert at_home.stored("wm-001") == 0
    at_home.choose("water", "watch", granted=True)
    assert watches.watch_of("xinghe", "h001") is not None


def test_what_a_running_process_still_stores_for_five_minutes_is_erased_too(at_home: Home) -> None:
    at_home.add("wm-001", Kind.WATER_METER)
    warm = at_home.api.town.new_process()
    now = at_home.api.now
    said = envelope(water(5, until=now), received_at=now)
    warm.take({"d1": said}, now=at_home.api.now)
    at_home.choose("water", "watch", granted=False)
    at_home.tick()
    later = at_home.api.now + timedelta(minutes=4)
    assert warm.take({"d1": said}, now=later).stored == 1
    assert warm.take({"d1": said}, now=at_home.api.now + timedelta(minutes=6)).refused == {
        Reason.NO_CONSENT: 1
    }
    at_home.tick(after=timedelta(minutes=11))
    assert at_home.stored("wm-001") == 0
    assert wiring.privacy.errands().state("forget", "xinghe", "wm-001") is None


def test_who_moves_in_has_a_say_about_what_watches_the_home(at_home: Home) -> None:
    at_home.choose("bed", "watch", granted=True)
    assert not at_home.add("br-001", Kind.BED_RADAR).withheld
    wiring.registry.residents().put(Resident("r-wife", "xinghe", "h001", "妻"))
    at_home.tick()
    found = wiring.registry.store().device("xinghe", "br-001")
    assert found is not None
    assert found.withheld


def test_whatever_fails_after_a_no_the_tick_goes_on_with(at_home: Home) -> None:
    """The choice is written, and then the process dies before any device is looked at."""
    at_home.add("wm-001", Kind.WATER_METER)
    no = NOBODY_CHOSE.chosen(choice(DataKind.WATER, granted=False))
    wiring.privacy.errands().send("settle", "xinghe", "h001", {}, at=at_home.api.now)
    wiring.privacy.consents().put(no, what=choice(DataKind.WATER, granted=False), at=0, by="r1")
    at_home.tick()
    found = wiring.registry.store().device("xinghe", "wm-001")
    assert found is not None
    assert found.withheld


def test_kin_read_what_the_resident_opened_to_them_and_nothing_else(at_home: Home) -> None:
    at_home.add("wm-001", Kind.WATER_METER)
    at_home.say("wm-001", Kind.WATER_METER)
    kin = {"role": Role.KIN, "name": "daughter"}
    read = "/v1/devices/wm-001/readings"
    assert at_home.api.get(read, **kin).status == 404
    assert at_home.choose("water", "kin", granted=True).status == 200
    assert len(at_home.api.get(read, **kin).body["items"]) == 1
    assert at_home.api.get("/v1/households/h001", **kin).body["devices"] is not None
    at_home.choose("water", "kin", granted=False)
    assert at_home.api.get(read, **kin).status == 404


def test_staff_read_no_figures_when_the_resident_says_so(at_home: Home) -> None:
    at_home.add("wm-001", Kind.WATER_METER)
    read = "/v1/devices/wm-001/readings"
    assert at_home.api.get(read).status == 200
    at_home.choose("water", "staff", granted=False)
    assert at_home.api.get(read).status == 404
    assert at_home.api.get("/v1/households/h001").body["used_litres"] is None


def test_a_proxy_decides_for_the_resident_once_they_are_named(at_home: Home) -> None:
    daughter = {"role": Role.KIN, "name": "daughter"}
    assert at_home.choose("bed", "watch", granted=True, **daughter).status == 404
    named = at_home.api.change(
        "/v1/residents/r1/proxy", {"person": "daughter"}, role=Role.RESIDENT, name="r1"
    )
    assert (named.status, named.body["proxy"]) == (200, "daughter")
    assert at_home.choose("bed", "watch", granted=True, role=Role.KIN, name="son").status == 404
    told = at_home.choose("bed", "watch", granted=True, **daughter).body
    bed = next(i for i in told["items"] if (i["kind"], i["audience"]) == ("bed", "watch"))
    assert (bed["granted"], bed["given_by"], bed["how"], bed["by_agreement"]) == (
        True,
        "daughter",
        "app",
        False,
    )
    at_home.api.change("/v1/residents/r1/proxy", {"person": None}, role=Role.RESIDENT, name="r1")
    assert at_home.choose("bed", "watch", granted=False, **daughter).status == 404


def name_proxy(at_home: Home, person: str, role: Role = Role.COORDINATOR) -> Any:
    return at_home.api.change("/v1/residents/r1/proxy", {"person": person}, role=role, name="chen")


@pytest.mark.parametrize(
    ("person", "role", "why"),
    [
        pytest.param("chen", Role.COORDINATOR, "工作人员", id="a coordinator themselves"),
        pytest.param("zhou", Role.GRID_WORKER, "工作人员", id="a grid worker"),
        pytest.param("gao", Role.VOLUNTEER, "亲属名单", id="a volunteer, who couldn't read consents"),
        pytest.param("cousin", Role.KIN, "亲属名单", id="somebody else's relative"),
        pytest.param("ghost", None, "没有", id="nobody"),
    ],
)
def test_only_a_relative_of_theirs_may_choose_for_a_resident(
    at_home: Home, person: str, role: Role | None, why: str
) -> None:
    if role:
        at_home.api.town.people.put_many([Person(person, "xinghe", person, role)])
    answer = name_proxy(at_home, person)
    (error,) = answer.body["errors"]
    assert (answer.status, error["pointer"], why in error["detail"]) == (422, "/person", True)


@pytest.mark.parametrize("by_table", [False, True])
def test_a_proxy_who_is_employed_by_the_community_is_none_any_longer(at_home: Home, by_table: bool) -> None:
    coordinator = {"role": Role.COORDINATOR, "name": "chen"}
    gao = Person("gao", "xinghe", "高", Role.VOLUNTEER, "+8613800000031")
    at_home.api.town.people.put_many([gao])
    kin = {"kin": [{"person": "daughter"}, {"person": "gao"}]}
    assert at_home.api.change("/v1/residents/r1/kin", kin, **coordinator).status == 200
    assert name_proxy(at_home, "gao").status == 200
    if by_table:
        known = wiring.registry.intake().known("xinghe")
        wiring.registry.intake().write_people([replace(gao, role=Role.COORDINATOR)], known)
    else:
        told = {"name": "高", "role": "coordinator", "phone": gao.phone}
        assert at_home.api.change("/v1/people/gao", told, **coordinator).status == 200
    assert at_home.api.get("/v1/residents/r1/consents", **coordinator).body["proxy"] is None
    relative = {"role": Role.KIN, "name": "gao"}
    assert at_home.choose("water", "staff", granted=True, **relative).status == 404
    assert at_home.api.get("/v1/residents/r1", **relative).status == 200  # a relative they stay


def test_who_is_struck_off_the_list_of_kin_is_no_proxy_any_longer(at_home: Home) -> None:
    kin = [{"person": "daughter"}, {"person": "son"}]
    assert name_proxy(at_home, "daughter").status == 200
    daughter = {"role": Role.KIN, "name": "daughter"}
    assert at_home.api.get("/v1/residents/r1/consents", **daughter).status == 200
    coordinator = {"role": Role.COORDINATOR, "name": "chen"}
    assert at_home.api.change("/v1/residents/r1/kin", {"kin": kin[1:]}, **coordinator).status == 200
    assert at_home.api.get("/v1/residents/r1/consents", **coordinator).body["proxy"] is None
    assert at_home.choose("bed", "watch", granted=True, **daughter).status == 404


def test_staff_choose_on_paper_alone_whatever_stands_in_an_old_record() -> None:
    assert Consents("xinghe", "r1", proxy="chen").giver("chen", is_staff=True) == ("r1", How.PAPER)


def test_the_coordinator_takes_down_what_was_signed_on_paper(at_home: Home) -> None:
    at_home.api.town.people.put_many([Person("chen", "xinghe", "陈静", Role.COORDINATOR)])
    told = at_home.choose("bed", "watch", granted=True, role=Role.COORDINATOR, name="chen").body
    assert told["names"]["chen"] == "陈静"
    bed = next(i for i in told["items"] if (i["kind"], i["audience"]) == ("bed", "watch"))
    assert (bed["given_by"], bed["recorded_by"], bed["how"], told["version"]) == ("r1", "chen", "paper", 1)
    (line,) = wiring.privacy.consents().history("xinghe", "r1")
    assert (line["by"], line["choice"]["given_by"]) == ("chen", "r1")


@pytest.mark.parametrize("path", ["bed/everyone", "thoughts/watch"])
def test_what_can_t_be_consented_to_is_404(at_home: Home, path: str) -> None:
    answer = at_home.api.change(
        f"/v1/residents/r1/consents/{path}", {"granted": True}, role=Role.RESIDENT, name="r1"
    )
    assert answer.status == 404


def test_two_who_choose_at_one_moment_can_t_undo_each_other_unseen() -> None:
    town = Town()
    store = ConsentStore(town.on.registry)
    first = choice(DataKind.BED)
    store.put(NOBODY_CHOSE.chosen(first), what=first, at=0, by="r1")
    with pytest.raises(ConflictError):
        store.put(NOBODY_CHOSE.chosen(first), what=first, at=0, by="r1")
    assert len(store.history("xinghe", "r1")) == 1


def test_the_resident_and_the_coordinator_read_who_looked(at_home: Home) -> None:
    at_home.add("wm-001", Kind.WATER_METER)
    at_home.api.town.people.put_many([Person("zhou", "xinghe", "周岚", Role.GRID_WORKER)])
    at_home.api.get("/v1/households/h001", name="zhou")
    for who in ({"role": Role.RESIDENT, "name": "r1"}, {"role": Role.COORDINATOR, "name": "chen"}):
        items = at_home.api.get("/v1/residents/r1/access-log", **who).body["items"]
        looks = {(i["who"], i["name"], i["role"], i["grounds"]) for i in items}
        assert ("zhou", "周岚", "grid_worker", "community") in looks
    assert at_home.api.get("/v1/residents/r1/access-log", role=Role.KIN, name="son").status == 404


def broken(at_home: Home, name: str) -> None:
    """A watch says something that can't be taken, with a pulse in it."""
    sample = {**SAMPLES[Kind.WATCH], "at": int(at_home.api.now.timestamp()), "heart_rate_bpm": 987_654}
    said = envelope(payload(Kind.WATCH, sample), device=name, received_at=at_home.api.now)
    assert at_home.api.town.new_process().take({"d": said}, now=at_home.api.now).stored == 0


def test_a_refused_message_is_shown_to_whom_its_kind_was_opened_and_that_is_a_look(at_home: Home) -> None:
    at_home.choose("vitals", "watch", granted=True)
    at_home.add("watch-1", Kind.WATCH)
    broken(at_home, "watch-1")
    log = wiring.privacy.access_log()
    before = len(log.looks("xinghe", "r1"))
    shown = at_home.api.get("/v1/quarantine").body["items"]
    assert [(one["device"], one["raw"], one["detail"], one["opened"]) for one in shown] == [
        ("watch-1", "", "", False)
    ]
    assert shown[0]["reason"]
    assert len(log.looks("xinghe", "r1")) == before
    at_home.choose("vitals", "staff", granted=True)
    assert "987654" in at_home.api.get("/v1/quarantine").body["items"][0]["raw"]
    assert [look.parts for look in log.looks("xinghe", "r1")].count(("series",)) == 1


def test_a_no_erases_what_was_refused_too(at_home: Home) -> None:
    at_home.choose("vitals", "watch", granted=True)
    at_home.add("watch-1", Kind.WATCH)
    broken(at_home, "watch-1")
    assert len(at_home.api.town.refusals()) == 1
    at_home.choose("vitals", "watch", granted=False)
    at_home.tick()
    assert at_home.api.town.refusals() == []


def home_as_seen(at_home: Home, **who: Any) -> Any:
    return at_home.api.get("/v1/households/h001", **who).body


def test_who_was_shown_the_water_sees_no_bed(at_home: Home) -> None:
    for kind in ("bed", "vitals"):
        at_home.choose(kind, "watch", granted=True)
    for name, kind in (("br-001", Kind.BED_RADAR), ("watch-1", Kind.WATCH), ("wm-001", Kind.WATER_METER)):
        at_home.add(name, kind)
        at_home.say(name, kind)
    daughter = {"role": Role.KIN, "name": "daughter"}
    assert home_as_seen(at_home, **daughter)["devices"] is None
    at_home.choose("water", "kin", granted=True)
    assert [one["id"] for one in home_as_seen(at_home, **daughter)["devices"]] == ["wm-001"]
    heard = {one["id"]: one["heard_at"] is not None for one in home_as_seen(at_home)["devices"]}
    assert heard == {"br-001": False, "watch-1": False, "wm-001": True}
    mine = home_as_seen(at_home, role=Role.RESIDENT, name="r1")["devices"]
    assert {one["heard_at"] is None for one in mine} == {False}


def test_an_alarm_is_told_whole_to_whom_it_asks_and_to_other_staff_as_was_opened(
    at_home: Home,
) -> None:
    alarm = raised(at_home.api)
    asked = {"role": Role.GRID_WORKER, "name": "Hu"}
    at_home.api.put(f"/v1/alarms/{alarm}/acknowledgement", **asked)

    def told(**who: Any) -> list[tuple[Any, bool]]:
        one, listed = (at_home.api.get(f"/v1/alarms{path}", **who).body for path in (f"/{alarm}", ""))
        case = at_home.api.get("/v1/cases", **who).body["items"][0]["alarms"][0]
        shown = [one, listed["items"][0], {**case, "evidence": None}]
        return [(each["evidence"], "3升" in each["text"]) for each in shown]

    figures = at_home.api.get(f"/v1/alarms/{alarm}").body["evidence"]
    assert figures["used_litres"] == 3
    assert datetime.fromisoformat(figures["since"]) < at_home.api.now
    assert told() == [(figures, True), (figures, True), (None, True)]
    at_home.choose("water", "staff", granted=False)
    assert told() == [({}, False), ({}, False), (None, False)]
    assert told(**asked) == [(figures, True), (figures, True), (None, True)]
    at_home.choose("water", "staff", granted=True)
    assert told() == [(figures, True), (figures, True), (None, True)]


def test_kin_dont_read_the_staffs_own_words(at_home: Home) -> None:
    stored = wiring.registry.residents().get("xinghe", "r1")
    words = replace(stored, categories=frozenset({Category.LOW_INCOME}), tags=("与儿子不和",))
    wiring.registry.residents().put(words)
    shown = at_home.api.get("/v1/residents/r1", role=Role.KIN, name="daughter").body
    assert (shown["categories"], shown["tags"]) == ([], [])
    assert at_home.api.get("/v1/residents/r1").body["tags"] == ["与儿子不和"]
