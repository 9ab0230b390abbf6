"""Erasure: markers are planted in everything that is known of a resident, and none is left anywhere."""

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.aws.memory import MemoryTable
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import ShouwangError
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify import model as notify
from chalicelib.notify.boxes import box_of_resident
from chalicelib.notify.model import Message, Recipient, Words
from chalicelib.onekey.model import Asked, Channel, Line, Location, Press, Session
from chalicelib.registry.care import Care, DoorPack, Medicine
from chalicelib.registry.consent import DataKind
from chalicelib.registry.model import Kind, Resident
from chalicelib.registry.needs import Kin
from chalicelib.registry.people import Person
from chalicelib.telemetry.model import Reason
from chalicelib.watch.model import ConcernKind
from tests.api import Service
from tests.builders import DAY, HOUR, Town, concern, device, envelope, home, mentions_number, payload, water
from tests.faults import FaultyTable

MARK = "taint"
"""In every text, and in the ids of the resident and of what is about them alone."""
PHONE = "+8613800004711"
WHO = f"r-{MARK}"
ERASED_AT_LAST = timedelta(hours=20, minutes=1)


class Home:
    """The home of a resident who lives alone, with a marker wherever something can be written."""

    def __init__(self, service: Service) -> None:
        self.api, self.town, self.now = service, service.town, service.now
        self._record()
        self._devices()
        self._alarms()
        self._press()
        self._looks()
        self._sign_ins()

    def _record(self) -> None:
        texts = {n: f"{MARK}-{n}" for n in ("name", "building", "address")}
        self.town.registry_store.put_households([home("h-alone", **texts, steward="Zhou")])
        self.town.people.put_many([Person("daughter", "xinghe", "Du", Role.KIN, "+8613800000009")])
        wiring.registry.residents().enrol(
            [
                Resident(
                    WHO, "xinghe", "h-alone", f"{MARK}桂英", PHONE,
                    kin=(Kin("daughter", note=f"{MARK} wish"),), tags=(MARK,), agreed_by=MARK,
                ),
                Resident("r-other", "xinghe", "h001", "李", kin=(Kin("daughter"),)),
            ]
        )  # fmt: skip
        care = self.town.care
        care.put_care(
            Care("xinghe", WHO, f"{MARK} heart", (Medicine(f"{MARK}-pill"),), f"{MARK} rises early")
        )
        care.put_door(DoorPack("xinghe", "h-alone", f"{MARK} mat", f"{MARK} Wang", "+8613800000008", MARK))
        self.town.agrees(DataKind.MOTION, WHO)

    def _devices(self) -> None:
        meters = [
            device(f"wm-{MARK}", household="h-alone"),
            device("ms-1", Kind.MOTION_SENSOR, household="h-alone"),
        ]
        for each in meters:
            wiring.registry.registry().add_device(each, now=self.now)
        for days in (0, 1, 40, 80):
            at = self.now - days * DAY
            self.hear(water(1, 2, until=at).replace(b"register", b"register"), at)
            sample = {"at": int(at.timestamp()), "register_litres": 9, "fault": MARK}
            self.hear(payload(Kind.WATER_METER, sample), at)
        self.hear(f"{MARK} can't be read".encode(), self.now)

    def hear(self, raw: bytes, at: Any) -> Any:
        said = envelope(raw, device=f"wm-{MARK}", received_at=at)
        return self.town.new_process().take({"d": said}, now=at)

    def _alarms(self) -> None:
        desk, concerns = wiring.alarms.desk(), wiring.alarms.concerns()
        by = Responder("Li", "xinghe", on_behalf_of=MARK)
        evidence: dict[str, int | str] = {"device": f"wm-{MARK}", "used_litres": 3}
        for hours in (3, 2):
            about = concern(household="h-alone", began_at=self.now - hours * HOUR, evidence=evidence)
            alarm = concerns.raise_once(about, now=self.now - hours * HOUR)
            desk.acknowledge(alarm, by=by, now=self.now)
            desk.note(alarm, f"{MARK} did not answer", by=by, now=self.now)
            self.tell("Li", alarm)
            desk.resolve(alarm, Outcome(Verdict.FALSE, Cause.ASLEEP, f"{MARK} slept"), by=by, now=self.now)
        self.tell(box_of_resident(WHO), "")
        self.open = concerns.raise_once(
            concern(ConcernKind.GAS, household="h-alone", began_at=self.now, evidence=evidence), now=self.now
        )
        self.desk: AlarmDesk = desk

    def tell(self, person: str, alarm: str) -> None:
        words = {language: Words(MARK, MARK, MARK) for language in LANGUAGES}
        message = Message(f"{alarm}/{person}/{MARK}", "xinghe", person, 2, "look_in", words, alarm=alarm)
        community = wiring.registry.community("xinghe")
        recipient = Recipient(person, "xinghe", community.zone)
        wiring.notify.notifier().send(message, recipient, self.now)

    def _press(self) -> None:
        wiring.onekey.book().put_line(Line("xinghe", "星禾里", "+8693100000000"))
        press = Press("p1", self.now, Channel.PAGE, Session.GOOD)
        where = Location(36_000_000, 103_000_000, 10, self.now)
        asked = Asked(press, community="xinghe", resident=WHO, location=where)
        wiring.onekey.one_key().press(asked, now=self.now)

    def _looks(self) -> None:
        sight = wiring.sight.relations().of_resident(Caller("chen", Role.COORDINATOR, "xinghe"), WHO)
        wiring.privacy.access_log().note(Caller("chen", Role.COORDINATOR, "xinghe"), sight, now=self.now)

    def _sign_ins(self) -> None:
        """On a phone and a paired tablet; a pairing and an invitation wait, and an answer is kept."""
        chen = {"role": Role.COORDINATOR, "name": "chen"}
        for number, label in enumerate((f"{MARK} tablet", ""), start=1):
            path, key = f"/v1/residents/{WHO}/handset-pairings", {"idempotency-key": f"pair-{number}"}
            code = self.api.call("POST", path, headers=key, **chen).body["code"]
            if label:
                told = {"code": code, "label": label}
                assert self.api.call("POST", "/v1/handsets", body=told).status == 201
        daughter = {"phone": "13900139007", "role": "kin", "name": f"{MARK}女儿", "residents": [WHO]}
        self.create("invitations", daughter, **chen)
        ends = (self.now + DAY).isoformat()
        self.create("households/h-alone/absences", {"ends_at": ends}, role=Role.RESIDENT, name=WHO)
        self.api.call("POST", "/v1/sign-in-codes", body={"phone": PHONE})
        code = wiring.accounts.live_code(PHONE, now=datetime.now(UTC))
        assert code is not None
        told = {"phone": PHONE, "code": code.code, "label": f"{MARK} phone"}
        assert self.api.call("POST", "/v1/sessions", body=told).status == 200

    def create(self, path: str, body: dict[str, Any], **who: Any) -> None:
        key = {"idempotency-key": f"{path}-1"}
        made = self.api.call("POST", f"/v1/{path}", body=body, headers=key, **who)
        assert made.status == 201, made.body

    def tables(self) -> dict[str, MemoryTable]:
        on = self.town.on
        found = {each.name: getattr(on, each.name) for each in fields(on)}
        return {name: table for name, table in found.items() if isinstance(table, MemoryTable)}

    def tainted(self) -> list[str]:
        """Where a marker is still found: keys and values of every table, and so of every index."""
        return [
            f"{name}: {item['pk']} / {item['sk']}"
            for name, table in self.tables().items()
            for item in table.items()
            if any(MARK in word or mentions_number(word, PHONE) for word in words_of(item))
        ]

    def erase(self) -> Any:
        return self.api.put(
            f"/v1/residents/{WHO}/erasure", {"confirm": WHO}, role=Role.COORDINATOR, name="chen"
        )

    def tick(self, after: timedelta = timedelta(0)) -> None:
        """A minute later, ticks until the erasure has nothing more to do now, as in a few minutes."""
        now = self.now + timedelta(minutes=1) + after
        for _ in range(100):
            assert wiring.watch.deadlines().fire_due(now=now).failed == 0
            due = wiring.watch.deadline_store().get(f"erase#xinghe#{WHO}", "erase")
            if due is None or due.due_at > now:
                return

    def erasing(self) -> Any:
        return wiring.privacy.errands().state("erase", "xinghe", WHO)

    def close_what_is_open(self) -> None:
        alarms, _ = self.desk.page("xinghe", is_open=True, limit=100, after=None)
        for alarm in alarms:
            self.desk.resolve(
                alarm.id, Outcome(Verdict.FALSE, Cause.AWAY), by=Responder("Li", "xinghe"), now=self.now
            )


def words_of(value: Any) -> Iterator[str]:
    """Every text in an item: keys, names and values."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from (str(name), *words_of(each))
    elif isinstance(value, list):
        for each in value:
            yield from words_of(each)
    else:
        yield str(value)


@pytest.fixture
def alone() -> Iterator[Home]:
    service = Service(Town())
    yield Home(service)
    service.close()


def test_markers_were_planted_everywhere(alone: Home) -> None:
    where = {line.split("#")[0] for line in alone.tainted()}
    for part in (
        "registry: residents", "registry: care", "registry: doors", "registry: households", "registry: kin",
        "registry: consents", "registry: consent-history", "registry: devices", f"series: wm-{MARK}",
        "quarantine: xinghe / ", "deadlines: alarm", "deadlines: inbox", "deadlines: notify",
        "deadlines: one-key", "deadlines: one-key-resident", "deadlines: watch", "deadlines: roll",
        "deadlines: session", "deadlines: pairing", "deadlines: invited", "deadlines: once", "audit: looks",
    ):  # fmt: skip
        assert any(line.startswith(part) for line in where), (part, sorted(where))


def test_nothing_is_left_of_a_resident_after_a_day(alone: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert alone.erase().status == 200
    alone.tick()
    alone.close_what_is_open()
    alone.tick(ERASED_AT_LAST)
    assert alone.erasing() is None
    left = [line for line in alone.tainted() if not is_a_tombstone(line)]
    assert left == []
    assert MARK not in "".join(capsys.readouterr())


def is_a_tombstone(line: str) -> bool:
    """The id of a device that may never speak again; its record names nobody."""
    return line.startswith((f"registry: devices#xinghe / wm-{MARK}", f"registry: device#wm-{MARK}")) or (
        line == f"registry: household#xinghe#h-alone / device#wm-{MARK}"
    )


def test_the_record_is_gone_at_once_and_looks_like_nobodys(alone: Home) -> None:
    alone.erase()
    for path in ("consents", "access-log", "export"):
        answer = alone.api.get(f"/v1/residents/{WHO}/{path}", role=Role.COORDINATOR)
        nobodys = alone.api.get(f"/v1/residents/nobody/{path}", role=Role.COORDINATOR)
        assert (answer.status, answer.body) == (404, nobodys.body)


def test_alarms_stay_as_statistics(alone: Home) -> None:
    alone.close_what_is_open()
    before, _ = alone.desk.page("xinghe", is_open=False, limit=100, after=None)
    alone.erase()
    alone.tick()
    after, _ = alone.desk.page("xinghe", is_open=False, limit=100, after=None)
    assert [a.household for a in after] == ["erased"] * len(before)

    def counted(alarm: Any) -> tuple[Any, ...]:
        return (alarm.kind, alarm.severity, alarm.raised_at, alarm.resolved_at, alarm.outcome.verdict)

    assert [counted(alarm) for alarm in after] == [counted(alarm) for alarm in before]
    assert {line.note for alarm in after for line in alone.desk.log(alarm)} == {""}


def test_an_alarm_that_nobody_closed_within_the_day_is_forgotten_once_it_has_an_outcome(alone: Home) -> None:
    alone.erase()
    alone.tick()
    alone.tick(ERASED_AT_LAST)
    assert alone.erasing() is not None
    days_later = ERASED_AT_LAST + timedelta(days=3)
    alone.tick(days_later)
    still_open, _ = alone.desk.page("xinghe", is_open=True, limit=100, after=None)
    assert {alarm.household for alarm in still_open} == {"h-alone"}  # somebody may be at the door
    alone.close_what_is_open()
    alone.tick(days_later + timedelta(hours=1, minutes=1))
    assert alone.erasing() is None
    assert [line for line in alone.tainted() if not is_a_tombstone(line)] == []
    closed, _ = alone.desk.page("xinghe", is_open=False, limit=100, after=None)
    assert {alarm.household for alarm in closed} == {"erased"}


def test_what_a_device_says_afterwards_is_not_kept_and_neither_is_its_refusal(alone: Home) -> None:
    warm = alone.town.new_process()
    said = envelope(water(5, until=alone.now), device=f"wm-{MARK}", received_at=alone.now)
    warm.take({"d": said}, now=alone.now)
    alone.erase()
    alone.tick()
    late = alone.now + timedelta(minutes=4)
    assert warm.take({"d": said}, now=late).stored == 1  # a process that has not heard of it yet
    assert warm.take({"d": said}, now=alone.now + timedelta(minutes=6)).refused == {Reason.NO_CONSENT: 1}
    assert alone.hear(f"{MARK} again".encode(), late).refused == {Reason.NO_CONSENT: 1}
    alone.close_what_is_open()
    alone.tick(ERASED_AT_LAST)
    assert [line for line in alone.tainted() if not is_a_tombstone(line)] == []


@pytest.mark.parametrize("crash_at", range(0, 60, 3))
def test_a_crash_anywhere_leaves_nothing_behind(alone: Home, crash_at: int) -> None:
    """The store dies before each so many-th write of the tick; the next tick goes on."""
    alone.erase()
    crashing = FaultyTable(alone.town.on.deadlines)
    others = replace(alone.town.on, deadlines=crashing)

    def die() -> None:
        raise DiedError("the process died")

    crashing.meanwhile = [*[lambda: None] * crash_at, die]
    wiring.use(others)
    wiring.watch.deadlines().fire_due(now=alone.now + timedelta(minutes=1))
    wiring.use(alone.town.on)
    alone.tick()
    alone.desk = wiring.alarms.desk()
    alone.close_what_is_open()
    alone.tick(ERASED_AT_LAST)
    assert [line for line in alone.tainted() if not is_a_tombstone(line)] == []


class DiedError(ShouwangError):
    """The process died here."""


def test_a_relative_of_nobody_else_is_forgotten_with_sign_in_and_addresses(alone: Home) -> None:
    son, number = "son", "+8613800004722"
    people, residents = alone.town.people, wiring.registry.residents()
    people.put_many([Person(son, "xinghe", "杜伟", Role.KIN, number)])
    known = residents.get("xinghe", WHO)
    residents.put(replace(known, kin=(*known.kin, Kin(son))), now=alone.now)
    address = notify.Address(notify.Channel.WEB_PUSH, "https://push.example/abc", "web_push")
    wiring.notify.address_book().add("xinghe", son, address)
    alone.tell(son, alone.open)
    alone.api.call("POST", "/v1/sign-in-codes", body={"phone": number})
    code = wiring.accounts.live_code(number, now=datetime.now(UTC))
    assert code is not None
    told = {"phone": number, "code": code.code, "label": "son's phone"}
    signed_in = alone.api.call("POST", "/v1/sessions", body=told).body
    alone.erase()
    alone.tick()
    again = {"refresh_token": signed_in["refresh_token"]}
    assert alone.api.call("POST", "/v1/sessions/refresh", body=again).status == 401
    alone.close_what_is_open()
    alone.tick(ERASED_AT_LAST)
    session = signed_in["session"]
    left = [
        f"{name}: {item['pk']} / {item['sk']}"
        for name, table in alone.tables().items()
        for item in table.items()
        if {son, session, f"person#{son}", f"xinghe#person#{son}"} & {*words_of(item)}
        or session in item["pk"]
    ]
    assert left == []
    assert people.get("xinghe", "daughter") is not None  # she is r-other's, too


def test_where_others_live_too_the_home_stays_theirs(alone: Home) -> None:
    wiring.registry.residents().enrol([Resident("r-wife", "xinghe", "h-alone", "妻")])
    alone.erase()
    alone.tick()
    alone.close_what_is_open()
    alone.tick(ERASED_AT_LAST)
    home_there = wiring.registry.store().household("xinghe", "h-alone")
    assert home_there is not None
    assert not any(WHO in line for line in alone.tainted())
    assert alone.town.series.last_heard(f"wm-{MARK}", until=alone.now) is not None


def test_it_must_be_meant(alone: Home) -> None:
    answer = alone.api.put(
        f"/v1/residents/{WHO}/erasure", {"confirm": "r-other"}, role=Role.COORDINATOR, name="chen"
    )
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/confirm")
    assert alone.api.get(f"/v1/residents/{WHO}/export", role=Role.COORDINATOR).status == 200


def test_the_access_log_is_erased_and_still_proves_itself(alone: Home) -> None:
    log = wiring.privacy.access_log()
    today = f"{alone.now:%Y-%m-%d}"
    log.seal("xinghe", today)
    alone.erase()
    alone.tick()
    alone.tick(ERASED_AT_LAST)
    assert log.looks("xinghe", WHO) == []
    assert log.verify("xinghe", ["r-other"]) == []


def test_an_export_holds_all_that_was_planted(alone: Home) -> None:
    told = wiring.privacy.everything().export("xinghe", WHO, now=alone.now)
    text = json.dumps(told, ensure_ascii=False)
    for planted in (
        f"{MARK}桂英", PHONE, f"{MARK} wish", f"{MARK} heart", f"{MARK}-pill",
        f"{MARK} mat", f"{MARK} Wang", f"{MARK}-address", f"{MARK} slept", f"{MARK} did not answer",
        f"{MARK} rises early", f"{MARK} can't be read", "latitude_e6", '"who": "chen"',
        f"{MARK} tablet", f"{MARK} phone", f"{MARK}女儿", '"fault": "taint"',
    ):  # fmt: skip
        assert planted in text, planted
    assert len(told["readings"][f"wm-{MARK}"]) >= 8
    assert "r-other" not in text


def test_a_resident_exports_what_is_known_of_them_in_the_app(alone: Home) -> None:
    answer = alone.api.get(f"/v1/residents/{WHO}/export", role=Role.RESIDENT, name=WHO)
    mine = answer.body
    assert answer.headers["Cache-Control"] == "no-store"
    assert mine["held"]["registry"]["resident"]["name"] == f"{MARK}桂英"
    assert mine["readings"] == ["/v1/devices/ms-1/readings", f"/v1/devices/wm-{MARK}/readings"]
    assert alone.api.get(f"/v1/residents/{WHO}/export", role=Role.RESIDENT, name="r-other").status == 404
