"""`shouwang phones`: what each person's phone shows, and answering in their stead."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any, TypeVar

import click
from rich.columns import Columns
from rich.panel import Panel
from rich.text import Text

from chalicelib.accounts.phones import e164
from chalicelib.alarms.logbook import Via
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.outcome import Action, Cause, Outcome
from chalicelib.alarms.service import Responder
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.errors import NotFoundError, RefusedError, ShouwangError
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.boxes import box_of
from chalicelib.notify.sign_in import code_words
from chalicelib.registry.people import Person
from infra.commands.answering import THANKS, Answer, asked, give, in_language, outcome_of, state_of
from infra.commands.shared import as_json, community_option, connected, stdout, write_json
from infra.commands.wrapping import wrapped

Command = TypeVar("Command", bound=Callable[..., Any])
Found = Callable[[Alarm], Outcome]
"""What somebody found, when it is known at which alarm."""
WIDTH, INDENTED = 48, 38
"""Cells of a phone, and of a message's text in it."""
LOOKED_THROUGH = 50
"""So many messages are looked through for the alarm that somebody answers."""
MOST_FAMILY = 200
"""Kin and residents are shown where they are no more than these: each costs two reads."""
NOT_ASKED = (Role.KIN, Role.RESIDENT)
"""They are told, and nobody asks them to go."""


def _option(answer: Answer, what: str) -> Callable[[Command], Command]:
    return click.option(f"--{answer}", metavar="PERSON", help=what)


@click.command("phones")
@community_option
@click.option(
    "--last", type=click.IntRange(1, 50), default=3, show_default=True, help="So many of each person."
)
@click.option(
    "--number", metavar="PHONE", help="Only this number's phone, whoever's it is: somebody invited, too."
)
@click.option("--language", type=click.Choice(LANGUAGES), help="Instead of each person's own.")
@_option(Answer.TAKE, "Take charge of the newest open alarm that this person was told of.")
@_option(Answer.DECLINE, "Give it back: the next is asked.")
@_option(Answer.ON_MY_WAY, "Set out.")
@_option(Answer.THERE, "Be at the door.")
@_option(Answer.FOUND, "Say what was found, with --cause, which closes it.")
@click.option("--alarm", metavar="ID", help="Answer this one, whatever is newer.")
@click.option("--cause", type=click.Choice([c.value for c in Cause]), help="With --found: why it was raised.")
@click.option("--action", type=click.Choice([a.value for a in Action]), help="What was done, if it was real.")
@click.option("--note", default="", help="In a few words.")
@as_json
def command(
    community: str,
    last: int,
    number: str | None,
    language: str | None,
    alarm: str | None,
    as_json: bool,
    **told: Any,
) -> None:
    """Show what people's phones show, and answer in somebody's stead; at a terminal it asks for whom."""
    if told[Answer.FOUND] is not None and told["cause"] is None:
        raise click.UsageError(f"--found needs --cause, one of: {', '.join(Cause)}.")
    connected()
    phones = Phones(community, last, language, number=number)
    answers = [(answer, told[answer.replace("-", "_")]) for answer in Answer]
    for answer, person in answers:
        if person is not None:
            phones.answer(answer, person, _found(told) if answer is Answer.FOUND else None, alarm)
    if as_json:
        write_json(phones.rows())
        return
    phones.show()
    if stdout.is_terminal and not any(person for _, person in answers):
        phones.ask()


def _found(told: dict[str, Any]) -> Found:
    cause, action = Cause(told["cause"]), Action(told["action"]) if told["action"] else None
    return lambda alarm: outcome_of(alarm, cause, action, told["note"])


class Phones:
    """The phones of a community's people, by the box in which each is told: staff, kin and residents.

    With `number`, only those who have it, or nobody yet: who is invited signs in before they are known.
    """

    def __init__(self, community: str, last: int, language: str | None, *, number: str | None = None) -> None:
        from chalicelib import wiring

        self._wiring: Any = wiring
        self._community, self._last, self._language = community, last, language
        self._zone: tzinfo = wiring.registry.community(community).zone
        self._number = e164(number) if number else ""
        everybody = [*wiring.registry.people().of(community), *self._family()]
        having_it = [person for person in everybody if self._number in ("", person.phone)]
        self._people = {box_of(person.role, person.id): person for person in having_it}

    def _family(self) -> list[Person]:
        """Relatives, and residents with a phone; in a large community only when a number is asked for."""
        here = self._community
        family = [
            *self._wiring.registry.people().relatives(here),
            *(
                Person(one.id, here, one.name, Role.RESIDENT, one.phone, language=one.language)
                for one in self._wiring.registry.resident_store().of(here)
                if one.phone
            ),
        ]
        if len(family) <= MOST_FAMILY or self._number:
            return family
        click.echo(f"Kin and residents ({len(family)}) are left out; show one's: --number PHONE", err=True)
        return []

    def rows(self) -> list[dict[str, Any]]:
        """Every message shown, newest first."""
        found = [row for person in self._people.values() for row in self._messages(person)]
        if self._number and not self._people:
            found = self._code(self._nobody_yet())
        return sorted(found, key=lambda row: str(row["at"]), reverse=True)

    def show(self) -> None:
        """Print every phone that shows something, the latest first."""
        latest = list(dict.fromkeys(row["person"] for row in self.rows()))
        if not latest:
            stdout.print("Nobody was told anything yet.")
            return
        shown = [self._people.get(person) or self._nobody_yet() for person in latest]
        stdout.print(Columns([self._phone(person) for person in shown]))

    def ask(self) -> None:
        """Let somebody at the terminal answer, until they only press Enter."""
        while person := click.prompt("Whose phone? (Enter: none)", default="", show_default=False).strip():
            try:
                self._answer_as(self._asked(person))
            except ShouwangError as error:
                click.echo(str(error))

    def answer(self, answer: Answer, person: str, found: Found | None, which: str | None = None) -> None:
        """Answer an alarm that somebody was told of: `which`, else the newest open one, or the one they took.

        Raises ShouwangError.
        """
        known = self._asked(person)
        alarm = self._newest(person, theirs=answer is not Answer.TAKE, which=which)
        if answer in (Answer.ON_MY_WAY, Answer.THERE) and alarm.acknowledged_by != person:
            raise ShouwangError(f"{person} has taken nothing yet; first: shouwang phones --take {person}")
        by = Responder(person, self._community, Via.PHONES)
        outcome = found(alarm) if found else None
        give(self._wiring.alarms.desk(), answer, alarm, by, outcome, clock.now())
        click.echo(in_language(THANKS[answer], self._language_of(known)), err=True)

    def _nobody_yet(self) -> Person:
        """Whoever has a number that is nobody's here."""
        return Person("nobody", self._community, self._number, Role.KIN, self._number)

    def _answer_as(self, person: Person) -> None:
        alarm, language = self._newest(person.id), self._language_of(person)
        stdout.print(self._phone(person), Text(state_of(alarm, language), style="bold"))
        by = Responder(person.id, self._community, Via.PHONES)
        thanks = asked(self._wiring.alarms.desk(), alarm, by, language)
        if thanks:
            click.echo(thanks)

    def _phone(self, person: Person) -> Panel:
        """One phone as its owner sees it."""
        text, language = Text(), self._language_of(person)
        for row in self._messages(person):
            at = datetime.fromisoformat(row["at"]).astimezone(self._zone).strftime("%H:%M")
            text.append(f"{at} ", style="dim").append(f"{row['title']}\n", style="bold")
            text.append("".join(f"      {line}\n" for line in wrapped(row["body"], INDENTED)))
            if alarm := self._alarm(row["alarm"]):
                lines = wrapped(state_of(alarm, language), INDENTED)
                text.append("".join(f"      {line}\n" for line in lines), style="dim")
        text.rstrip()
        return Panel(
            text, title=f"{person.name} · {box_of(person.role, person.id)}", title_align="left", width=WIDTH
        )

    def _messages(self, person: Person, most: int | None = None) -> list[dict[str, Any]]:
        box = box_of(person.role, person.id)
        entries, _ = self._wiring.notify.inbox().page(self._community, box, limit=most or self._last)
        words = [(entry, entry.in_language(self._language_of(person))) for entry in entries]
        return [
            *self._code(person),
            *(
                {
                    "at": rfc3339(entry.at), "person": box, "name": person.name,
                    "title": told.title, "body": told.body, "alarm": entry.alarm,
                }
                for entry, told in words
            ),
        ]  # fmt: skip

    def _code(self, person: Person) -> list[dict[str, Any]]:
        """The one-time code that a phone got. Whoever runs the stack can work it out: they hold the key that
        it is made with, and could sign any token anyway.
        """
        phone = person.phone
        sent = self._wiring.accounts.live_code(phone, now=clock.now()) if phone else None
        if sent is None:
            return []
        told = code_words(sent.code)[self._language_of(person)]
        words = {"title": told.title, "body": told.body, "alarm": ""}
        box = box_of(person.role, person.id)
        return [{"at": rfc3339(sent.at), "person": box, "name": person.name, **words}]

    def _newest(self, person: str, *, theirs: bool = True, which: str | None = None) -> Alarm:
        """The newest alarm that somebody was told of and that is still open; else the newest.

        With `theirs`, one that they took comes first; without, one that nobody took. A drill never comes
        before somebody in need. `which` narrows it to one.
        """
        messages = self._messages(self._known(person), LOOKED_THROUGH)
        told: Sequence[str] = [row["alarm"] for row in messages if row["alarm"]]
        meant = [one for one in dict.fromkeys(told) if which in (None, one)]
        alarms = [alarm for one in meant if (alarm := self._alarm(one))]
        if not alarms:
            raise NotFoundError(f"'{person}' was told of no alarm{f' {which}' if which else ''}.")
        return min(alarms, key=lambda alarm: _turn(alarm, person, theirs=theirs))

    def _alarm(self, alarm: str) -> Alarm | None:
        found: Alarm | None = self._wiring.alarms.store().get(alarm, consistent=True) if alarm else None
        return found

    def _known(self, person: str) -> Person:
        if person not in self._people:
            known = ", ".join(sorted(self._people))
            raise NotFoundError(f"There is no '{person}' in {self._community}. There are: {known}.")
        return self._people[person]

    def _asked(self, person: str) -> Person:
        known = self._known(person)
        if known.role in NOT_ASKED:
            raise RefusedError(f"{known.name} is told of alarms and isn't asked to go, so they take none.")
        return known

    def _language_of(self, person: Person) -> str:
        return self._language or person.language


def _turn(alarm: Alarm, person: str, *, theirs: bool) -> tuple[bool, bool, bool]:
    """Which alarm somebody means: the least of these."""
    taken_by = alarm.acknowledged_by
    return not alarm.is_open, taken_by != person if theirs else taken_by not in (None, person), alarm.drill
