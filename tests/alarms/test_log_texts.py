"""What the log of an alarm says to people: whole sentences, and names instead of ids."""

from datetime import timedelta

import pytest

from chalicelib.alarms.log_texts import log_text, people_in
from chalicelib.alarms.logbook import ERASED, Happened, LogEntry, Via
from chalicelib.kernel.caller import Role
from chalicelib.registry.people import Person
from chalicelib.watch.model import ConcernKind
from tests.api import Service, raised
from tests.builders import NOON, concern

NAMES = {"li": "李建国", "wang": "王芳", "du": "杜奶奶"}


def line(what: Happened, note: str = "", *, by: str = "shouwang") -> LogEntry:
    return LogEntry(NOON, NOON + timedelta(minutes=1), what, by, Via.LADDER, note=note)


@pytest.mark.parametrize(
    ("entry", "zh", "en"),
    [
        (
            line(Happened.RUNG, "duty_first, kin"),
            "现在联系：值班人员、家人。",
            "Now asked: whoever is on duty, kin.",
        ),
        (
            line(Happened.TOLD, "li, wang (not reached)"),
            "已通知：李建国、王芳（没联系上）。",
            "Told: 李建国, 王芳 (not reached).",
        ),
        (line(Happened.NOBODY_REACHED), "谁也没联系上：没有人。", "Nobody was reached: nobody."),
        (
            line(Happened.NOBODY_REACHED, "li (not reached)"),
            "谁也没联系上：李建国。",
            "Nobody was reached: 李建国.",
        ),
        (
            line(Happened.ACKNOWLEDGED, "relieves li", by="wang"),
            "王芳接手，换下李建国。",
            "王芳 takes charge and relieves 李建国.",
        ),
        (line(Happened.ACKNOWLEDGED, by="wang"), "王芳接手。", "王芳 takes charge."),
        (
            line(Happened.OFFERED, "li → wang"),
            "换班，请王芳接替李建国。",
            "Duty changed: 王芳 is asked to relieve 李建国.",
        ),
        (line(Happened.CHECK_CALL, "du"), "给杜奶奶打了问候电话。", "杜奶奶 is rung, to ask how they are."),
        (
            line(Happened.HELD, "li: en_route, al-1"),
            "李建国正在这户或路上，先不再叫别人。",
            "李建国 is there or on the way; nobody else is rung.",
        ),
        (line(Happened.NOTED, "pressed 7", by="du"), "杜奶奶：按了7。", "杜奶奶: pressed 7."),
        (
            line(Happened.RESOLVED, "在午睡, li", by="li"),
            "李建国了结了它。在午睡, li",
            "李建国 closed it. 在午睡, li",
        ),
        (
            line(Happened.RESOLVED, "She pressed it by mistake", by="li"),
            "李建国了结了它。She pressed it by mistake",
            "李建国 closed it. She pressed it by mistake",
        ),
        (line(Happened.EN_ROUTE, by="k-1"), "k-1出发了。", "k-1 is on the way."),
    ],
)  # fmt: skip
def test_a_line_is_a_sentence_with_names(entry: LogEntry, zh: str, en: str) -> None:
    assert log_text(entry, NAMES, language="zh-CN") == zh
    assert log_text(entry, NAMES, language="en") == en


@pytest.mark.parametrize("what", list(Happened))
def test_a_line_whose_people_were_erased_says_so_and_never_that_there_was_nobody(what: Happened) -> None:
    erased = line(what, by=ERASED)
    zh, en = (log_text(erased, NAMES, language=each) for each in ("zh-CN", "en"))
    assert "没有人。" not in zh
    assert "nobody." not in en
    assert "  " not in en
    assert people_in([erased]) == set()


@pytest.mark.parametrize("what", list(Happened))
def test_every_kind_of_line_has_words_in_both_languages(what: Happened) -> None:
    note = {Happened.RUNG: "desk", Happened.OFFERED: "li → wang"}.get(what, "li")
    texts = [log_text(line(what, note, by="wang"), NAMES, language=each) for each in ("zh-CN", "en")]
    assert all(text and "{" not in text for text in texts)
    assert texts[0] != texts[1]


def test_what_somebody_wrote_names_nobody() -> None:
    assert people_in([line(Happened.RESOLVED, "li", by="wang"), line(Happened.TOLD, "du")]) == {"wang", "du"}


def test_whoever_reads_an_alarm_reads_names_and_no_ids(api: Service) -> None:
    api.town.people.put_many([Person("li", "xinghe", "李建国", Role.VOLUNTEER, "+8613800000000")])
    alarm = raised(api)
    api.put(f"/v1/alarms/{alarm}/acknowledgement", name="li")
    told = api.get(f"/v1/alarms/{alarm}").body
    assert (told["acknowledged_by"], told["names"]) == ("li", {"li": "李建国"})
    assert [entry["text"] for entry in told["log"]] == ["发起警报。", "李建国接手。"]
    assert "13800000000" not in str(told)
    in_english = api.get(f"/v1/alarms/{alarm}", headers={"accept-language": "en"}).body
    assert in_english["log"][1]["text"] == "李建国 takes charge."
    (case,) = api.get("/v1/cases").body["items"]
    assert [(one["person"], one["name"]) for one in case["on_it"]] == [("li", "李建国")]


@pytest.mark.parametrize("path", ["/v1/alarms", "/v1/cases", "/v1/alarms/{alarm}"])
def test_a_missed_drill_names_whose_it_was(api: Service, path: str) -> None:
    api.town.people.put_many([Person("du", "xinghe", "杜奶奶", Role.KIN, "")])
    evidence: dict[str, int | str] = {"at": int(api.now.timestamp()), "who": "du", "subject": "du"}
    missed = concern(ConcernKind.DRILL_MISSED, began_at=api.now, evidence=evidence)
    alarm = api.town.concerns.raise_once(missed, now=api.now)
    told = api.get(path.format(alarm=alarm)).body
    assert "“杜奶奶”的每月演练没有成功" in str(told)
    assert "“du”" not in str(told)
