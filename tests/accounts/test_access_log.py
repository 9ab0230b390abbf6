"""The access log: every look is there, nobody waits for anybody, and what was tampered with is found."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from chalicelib.accounts.access_log import AccessLog
from chalicelib.accounts.look_store import LookStore
from chalicelib.accounts.looks import End, Head, Link, LivedIn, chain_of, linked
from chalicelib.accounts.witness_store import WitnessStore
from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import AUDIT, WITNESS
from chalicelib.aws.tables import Delete, Put, StoreUnavailableError
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.sight import Part, Relation, Sight
from tests.builders import DAY, HOUR, NOON
from tests.faults import CrashingTable, FaultyTable

KEY = "a key that is kept elsewhere"
SEAL_KEY = "a key that who writes looks can't read"
LI = Caller("li", Role.GRID_WORKER, "xinghe")
AT_THE_DOOR = Sight(Relation.ON_CASE, frozenset({Part.ADDRESS, Part.DOOR}), ("r1",), "al-1")
MINUTE = timedelta(minutes=1)


@dataclass
class Later:
    """Notes which days are to be sealed, and when."""

    days: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def seal_later(self, community: str, day: str, *, at: datetime) -> None:
        self.days[community, day] = at


@dataclass
class Log:
    """An access log in memory, whose items may be tampered with."""

    table: MemoryTable = field(default_factory=lambda: MemoryTable(AUDIT))
    witness: MemoryTable = field(default_factory=lambda: MemoryTable(WITNESS))
    later: Later = field(default_factory=Later)

    def __post_init__(self) -> None:
        self.log = self.process(self.table)
        self.chain = chain_of(KEY, "xinghe", "r1")

    def process(self, table: MemoryTable | FaultyTable) -> AccessLog:
        return AccessLog(
            LookStore(table), WitnessStore(self.witness), lambda: KEY, lambda: SEAL_KEY, self.later
        )

    def look(self, at: datetime, caller: Caller = LI, sight: Sight = AT_THE_DOOR) -> None:
        self.log.note(caller, sight, now=at)

    def links(self) -> list[Item]:
        found = [item for item in self.table.items() if item["pk"].startswith("looks#")]
        return sorted(found, key=lambda item: (item["pk"], item["sk"]))

    def faults(self, *residents: str) -> list[str]:
        return self.log.verify("xinghe", residents or ("r1",))


@pytest.fixture
def three() -> Log:
    """Three looks on one day, and two on the next."""
    log = Log()
    for at in (NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + DAY, NOON + DAY + HOUR):
        log.look(at)
    return log


def test_a_look_says_who_in_which_role_at_what_when_and_for_which_case() -> None:
    log = Log()
    log.look(NOON)
    (look,) = log.log.looks("xinghe", "r1")
    assert (look.at, look.who, look.role, look.grounds) == (NOON, "li", "grid_worker", "on_case")
    assert (look.parts, look.case) == (("address", "door"), "al-1")
    assert log.log.looks("yuehu", "r1") == log.log.looks("xinghe", "r2") == []


def test_an_app_that_asks_again_is_one_look() -> None:
    log = Log()
    for minutes in (0, 1, 9, 10, 15, 30):
        log.look(NOON + minutes * MINUTE)
    assert [look.at for look in log.log.looks("xinghe", "r1")] == [
        NOON + 30 * MINUTE,
        NOON + 10 * MINUTE,
        NOON,
    ]


def test_another_part_or_person_is_another_look() -> None:
    log = Log()
    log.look(NOON)
    log.look(NOON, sight=Sight(Relation.ON_CASE, frozenset({Part.HEALTH}), ("r1",), "al-1"))
    log.look(NOON, Caller("wang", Role.VOLUNTEER, "xinghe"))
    assert len(log.links()) == 3
    assert log.faults() == []


def test_whoever_sees_nothing_is_not_noted() -> None:
    log = Log()
    log.look(NOON, sight=Sight(residents=("r1",)))
    log.look(NOON, sight=Sight(Relation.COMMUNITY, frozenset({Part.STATUS})))
    assert log.links() == []


@pytest.mark.parametrize("others", [1, 5, 30])
def test_a_look_never_fails_because_others_look_at_the_same_moment(others: int) -> None:
    """Each time it is about to write, somebody else was quicker, in whatever lane it tries."""
    log = Log()
    busy = FaultyTable(log.table)
    people = [Caller(f"p{n}", Role.VOLUNTEER, "xinghe") for n in range(others)]

    def quicker(person: Caller) -> Callable[[], None]:
        def write() -> None:
            store = LookStore(log.table)
            for lane in map(str, range(8)):
                last = store.last("xinghe", log.chain, lane)
                look = log.log.looks("xinghe", "r2")[0]
                store.add("xinghe", log.chain, linked(KEY, log.chain, lane, last, look))

        return write

    log.log.note(LI, Sight(Relation.COMMUNITY, frozenset({Part.STATUS}), ("r2",)), now=NOON)
    busy.meanwhile = [quicker(person) for person in people]
    log.process(busy).note(LI, AT_THE_DOOR, now=NOON)
    assert [look.case for look in log.log.looks("xinghe", "r1") if look.case] == ["al-1"]
    assert log.faults("r1", "r2") == []


def test_each_resident_has_their_own_chain_and_its_name_tells_nobody(three: Log) -> None:
    assert chain_of(KEY, "xinghe", "r1") != chain_of(KEY, "xinghe", "r2") != chain_of(KEY, "yuehu", "r2")
    assert chain_of(KEY, "xinghe", "r1") != chain_of("another key", "xinghe", "r1")
    assert "r1" not in {item["pk"].split("#")[2] for item in three.links()}


def tampered(change: Callable[[Log, list[Item]], None]) -> Callable[[Log], list[str]]:
    def do(log: Log) -> list[str]:
        change(log, log.links())
        return log.faults()

    return do


def edit(name: str, value: object) -> Callable[[Log, list[Item]], None]:
    return lambda log, items: log.table.write(Put({**items[1], name: value}))


def swap(log: Log, items: list[Item]) -> None:
    for here, there in ((0, 1), (1, 0)):
        log.table.write(Put({**items[there], "sk": items[here]["sk"]}))


def swap_with_fitting_links(log: Log, items: list[Item]) -> None:
    for here, there in ((0, 1), (1, 0)):
        log.table.write(Put({**items[there], "sk": items[here]["sk"], "before": items[here]["before"]}))


def remove(*places: int) -> Callable[[Log, list[Item]], None]:
    def change(log: Log, items: list[Item]) -> None:
        for place in places:
            log.table.write(Delete(items[place]["pk"], items[place]["sk"]))

    return change


def rewrite_without_the_key(log: Log, items: list[Item]) -> None:
    """All of the chain made anew, as somebody would who knows the code and not the key."""
    log.table.write(Delete(items[1]["pk"], items[1]["sk"]))
    last: Link | None = None
    store = LookStore(log.table)
    for link in store.all_of("xinghe", log.chain):
        log.table.write(Delete(items[0]["pk"], f"0#{link.number:08d}"))
        last = linked("a guess", log.chain, "0", last, link.look)
        store.add("xinghe", log.chain, last)


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(edit("who", "zhao"), id="another name"),
        pytest.param(edit("at", 0), id="another time"),
        pytest.param(edit("case", ""), id="no case"),
        pytest.param(edit("parts", ["status"]), id="fewer parts"),
        pytest.param(edit("role", "coordinator"), id="another role"),
        pytest.param(edit("grounds", "community"), id="other grounds"),
        pytest.param(edit("mark", "0" * 64), id="another mark"),
        pytest.param(edit("before", "0" * 64), id="another look before it"),
        pytest.param(swap, id="two looks changed places"),
        pytest.param(swap_with_fitting_links, id="two looks changed places, and their links with them"),
        pytest.param(remove(0), id="the first removed"),
        pytest.param(remove(1), id="one in the middle removed"),
        pytest.param(rewrite_without_the_key, id="the chain made anew without the key"),
    ],
)
def test_what_was_tampered_with_is_found_at_once(
    three: Log, tamper: Callable[[Log, list[Item]], None]
) -> None:
    assert three.faults() == []
    assert tampered(tamper)(three)


def test_the_newest_looks_can_t_vanish_once_their_day_is_sealed(three: Log) -> None:
    three.log.seal("xinghe", "2026-01-15")
    three.log.seal("xinghe", "2026-01-16")
    assert three.faults() == []
    remove(3, 4)(three, three.links())
    assert three.faults() == [f"{three.chain}/0/5: is not the look that was noted"]
    remove(0, 1, 2)(three, three.links())
    assert len(three.faults()) == 2


DAYS = ("2026-01-15", "2026-01-16")


def cut_the_last_day_off(log: Log) -> None:
    remove(3, 4)(log, log.links())
    log.table.write(Delete("seals#xinghe", "000002"))


def empty(log: Log) -> None:
    for item in log.table.items():
        log.table.write(Delete(item["pk"], item["sk"]))


@pytest.mark.parametrize("sealed", [DAYS, DAYS[:1], ()], ids=["both sealed", "the last open", "both open"])
@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(lambda log: remove(4)(log, log.links()), id="the last look"),
        pytest.param(lambda log: remove(3, 4)(log, log.links()), id="the last day's looks"),
        pytest.param(cut_the_last_day_off, id="the last day's looks and their seal"),
        pytest.param(empty, id="all of it"),
    ],
)
@pytest.mark.parametrize("later", ["at once", "after others looked", "after its sealing"])
def test_what_is_cut_off_is_missed_even_before_its_day_is_sealed_and_for_ever(
    three: Log, sealed: tuple[str, ...], cut: Callable[[Log], None], later: str
) -> None:
    for day in sealed:
        three.log.seal("xinghe", day)
    assert three.faults() == []
    cut(three)
    if later != "at once":
        for hours in (2, 3, 4):
            three.look(NOON + DAY + hours * HOUR)
    if later == "after its sealing":
        for day in DAYS:
            three.log.seal("xinghe", day)
    assert three.faults() != []


def test_a_seal_that_was_cut_off_is_missed_when_days_are_sealed_after_it(three: Log) -> None:
    for day in DAYS:
        three.log.seal("xinghe", day)
    three.table.write(Delete("seals#xinghe", "000002"))
    three.look(NOON + 2 * DAY)
    three.log.seal("xinghe", "2026-01-17")
    assert "seal 2 is missing" in three.faults()


def test_who_empties_both_tables_still_contradicts_a_seal_that_was_noted_elsewhere(three: Log) -> None:
    three.log.seal("xinghe", DAYS[0])
    known = three.log.head("xinghe")
    assert known is not None
    assert three.log.verify("xinghe", [], known=[known]) == []
    empty(three)
    for item in three.witness.items():
        three.witness.write(Delete(item["pk"], item["sk"]))
    assert three.log.verify("xinghe", [], known=[known]) == ["seal 1 is missing"]
    three.look(NOON)
    three.log.seal("xinghe", DAYS[0])
    three.look(NOON + DAY)
    assert three.log.verify("xinghe", [], known=[Head(1, "0" * 64)]) == [
        "seal 1 is not the one that was noted"
    ]


def test_a_day_that_was_passed_over_is_told(three: Log) -> None:
    three.log.seal("xinghe", DAYS[1])
    assert three.faults() == ["2026-01-15 was never sealed, though a later day was"]
    three.log.seal("xinghe", DAYS[0])
    assert three.faults() == []


@pytest.mark.parametrize("before", [True, False], ids=["before it is written", "after it is written"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_crash_while_a_look_is_written_accuses_nobody(three: Log, nth: int, before: bool) -> None:
    """The witness may lag behind the log; the next look brings it up to date."""
    for hours in (2, 3, 24):
        flaky = CrashingTable(three.witness, "write", nth=nth, before=before)
        log = AccessLog(
            LookStore(three.table), WitnessStore(flaky), lambda: KEY, lambda: SEAL_KEY, three.later
        )
        with suppress(StoreUnavailableError):
            log.note(LI, AT_THE_DOOR, now=NOON + DAY + hours * HOUR)
        assert three.faults() == []
    three.look(NOON + 2 * DAY + HOUR)
    assert three.faults() == []
    remove(-1)(three, three.links())
    assert three.faults() != []


def test_who_writes_looks_can_t_make_a_sealed_day_anew(three: Log) -> None:
    """With the key of looks and the right to overwrite, but without the key of seals."""
    three.log.seal("xinghe", DAYS[0])
    last: Link | None = None
    store, witness = LookStore(three.table), WitnessStore(three.witness)
    for link in store.all_of("xinghe", three.chain):
        last = linked(KEY, three.chain, "0", last, link.look._replace(who="zhao"))
        three.table.write(Delete(f"looks#xinghe#{three.chain}", f"0#{last.number:08d}"))
        store.add("xinghe", three.chain, last)
        day = f"{link.look.at:%Y-%m-%d}"
        witness.put_ends("xinghe", day, [End(three.chain, "0", last.number, last.mark)])
    assert "the ends of 2026-01-15 are not those that were sealed" in three.faults()


def test_a_resident_who_is_struck_from_the_registry_is_still_covered_by_the_seals(three: Log) -> None:
    three.log.seal("xinghe", "2026-01-15")
    remove(0, 1, 2, 3, 4)(three, three.links())
    assert three.log.verify("xinghe", []) != []


def seals(log: Log) -> list[Item]:
    return sorted((i for i in log.table.items() if i["pk"] == "seals#xinghe"), key=lambda item: item["sk"])


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(
            lambda log: log.table.write(Delete("seals#xinghe", "000001")), id="the first seal removed"
        ),
        pytest.param(
            lambda log: log.table.write(Put({**seals(log)[0], "root": "0" * 64})), id="another root"
        ),
        pytest.param(
            lambda log: log.table.write(Put({**seals(log)[0], "day": "2026-01-14"})), id="another day"
        ),
        pytest.param(
            lambda log: [
                log.table.write(Put({**seals(log)[there], "sk": seals(log)[here]["sk"]}))
                for here, there in ((0, 1), (1, 0))
            ],
            id="two seals changed places",
        ),
        pytest.param(
            lambda log: log.witness.write(
                Put({"pk": "sealed#xinghe", "sk": f"2026-01-15#{log.chain}#0", "number": 2, "mark": "0" * 64})
            ),
            id="another end of a day",
        ),
    ],
)
def test_seals_that_were_tampered_with_are_found(three: Log, tamper: Callable[[Log], object]) -> None:
    three.log.seal("xinghe", "2026-01-15")
    three.log.seal("xinghe", "2026-01-16")
    assert three.faults() == []
    tamper(three)
    assert three.faults()


def test_a_day_waits_to_be_sealed_and_sealing_twice_is_harmless(three: Log) -> None:
    assert three.later.days["xinghe", "2026-01-15"] == NOON + 12 * HOUR + 10 * MINUTE
    three.log.seal("xinghe", "2026-01-15")
    before = seals(three)
    three.log.seal("xinghe", "2026-01-15")
    three.log.seal("xinghe", "2026-01-14")  # nobody looked
    assert seals(three) == before
    assert len(before) == 1


def test_erased_with_their_resident_and_only_so(three: Log) -> None:
    three.log.seal("xinghe", "2026-01-15")
    for _ in range(2):
        three.log.erase("xinghe", "r1", now=NOON + 2 * DAY)
    assert three.links() == []
    assert three.log.verify("xinghe", []) == []
    three.table.write(Put({"pk": "erased#xinghe", "sk": three.chain, "at": 1, "mark": "0" * 64}))
    assert three.log.verify("xinghe", []) != []  # a word that nobody with the key left


def test_a_page_of_a_list_is_one_look_that_each_of_those_on_it_finds() -> None:
    log = Log()
    page = Sight(Relation.COMMUNITY, frozenset({Part.STATUS}), tuple(f"r{n}" for n in range(100)))
    for minutes in (0, 1):
        log.log.note_list(LI, page, now=NOON + minutes * MINUTE)
    log.log.note_list(LI, Sight(Relation.COMMUNITY, frozenset({Part.STATUS})), now=NOON)
    assert len(log.links()) == 1
    (look,) = log.log.looks("xinghe", "r7", now=NOON + 20 * DAY)
    assert (look.at, look.who, look.parts) == (NOON, "li", ("status",))
    assert log.log.looks("xinghe", "r100", now=NOON) == []
    assert log.faults() == []
    edit_among = {**log.links()[0], "among": log.links()[0]["among"][1:]}
    log.table.write(Put(edit_among))
    assert log.faults() != []


def test_a_list_of_homes_is_a_look_at_who_lived_there_then() -> None:
    log = Log()
    shown = Sight(Relation.COMMUNITY, frozenset({Part.HISTORY}))
    log.log.note_list(LI, shown, homes=["h001", "h002"], now=NOON)
    noon, forever = epoch(NOON), 1 << 40
    for home, since, until, found in (
        ("h001", 0, forever, 1),
        ("h001", 0, noon - 1, 0),
        ("h001", noon + 1, forever, 0),
        ("h003", 0, forever, 0),
    ):
        lived = [LivedIn(home, since, until)]
        assert len(log.log.looks("xinghe", "r1", homes=lived, now=NOON)) == found
    assert log.log.looks("xinghe", "h001", now=NOON) == [], "a resident who is called like a home"
    assert log.faults() == []


def test_what_an_operator_takes_out_stands_in_everybody_s_log() -> None:
    log = Log()
    log.log.note_operator("xinghe", "arn:wei", frozenset({Part.HEALTH}), now=NOON)
    log.log.note_operator("xinghe", "arn:wei", frozenset({Part.EVERYTHING}), residents=["r1"], now=NOON + DAY)
    assert [look.parts for look in log.log.looks("xinghe", "r1")] == [("everything",), ("health",)]
    assert [look.who for look in log.log.looks("xinghe", "r2")] == ["arn:wei"]
    assert log.faults() == []


def test_a_look_that_goes_on_costs_its_process_no_read() -> None:
    log = Log()
    log.look(NOON)
    log.table._partitions.clear()
    log.look(NOON + 9 * MINUTE)
    assert log.links() == []
    log.look(NOON + 10 * MINUTE)
    assert len(log.links()) == 1


def test_whoever_goes_from_one_part_to_another_and_back_looked_at_each_once() -> None:
    log, health = Log(), Sight(Relation.ON_CASE, frozenset({Part.HEALTH}), ("r1",), "al-1")
    for minutes in range(0, 10, 2):
        log.look(NOON + minutes * MINUTE)
        log.look(NOON + minutes * MINUTE, sight=health)
    assert len(log.links()) == 2


def test_whoever_is_erased_and_comes_again_is_looked_at_anew() -> None:
    log = Log()
    log.look(NOON)
    log.log.erase("xinghe", "r1", now=NOON)
    log.look(NOON + MINUTE)
    assert len(log.links()) == 1
