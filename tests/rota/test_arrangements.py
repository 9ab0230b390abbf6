"""What people arrange: taking over, confirming, leave, overrides, plans; saying it twice is harmless."""

from datetime import timedelta

import pytest

from chalicelib.aws.tables import ExpectationError
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import ConflictError, NotFoundError, RefusedError
from chalicelib.rota.arrangements import NotOfTheTeamError
from chalicelib.rota.editing import TRIES
from chalicelib.rota.hours import Period
from chalicelib.rota.model import COMMON, Entry, EntryKind, Settings
from chalicelib.rota.refusals import NotOnDutyError, OnLeaveError
from tests.rota.builders import MINUTE, Office, at, day_team, night_team, person, team

NOW, EVENING = at("01-15 12:00"), at("01-15 20:00")
X = "xinghe"


@pytest.fixture
def office() -> Office:
    made = Office()
    made.staff(day_team("li", "wang"), night_team("chen", "liu", "sun"), now=NOW)
    return made


def months_of(office: Office) -> list[object]:
    return [i for i in office.table.items() if i["sk"].startswith("month#")]  # type: ignore[attr-defined]


def test_whoever_takes_it_now_has_it_to_the_end_of_the_shift(office: Office) -> None:
    now = EVENING + 90 * MINUTE
    taken = office.rota.arrangements.take_now(X, "g1", "zhao", now=now)
    assert taken == office.rota.duties.on_duty(X, "g1", now)
    assert (taken.first, taken.stood_in_for) == ("zhao", None)
    assert office.first(now - MINUTE) == "liu"
    assert office.first(at("01-16 07:59")) == "zhao"
    assert office.first(at("01-16 08:00")) == "li"


def test_taking_it_twice_is_taking_it_once(office: Office) -> None:
    office.rota.arrangements.take_now(X, "g1", "zhao", now=EVENING)
    office.rota.arrangements.take_now(X, "g1", "zhao", now=EVENING + 5 * MINUTE)
    (month,) = months_of(office)
    assert str(month).count('"override"') == 1


def test_who_has_it_may_lose_it_and_take_it_back(office: Office) -> None:
    for minute, who in enumerate(("zhao", "li", "zhao")):
        found = office.rota.arrangements.take_now(X, "g1", who, now=EVENING + minute * MINUTE)
        assert found.first == who
    assert office.first(EVENING + MINUTE) == "li"


def test_a_stranger_to_the_grid_can_t_take_it(office: Office) -> None:
    """Whoever is on duty is let into a home with an alarm: that is not for who pleases."""
    take = office.rota.arrangements.take_now
    office.people.put_many(
        [
            person("guo", grid="g2"),
            person("he", grid="g2", role=Role.GRID_WORKER),
            person("ma", grid="g1", role=Role.GRID_WORKER),
            person("boss", role=Role.COORDINATOR),
        ]
    )
    for stranger in ("guo", "he"):
        with pytest.raises(NotOfTheTeamError, match="ask the coordinator"):
            take(X, "g1", stranger, now=EVENING)
    assert office.first(EVENING) == "chen"
    office.rota.arrangements.override(X, "g1", EVENING, EVENING + 60 * MINUTE, ["li", "guo"])
    for let in ("ma", "boss", "wang", "guo"):
        assert take(X, "g1", let, now=EVENING + MINUTE).first == let


def test_the_whole_community_s_teams_may_take_any_grid(office: Office) -> None:
    office.people.put_many([person("guo")])
    night = team("all", Period.NIGHT, "guo", grid=COMMON)
    office.rota.put_teams(X, [night], now=NOW)
    assert office.rota.arrangements.take_now(X, "g1", "guo", now=EVENING).first == "guo"


def test_taking_a_gap(office: Office) -> None:
    assert office.first(EVENING, "g2") is None
    assert office.rota.arrangements.take_now(X, "g2", "zhao", now=EVENING).first == "zhao"
    assert office.first(at("01-16 08:00"), "g2") is None


def test_the_first_says_they_are_there(office: Office) -> None:
    confirm = office.rota.arrangements.confirm
    for _ in range(2):
        assert confirm(X, "g1", "chen", now=EVENING + MINUTE).first == "chen"
    assert office.first(EVENING + 30 * MINUTE) == "chen"
    assert str(months_of(office)).count("chen") == 1


def test_without_a_word_the_backup_steps_in_until_they_come(office: Office) -> None:
    late = EVENING + 10 * MINUTE
    assert office.first(late - timedelta(seconds=1)) == "chen"
    assert office.first(late) == "liu"
    assert office.rota.arrangements.confirm(X, "g1", "chen", now=late + MINUTE).first == "chen"


def test_a_shift_may_be_confirmed_within_the_hour_before(office: Office) -> None:
    with pytest.raises(NotOnDutyError, match="Wang's, not Chen's"):
        office.rota.arrangements.confirm(X, "g1", "chen", now=at("01-15 18:59"))
    office.rota.arrangements.confirm(X, "g1", "chen", now=at("01-15 19:30"))
    assert office.first(EVENING + 15 * MINUTE) == "chen"


def test_the_whole_communitys_team_confirms_for_a_grid_without_one(office: Office) -> None:
    common = team("all", Period.NIGHT, "zhao", "wang", grid=COMMON)
    office.rota.put_teams(X, [common], now=NOW)
    office.rota.arrangements.confirm(X, "g2", "zhao", now=EVENING)
    assert office.first(EVENING + 30 * MINUTE, "g2") == "zhao"


def test_leave_and_coming_back_early(office: Office) -> None:
    arrange = office.rota.arrangements
    for _ in range(2):
        arrange.away(X, "chen", at("01-10 00:00"), at("02-20 00:00"), now=NOW)
    assert [office.first(at(f"{day} 20:00")) for day in ("01-09", "01-10", "02-19", "02-20")] == [
        "chen", "liu", "liu", "chen",
    ]  # fmt: skip
    with pytest.raises(OnLeaveError, match="until 20 Feb 2026 00:00"):
        arrange.take_now(X, "g1", "chen", now=EVENING)
    for _ in range(2):
        arrange.back(X, "chen", now=EVENING)
    assert [office.first(at(f"{day} 20:00")) for day in ("01-14", "01-15", "02-10")] == [
        "liu",
        "chen",
        "chen",
    ]


def unasked(office: Office) -> Office:
    office.rota.put_settings(X, Settings(confirm_minutes=0), now=NOW)
    return office


def test_an_override_and_taking_it_back(office: Office) -> None:
    unasked(office)
    arrange, span = office.rota.arrangements, (at("01-31 20:00"), at("02-02 08:00"))
    entry = arrange.override(X, "g1", *span, ["zhao", "li"])
    assert arrange.override(X, "g1", *span, ["zhao", "li"]) == entry
    assert [office.first(when) for when in (span[0], at("02-01 12:00"), span[1])] == ["zhao", "zhao", "li"]
    assert arrange.overrides(X, ["g1", "g2"], now=NOW) == [entry]
    arrange.lift(X, ["g1"], entry.id, now=NOW)
    assert [office.first(when) for when in span] == ["chen", "li"]
    with pytest.raises(NotFoundError):
        arrange.lift(X, ["g1"], entry.id, now=NOW)


def test_an_override_that_holds_already_is_taken_back_from_now_on(office: Office) -> None:
    arrange = unasked(office).rota.arrangements
    entry = arrange.override(X, "g1", EVENING, at("01-16 08:00"), ["zhao"])
    arrange.lift(X, ["g1"], entry.id, now=at("01-15 22:00"))
    assert [office.first(at(when)) for when in ("01-15 21:00", "01-15 22:00")] == ["zhao", "chen"]


def test_of_two_overrides_the_later_made_holds_also_when_it_was_made_before(office: Office) -> None:
    arrange = unasked(office).rota.arrangements
    for who in ("zhao", "sun", "zhao"):
        arrange.override(X, "g1", EVENING, at("01-16 08:00"), [who])
        assert office.first(EVENING) == who


def test_the_later_made_holds_across_the_months_end_too(office: Office) -> None:
    arrange, whole = unasked(office).rota.arrangements, (at("01-31 20:00"), at("02-02 08:00"))
    for span, who in ((whole, "zhao"), ((at("02-01 20:00"), whole[1]), "sun"), (whole, "zhao")):
        arrange.override(X, "g1", *span, [who])
    assert office.first(at("02-01 21:00")) == "zhao"
    shifts = office.rota.shifts_of(X, "zhao", at("01-31 12:00"), at("02-03 12:00"), now=NOW)
    assert [stretch.duty.first for stretch in shifts if stretch.start < whole[1]] == ["zhao"] * 3


def test_an_override_cut_down_to_one_that_was_made_before_is_still_read(office: Office) -> None:
    arrange, noon, end = unasked(office).rota.arrangements, at("01-31 12:00"), at("02-02 08:00")
    longer = [(at("01-31 08:00"), end, "zhao"), (at("01-31 09:00"), end, "sun")]
    for start, until, who in ((at("01-31 08:00"), noon, "zhao"), *longer):
        entry = arrange.override(X, "g1", start, until, [who])
    arrange.lift(X, ["g1"], arrange.overrides(X, ["g1"], now=noon)[0].id, now=noon)
    arrange.override(X, "g1", at("01-31 08:00"), noon, ["zhao"])
    assert [one.id for one in arrange.overrides(X, ["g1"], now=noon)] == [entry.id]
    assert (office.first(at("01-31 13:00")), office.first(at("02-01 13:00"))) == ("sun", "sun")


def test_leave_that_is_to_come_is_taken_back_by_its_start(office: Office) -> None:
    arrange = unasked(office).rota.arrangements
    coming = arrange.away(X, "chen", EVENING, at("01-16 08:00"), now=NOW)
    arrange.back(X, "chen", now=NOW)
    assert (arrange.leaves(X, "chen", now=NOW), office.first(EVENING)) == ([coming], "liu")
    arrange.back(X, "chen", now=NOW, start=EVENING)
    assert (arrange.leaves(X, "chen", now=NOW), office.first(EVENING)) == ([], "chen")
    with pytest.raises(NotFoundError, match="no leave that begins then"):
        arrange.back(X, "chen", now=NOW, start=EVENING)


@pytest.mark.parametrize(
    ("start", "end", "person", "why"),
    [
        ("01-16 08:00", "01-16 08:00", "li", "ends before it starts"),
        ("01-16 08:00", "01-15 08:00", "li", "ends before it starts"),
        ("01-16 08:00", "01-16 09:00", "nobody", "nobody 'nobody'"),
    ],
)
def test_what_is_wrong_with_an_override(office: Office, start: str, end: str, person: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        office.rota.arrangements.override(X, "g1", at(start), at(end), [person])
    assert months_of(office) == []


def plan(day: int, who: str) -> Entry:
    start = at(f"01-{day} 20:00")
    return Entry(EntryKind.PLAN, "g1", start, start + timedelta(hours=12), (who,), "g1-night")


def test_a_new_plan_takes_the_place_of_the_old(office: Office) -> None:
    arrange = unasked(office).rota.arrangements
    arrange.plan(X, "g1", [plan(29, "sun"), plan(30, "sun"), plan(31, "sun")])
    for _ in range(2):
        arrange.plan(X, "g1", [plan(30, "zhao")])
    times = ("01-28 20:05", "01-29 20:05", "01-30 20:05", "01-31 20:05", "02-01 07:59")
    assert [office.first(at(when)) for when in times] == ["chen", "sun", "zhao", "sun", "sun"]


class Crowded:
    """A table on which somebody always comes between, a few times."""

    def __init__(self, office: Office, times: int) -> None:
        self._inner, self._left = office.table, times

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def write_all(self, writes: object) -> None:
        self._left -= 1
        if self._left >= 0:
            raise ExpectationError("Somebody came between.")
        self._inner.write_all(writes)  # type: ignore[arg-type]


def test_two_at_once_are_both_heard(office: Office) -> None:
    Office(Crowded(office, TRIES - 1)).rota.arrangements.take_now(X, "g1", "zhao", now=EVENING)  # type: ignore[arg-type]
    assert office.first(EVENING) == "zhao"
    with pytest.raises(ConflictError, match="try again in a moment"):
        Office(Crowded(office, TRIES)).rota.arrangements.take_now(X, "g1", "li", now=EVENING + MINUTE)  # type: ignore[arg-type]
