"""One-key calls, cards and boards as they are stored. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.onekey.model import (
    KEPT,
    Call,
    Card,
    Channel,
    Contact,
    Line,
    Location,
    Press,
    PressKind,
    Session,
    Who,
    Window,
)

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Board:
    """Who is on duty in each grid for the next hours."""

    grids: Mapping[str, Sequence[Window]] = field(default_factory=dict)


def community_pk(community: str) -> str:
    """The partition of a community's cards, calls and board."""
    return f"one-key#{community}"


def call_sk(subject: str, kind: str, minute: int) -> str:
    """A call's place among its community's."""
    return f"call#{subject}#{kind}#{minute:010d}"


def phone_sk(phone: str, resident: str) -> str:
    """What finds a resident by a phone: a couple may have one between them."""
    return f"phone#{phone}#{resident}"


def call_item(call: Call) -> Item:
    return {
        "pk": community_pk(call.community),
        "sk": call_sk(call.subject, call.kind, epoch(call.began_at) // 60),
        "subject": call.subject,
        "household": call.household,
        "kind": call.kind.value,
        "began_at": epoch(call.began_at),
        "presses": [press_item(press) for press in call.presses],
        "pressed": call.pressed,
        "alarm": call.alarm,
        "location": location_item(call.location),
        "cancel_asked_at": epoch(call.cancel_asked_at) if call.cancel_asked_at else None,
        "cancel_asked_by": call.cancel_asked_by,
        **({"caller": call.caller} if call.caller else {}),
        "version": call.version,
        "expires": epoch(call.began_at + call.kept),
    }


def stored_call(item: Item) -> Call:
    asked = item.get("cancel_asked_at")
    return Call(
        community=item["pk"].partition("#")[2],
        subject=item["subject"],
        household=item["household"],
        kind=PressKind(item["kind"]),
        began_at=from_epoch(item["began_at"]),
        presses=tuple(stored_press(press) for press in item["presses"]),
        pressed=item["pressed"],
        alarm=item["alarm"],
        location=stored_location(item.get("location")),
        cancel_asked_at=from_epoch(asked) if asked is not None else None,
        cancel_asked_by=item["cancel_asked_by"],
        caller=item.get("caller", ""),
        version=item["version"],
        kept=timedelta(seconds=item["expires"] - item["began_at"]),
    )


def press_item(press: Press) -> Item:
    told = {} if press.told_at is None else {"told_at": press.told_at}
    return {
        "id": press.id,
        "at": epoch(press.at),
        "channel": press.channel.value,
        "session": press.session.value,
        **told,
    }


def stored_press(item: Item) -> Press:
    return Press(
        item["id"], from_epoch(item["at"]), Channel(item["channel"]), Session(item["session"]),
        item.get("told_at"),
    )  # fmt: skip


def location_item(location: Location | None) -> Item | None:
    if location is None:
        return None
    return {
        "latitude_e6": location.latitude_e6,
        "longitude_e6": location.longitude_e6,
        "accuracy_m": location.accuracy_m,
        "at": epoch(location.at),
    }


def stored_location(item: Item | None) -> Location | None:
    if item is None:
        return None
    return Location(item["latitude_e6"], item["longitude_e6"], item["accuracy_m"], from_epoch(item["at"]))


def card_items(card: Card) -> list[Item]:
    """A card, and where it is found without its community, or by its phone."""
    pk = community_pk(card.community)
    items: list[Item] = [
        {
            "pk": pk,
            "sk": f"card#{card.resident}",
            "household": card.household,
            "grid": card.grid,
            "name": card.name,
            "phone": card.phone,
            "numbers": [_contact_item(contact) for contact in card.numbers],
            **({} if card.kin is None else {"kin": list(card.kin)}),
        },
        {"pk": f"one-key-resident#{card.resident}", "sk": card.community},
    ]
    if card.phone:
        items.append({"pk": pk, "sk": phone_sk(card.phone, card.resident), "resident": card.resident})
    return items


def stored_card(item: Item) -> Card:
    return Card(
        community=item["pk"].partition("#")[2],
        resident=item["sk"].partition("#")[2],
        household=item["household"],
        grid=item["grid"],
        name=item["name"],
        phone=item["phone"],
        numbers=tuple(_contact(stored) for stored in item["numbers"]),
        kin=tuple(item["kin"]) if "kin" in item else None,
    )


def line_items(line: Line) -> list[Item]:
    """A community's line, and its place in the list of communities."""
    named = {"name": line.name, "number": line.number, "kept_days": line.calls_kept.days}
    return [
        {"pk": community_pk(line.community), "sk": "line", **named},
        {"pk": "one-key-lines", "sk": line.community},
    ]


def stored_line(item: Item) -> Line:
    kept = timedelta(days=item.get("kept_days", KEPT.days))
    return Line(item["pk"].partition("#")[2], item["name"], item["number"], kept)


def board_item(community: str, board: Board) -> Item:
    """A board as one item: it is read at every press, so it is kept small."""
    grids = {
        grid: [[epoch(w.start), epoch(w.end), [[c.who.value, c.name, c.phone] for c in w.contacts]]
               for w in windows]
        for grid, windows in board.grids.items()
    }  # fmt: skip
    return {"pk": community_pk(community), "sk": "board", "grids": grids}


def stored_board(item: Item | None) -> Board:
    if item is None:
        return Board()
    return Board({grid: [_window(*stored) for stored in windows] for grid, windows in item["grids"].items()})


def _window(start: int, end: int, contacts: Sequence[Sequence[str]]) -> Window:
    found = tuple(Contact(Who(who), name, phone) for who, name, phone in contacts)
    return Window(from_epoch(start), from_epoch(end), found)


def _contact_item(contact: Contact) -> list[str]:
    return [contact.who.value, contact.name, contact.phone]


def _contact(stored: Sequence[str]) -> Contact:
    who, name, phone = stored
    return Contact(Who(who), name, phone)
