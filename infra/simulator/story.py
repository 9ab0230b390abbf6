"""What happens to a community's alarms, told in sentences as it is found in the stack: nothing is made up."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from chalicelib import wiring
from chalicelib.alarms.ladder import Who
from chalicelib.alarms.model import Alarm, LogEntry
from chalicelib.alarms.texts import evidence_text
from chalicelib.kernel.caller import Role
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.delivery import Notice, Stage
from chalicelib.notify.model import Channel
from chalicelib.notify.store import NoticeStore
from chalicelib.registry.people import Person
from chalicelib.watch.model import ConcernKind

KINDS = {ConcernKind.ONE_KEY: "“1”", ConcernKind.STILL_WATER: "quiet", ConcernKind.FOLLOW_UP: "after"}
ROLES = {
    Role.VOLUNTEER: "volunteer",
    Role.GRID_WORKER: "grid worker",
    Role.COORDINATOR: "coordinator",
    Role.KIN: "kin",
}
ON_A_RUNG = {
    Who.DUTY_FIRST: "whoever is on duty",
    Who.DUTY_SECOND: "the second on duty",
    Who.TEAM: "the whole team",
    Who.GRID_WORKER: "the grid worker",
    Who.STEWARD: "the home's steward",
    Who.RESIDENT: "the resident, how they are",
    Who.KIN: "the family",
    Who.BACKUP: "the backup",
    Who.SECRETARY: "the secretary",
    Who.COORDINATOR: "the coordinator",
    Who.DESK: "the desk",
}
DONE = {
    "acknowledged": "{by} takes it. Nobody else is rung.",
    "declined": "{by} can't come, so the next are asked.",
    "too_long": "{by} was not on the way in time, so the next are asked.",
    "en_route": "{by} is on the way.",
    "on_site": "{by} is at the door.",
    "not_on_site": "Nobody is at the door yet, so the next are asked too.",
    "nobody_reached": "Nobody of these can be reached, so the next are asked at once.",
    "again": "Its cause came again.",
    "cleared": "There was a life sign; nobody is rung any more.",
    "self_answered": "The resident answered that all is well.",
    "check_call": "The resident is rung, to ask how they are.",
    "check_call_answered": "The resident answered the check call.",
    "check_call_unanswered": "The resident did not answer the check call.",
    "check_call_impossible": "The resident has no telephone that could be rung.",
    "drill_unanswered": "Nobody answered the drill, so it is a task now.",
    "cancel_asked": "The caller asked to cancel; a human still looks.",
    "reopened": "{by} opens it again: {note}",
    "noted": "{by} notes: {note}",
}
"""Sentences for the lines of an alarm's log. What isn't here is told by something else."""
CHANNELS = {
    Channel.VOICE: "by a call",
    Channel.SMS: "by SMS",
    Channel.WEB_PUSH: "by push",
    Channel.WECOM: "in the WeCom group",
    Channel.FEISHU: "in the Feishu group",
    Channel.DINGTALK: "in the DingTalk group",
    Channel.WEBHOOK: "by webhook",
}
NUMBERED = re.compile(r"^[kp]-[0-9a-z]{12}$")
"""Ids of kin and of those who were invited: they say nobody's name."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened. `about` is the alarm's home and kind; `loud` is what matters most."""

    at: datetime
    about: str
    text: str
    loud: bool = False


@dataclass(slots=True)
class Story:
    """Follows every alarm of a community, and tells each thing once."""

    community: str
    zone: tzinfo
    people: Mapping[str, Person]
    _told: set[tuple[str, str]] = field(default_factory=set)
    _followed: dict[str, str] = field(default_factory=dict)

    def news(self) -> list[Line]:
        """What happened since this was asked last, in order."""
        open_now, _ = wiring.alarms.desk().page(self.community, is_open=True, limit=50, after=None)
        for alarm in open_now:
            self._followed.setdefault(alarm.id, alarm.household)
        found = [line for alarm in list(self._followed) for line in self._of(alarm)]
        return sorted(found, key=lambda line: line.at)

    def told(self, alarm: str) -> set[str]:
        """Who was told of an alarm so far."""
        return {notice.person for notice in self._notices(alarm)}

    def name(self, person: str) -> str:
        """A person's name, for readers of either script, such as 李娜 Li Na."""
        known = self.people.get(person)
        if known is None or NUMBERED.match(person):
            return known.name if known else person
        return f"{known.name} {person.replace('-', ' ').title()}"

    def _of(self, alarm_id: str) -> Iterator[Line]:
        desk = wiring.alarms.desk()
        alarm = desk.get(alarm_id, community=self.community)
        log, about = desk.log(alarm), self._about(alarm)
        for number, entry in enumerate(log):
            if self._is_new(alarm_id, f"line {number}") and (text := self._sentence(alarm, entry)):
                loud = entry.what in ("raised", "acknowledged", "resolved")
                yield Line(entry.known_at, about, text, loud=loud)
        for notice in self._notices(alarm_id):
            if self._is_new(alarm_id, notice.key):
                # A notice has the second of its rung; it is told after it.
                yield Line(notice.opened_at + timedelta(milliseconds=1), about, self._message(notice))

    def _sentence(self, alarm: Alarm, entry: LogEntry) -> str:
        match entry.what:
            case "raised":
                told = evidence_text(alarm, language="en", zone=self.zone, now=alarm.raised_at)
                return f"{self._home(alarm)}: {told}"
            case "rung":
                asked = [ON_A_RUNG[Who(who)] for who in entry.note.split(", ")]
                return f"Now asked: {', '.join(asked)}."
            case "resolved" if alarm.outcome is not None:
                note = f" “{entry.note}”" if entry.note else ""
                cause = alarm.outcome.cause.replace("_", " ")
                return f"{self.name(entry.by)} was there: {cause}.{note} Closed."
            case "acknowledged" if alarm.drill:
                return f"{self.name(entry.by)} answers the drill. Nobody need go."
        sentence = DONE.get(entry.what, "")
        return sentence.format(by=self.name(entry.by), note=entry.note)

    def _message(self, notice: Notice) -> str:
        """Whom a notice told, and the title that stands in their inbox."""
        known = self.people.get(notice.person)
        who = f"{self.name(notice.person)} ({ROLES.get(known.role, known.role)})" if known else notice.person
        entries, _ = wiring.notify.inbox().page(self.community, notice.person, limit=20)
        shown = next((entry for entry in entries if entry.key == notice.key), None)
        titles = [shown.in_language(language).title for language in LANGUAGES] if shown else []
        return f"→ {who}, {_through(notice)}: {' · '.join(titles)}"

    def _about(self, alarm: Alarm) -> str:
        what = "drill" if alarm.drill else KINDS.get(alarm.kind, alarm.kind.replace("_", " "))
        return f"{'stranger' if alarm.household.startswith('unknown-') else alarm.household} {what}"

    def _home(self, alarm: Alarm) -> str:
        home = wiring.registry.store().household(self.community, alarm.household)
        return f"At {home.name}'s" if home else "Somebody who isn't known here"

    def _notices(self, alarm: str) -> list[Notice]:
        return NoticeStore(wiring.ground.deadlines_table()).of_alarm(self.community, alarm)

    def _is_new(self, alarm: str, what: str) -> bool:
        if (alarm, what) in self._told:
            return False
        self._told.add((alarm, what))
        return True


def _through(notice: Notice) -> str:
    """How a message went out: everybody has the app's inbox, and whatever provider took it comes on top."""
    took = {leg.address.channel for leg in notice.legs if leg.stage in (Stage.SENT, Stage.DELIVERED)}
    return " and ".join(["in the app", *(CHANNELS[channel] for channel in sorted(took))])
