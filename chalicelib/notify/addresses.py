"""Who is reached how: a community's providers and habits, a person's wishes and devices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any

from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, Delete, ExpectationError, Put, Table, every_item
from chalicelib.notify.boxes import box_of
from chalicelib.notify.items import address_item, stored_address
from chalicelib.notify.model import USUAL_STEPS, Address, Channel, Quiet, Recipient, Steps
from chalicelib.registry.model import Community
from chalicelib.registry.people import Person

USUAL_QUIET = Quiet(time(22), time(7))
MOST_ADDRESSES = 10
"""So many browsers and the like are kept for a person."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group's chat: its robot's secret, and the people beside whom it is written to."""

    channel: Channel
    name: str
    secret: str
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Habits:
    """How a community reaches its people: which courier for SMS and for calls (empty: none) and which secret
    opens it, in which steps by severity, when it is quiet, and which groups are written to.

    `version` is what a change is conditional on; 0 was never stored.
    """

    sms: str = ""
    sms_secret: str = ""
    voice: str = ""
    voice_secret: str = ""
    steps: Mapping[int, Steps] = field(default_factory=lambda: USUAL_STEPS)
    quiet: Quiet | None = USUAL_QUIET
    groups: tuple[Group, ...] = ()
    version: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person, or a group's chat, wants otherwise, and their addresses beside the phone.

    `version` is what a change is conditional on; 0 was never stored.
    """

    addresses: tuple[Address, ...] = ()
    steps: Mapping[int, Steps] = field(default_factory=dict)
    quiet: Quiet | None = None
    version: int = 0


def recipient(community: Community, person: Person, habits: Habits, wishes: Wishes) -> Recipient:
    """A person as the notifier needs them."""
    phones = [
        Address(channel, provider, person.phone, secret)
        for channel, provider, secret in (
            (Channel.SMS, habits.sms, habits.sms_secret),
            (Channel.VOICE, habits.voice, habits.voice_secret),
        )
        if provider and person.phone
    ]
    groups = [
        Address(group.channel, group.channel.value, group.name, group.secret)
        for group in habits.groups
        if box_of(person.role, person.id) in group.beside
    ]
    return Recipient(
        id=box_of(person.role, person.id),
        community=community.id,
        zone=community.zone,
        language=person.language,
        addresses=(*phones, *wishes.addresses, *groups),
        steps={**habits.steps, **wishes.steps},
        quiet=wishes.quiet if wishes.quiet is not None else habits.quiet,
    )


class AddressBook:
    """Habits and wishes in the Deadlines table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def recipients(self, community: Community, people: Sequence[Person]) -> list[Recipient]:
        """People as the notifier needs them, in their order: one read for all."""
        pk = _pk(community.id)
        boxes = [box_of(person.role, person.id) for person in people]
        keys = [(pk, "habits"), *((pk, f"person#{box}") for box in boxes)]
        found = {item["sk"]: item for item in self._table.get_many(keys)}
        habits = _habits(found["habits"]) if "habits" in found else Habits()
        return [
            recipient(community, person, habits, _wishes(found.get(f"person#{box}")))
            for person, box in zip(people, boxes, strict=True)
        ]

    def habits(self, community: str, *, consistent: bool = False) -> Habits:
        """How a community reaches its people, unless they want it otherwise."""
        item = self._table.get(_pk(community), "habits", consistent=consistent)
        return _habits(item) if item else Habits()

    def put_habits(self, community: str, habits: Habits) -> None:
        """Write how a community reaches its people, as it was read and changed. Raises ExpectationError."""
        expected = {"version": habits.version} if habits.version else NEW
        self._table.write(Put(_habits_item(community, habits), expected))

    def all_wishes(self, community: str) -> dict[str, Wishes]:
        """The wishes of all who told any, by their box."""
        asked = Ask(_pk(community), first="person#", last="person$")
        return {item["sk"].partition("#")[2]: _wishes(item) for item in every_item(self._table, asked)}

    def wishes(self, community: str, person: str) -> Wishes:
        """A person's wishes; empty ones when they never told any."""
        return _wishes(self._table.get(_pk(community), f"person#{person}", consistent=True))

    def put_wishes(self, community: str, person: str, wishes: Wishes) -> None:
        """Write a person's wishes as they were read and changed. Raises ExpectationError."""
        item = _wishes_item(community, person, wishes)
        self._table.write(Put(item, {"version": wishes.version} if wishes.version else NEW))

    def erase(self, community: str, person: str) -> None:
        """Forget a person's wishes and addresses. Again changes nothing."""
        self._table.write(Delete(_pk(community), f"person#{person}"))

    def add(self, community: str, person: str, address: Address) -> None:
        """Add an address, such as a browser's push subscription; the same one again replaces it, and so does
        one of the same app. Of more than MOST_ADDRESSES the oldest goes.
        """
        self._change(community, person, address, keep=True)

    def forget(self, community: str, person: str, address: Address) -> None:
        """An address has ended: its provider says so."""
        self._change(community, person, address, keep=False)

    def _change(self, community: str, person: str, address: Address, *, keep: bool) -> None:
        while True:
            wishes = self.wishes(community, person)
            others = tuple(a for a in wishes.addresses if not _makes_way(a, address, keep=keep))
            try:
                kept = (*others, address)[-MOST_ADDRESSES:] if keep else others
                changed = replace(wishes, addresses=kept)
                return self.put_wishes(community, person, changed)
            except ExpectationError:
                continue


def _makes_way(one: Address, other: Address, *, keep: bool) -> bool:
    """Whether `one` goes for `other`: the same place or, where an app (`id`) has a new place, its old one."""
    name = other.keys.get("id") if keep else None
    return one.channel is other.channel and (one.to == other.to or bool(name and one.keys.get("id") == name))


def _pk(community: str) -> str:
    return f"notify#{community}"


def _steps_item(steps: Mapping[int, Steps]) -> Item:
    return {str(n): [[channel.value for channel in step] for step in of] for n, of in steps.items()}


def _steps(item: Mapping[str, Any]) -> dict[int, Steps]:
    return {int(n): tuple(tuple(Channel(c) for c in step) for step in of) for n, of in item.items()}


def _quiet_item(quiet: Quiet | None) -> list[str] | None:
    return [quiet.start.isoformat(), quiet.end.isoformat()] if quiet else None


def _quiet(item: Sequence[str] | None) -> Quiet | None:
    return Quiet(time.fromisoformat(item[0]), time.fromisoformat(item[1])) if item else None


def _habits_item(community: str, habits: Habits) -> Item:
    return {
        "pk": _pk(community),
        "sk": "habits",
        "sms": [habits.sms, habits.sms_secret],
        "voice": [habits.voice, habits.voice_secret],
        "steps": _steps_item(habits.steps),
        "quiet": _quiet_item(habits.quiet),
        "groups": [[g.channel.value, g.name, g.secret, list(g.beside)] for g in habits.groups],
        "version": habits.version + 1,
    }


def _habits(item: Item) -> Habits:
    sms, sms_secret = item["sms"]
    voice, voice_secret = item["voice"]
    return Habits(
        sms, sms_secret, voice, voice_secret,
        steps=_steps(item["steps"]),
        quiet=_quiet(item.get("quiet")),
        groups=tuple(Group(Channel(c), name, to, tuple(who)) for c, name, to, who in item["groups"]),
        version=item["version"],
    )  # fmt: skip


def _wishes_item(community: str, person: str, wishes: Wishes) -> Item:
    return {
        "pk": _pk(community),
        "sk": f"person#{person}",
        "addresses": [address_item(address) for address in wishes.addresses],
        "steps": _steps_item(wishes.steps),
        "quiet": _quiet_item(wishes.quiet),
        "version": wishes.version + 1,
    }


def _wishes(item: Item | None) -> Wishes:
    if item is None:
        return Wishes()
    return Wishes(
        addresses=tuple(stored_address(address) for address in item["addresses"]),
        steps=_steps(item["steps"]),
        quiet=_quiet(item.get("quiet")),
        version=item["version"],
    )
