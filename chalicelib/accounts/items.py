"""Sign-ins as items of the table, and back."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.accounts.codes import Address, Challenge, Number
from chalicelib.accounts.invitations import Invitation, Pairing
from chalicelib.accounts.people import Newcomer
from chalicelib.accounts.sessions import As, Session, SessionKind
from chalicelib.accounts.tally import Tally
from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Expectation
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import epoch, epoch_ms, from_epoch_ms

KEPT = timedelta(days=2)
"""Counters are of no use after a day; ended things are kept a little, for whoever looks into it."""


def expectation(name: str, value: int) -> Expectation:
    """That an item is as it was read: 0 was never stored."""
    return {name: value} if value else NEW


def number_item(number: Number, now: datetime) -> Item:
    """A phone number's state as it is stored."""
    live = number.challenge
    return {
        "pk": f"signin#number#{number.name}",
        "sk": "number",
        "challenge": None if live is None else [
            live.id, live.key, epoch_ms(live.since), epoch_ms(live.asked_at),
            live.asked, live.sent, live.tries, live.mark,
        ],
        "hourly": _tally_item(number.hourly),
        "daily": _tally_item(number.daily),
        "version": number.version + 1,
        "expires": epoch(now + KEPT),
    }  # fmt: skip


def stored_number(item: Item) -> Number:
    """A phone number's state out of the store."""
    return Number(
        name=item["pk"].rpartition("#")[2],
        challenge=_challenge(item["challenge"]) if "challenge" in item else None,
        hourly=_tally(item["hourly"]),
        daily=_tally(item["daily"]),
        version=item["version"],
    )


def _challenge(told: list[Any]) -> Challenge:
    name, key, since, asked_at, asked, sent, tries, mark = told
    return Challenge(name, key, from_epoch_ms(since), from_epoch_ms(asked_at), asked, sent, tries, mark)


def address_item(address: Address, now: datetime) -> Item:
    """An internet address's counts as they are stored."""
    return {
        "pk": f"signin#address#{address.name}",
        "sk": "address",
        "codes": _tally_item(address.codes),
        "guesses": _tally_item(address.guesses),
        "version": address.version + 1,
        "expires": epoch(now + KEPT),
    }


def stored_address(item: Item) -> Address:
    """An internet address's counts out of the store."""
    name = item["pk"].rpartition("#")[2]
    return Address(name, _tally(item["codes"]), _tally(item["guesses"]), item["version"])


def session_item(session: Session) -> Item:
    """A session as it is stored."""
    who = session.account
    return {
        "pk": f"session#{session.id}",
        "sk": "session",
        "kind": session.kind.value,
        "holder": session.holder,
        "account": [who.community, who.role.value, who.name],
        "label": session.label,
        "token": session.token,
        "before": session.before,
        "retry": session.retry,
        "since": epoch_ms(session.since),
        "used": epoch_ms(session.used_at),
        "ends": epoch_ms(session.ends_at),
        "ended": session.ended,
        "listed": epoch_ms(session.listed_until),
        "people": list(session.people),
        "paired_by": session.paired_by,
        "version": session.version + 1,
        "expires": epoch(session.ends_at),
    }


def stored_session(item: Item) -> Session:
    """A session out of the store."""
    return Session(
        id=item["pk"].partition("#")[2],
        kind=SessionKind(item["kind"]),
        holder=item["holder"],
        account=_as(item["account"]),
        label=item["label"],
        token=item["token"],
        before=item["before"],
        retry=item["retry"],
        since=from_epoch_ms(item["since"]),
        used_at=from_epoch_ms(item["used"]),
        ends_at=from_epoch_ms(item["ends"]),
        ended=item["ended"],
        listed_until=from_epoch_ms(item["listed"]),
        people=tuple(item.get("people", ())),
        paired_by=item.get("paired_by", ""),
        version=item["version"],
    )


def invitation_item(invitation: Invitation) -> Item:
    """An invitation as it is stored."""
    who = invitation.newcomer
    return {
        "pk": f"invited#{invitation.number}",
        "sk": invitation.id,
        "community": who.community,
        "role": who.role.value,
        "name": who.name,
        "residents": list(who.residents),
        "relation": who.relation,
        "grid": who.grid,
        "language": who.language,
        "mark": invitation.mark,
        "made_by": invitation.made_by,
        "ends": epoch_ms(invitation.ends_at),
        "version": invitation.version + 1,
        "expires": epoch(invitation.ends_at + KEPT),
    }


def stored_invitation(item: Item) -> Invitation:
    """An invitation out of the store."""
    return Invitation(
        id=item["sk"],
        number=item["pk"].partition("#")[2],
        newcomer=Newcomer(
            item["community"], Role(item["role"]), item["name"], tuple(item["residents"]),
            item["relation"], item["grid"], item["language"],
        ),
        mark=item["mark"],
        made_by=item["made_by"],
        ends_at=from_epoch_ms(item["ends"]),
        version=item["version"],
    )  # fmt: skip


def pairing_item(pairing: Pairing) -> Item:
    """A pairing as it is stored."""
    return {
        "pk": f"pairing#{pairing.slot}",
        "sk": "pairing",
        "community": pairing.community,
        "resident": pairing.resident,
        "mark": pairing.mark,
        "made_by": pairing.made_by,
        "tries": pairing.tries,
        "ends": epoch_ms(pairing.ends_at),
        "version": pairing.version + 1,
        "expires": epoch(pairing.ends_at + KEPT),
    }


def stored_pairing(item: Item) -> Pairing:
    """A pairing out of the store."""
    return Pairing(
        slot=item["pk"].partition("#")[2],
        community=item["community"],
        resident=item["resident"],
        mark=item["mark"],
        made_by=item["made_by"],
        ends_at=from_epoch_ms(item["ends"]),
        tries=item["tries"],
        version=item["version"],
    )


def _as(told: list[str]) -> As:
    community, role, name = told
    return As(community, Role(role), name)


def _tally_item(tally: Tally) -> list[int]:
    return [epoch_ms(tally.since), tally.times]


def _tally(told: list[int]) -> Tally:
    return Tally(from_epoch_ms(told[0]), told[1])
