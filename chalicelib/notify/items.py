"""Notices, addresses and references as stored items, and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.items import Item
from chalicelib.kernel.clock import epoch, epoch_ms, from_epoch_ms
from chalicelib.notify.delivery import Attempt, Leg, Notice, Stage
from chalicelib.notify.model import Address, Channel

REFERENCE_KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a reference stands for: a leg of a notice, and since when."""

    reference: str
    community: str
    group: str
    key: str
    leg: int
    channel: Channel
    person: str
    alarm: str
    kind: str
    begun_at: datetime


def group_of(alarm: str, person: str) -> str:
    """What notices are kept together: those of an alarm, or a person's that are about none."""
    return f"alarm#{alarm}" if alarm else f"person#{person}"


def notices_pk(community: str, group: str) -> str:
    """The partition of a group of notices."""
    return f"notify#{community}#{group}"


def _maybe(ms: int | None) -> datetime | None:
    return None if ms is None else from_epoch_ms(ms)


def notice_item(notice: Notice) -> Item:
    """A notice as it is stored."""
    return {
        "pk": notices_pk(notice.community, group_of(notice.alarm, notice.person)),
        "sk": notice.key,
        "community": notice.community,
        "person": notice.person,
        "severity": notice.severity,
        "kind": notice.kind,
        "alarm": notice.alarm,
        "opened": epoch_ms(notice.opened_at),
        "held": epoch_ms(notice.held_until) if notice.held_until else None,
        "legs": [_leg_item(leg) for leg in notice.legs],
        "attempts": [
            [epoch_ms(a.at), a.channel.value, a.provider, a.what, a.detail] for a in notice.attempts
        ],
        "version": notice.version,
        "expires": epoch(notice.opened_at + notice.kept),
    }


def _leg_item(leg: Leg) -> Item:
    item: dict[str, Any] = {
        "routes": [address_item(address) for address in leg.routes],
        "route": leg.route,
        "tries": leg.tries,
        "stage": leg.stage.value,
        "reference": leg.reference,
    }
    return item if leg.due is None else {**item, "due": epoch_ms(leg.due)}


def address_item(address: Address) -> Item:
    """An address as it is stored."""
    return {
        "channel": address.channel.value,
        "provider": address.provider,
        "to": address.to,
        "secret": address.secret,
        "keys": dict(address.keys),
    }


def stored_address(item: Item) -> Address:
    """An address out of the store."""
    return Address(Channel(item["channel"]), item["provider"], item["to"], item["secret"], item["keys"])


def stored_notice(item: Item) -> Notice:
    """A notice out of the store."""
    return Notice(
        community=item["community"],
        key=item["sk"],
        person=item["person"],
        severity=item["severity"],
        kind=item["kind"],
        alarm=item["alarm"],
        opened_at=from_epoch_ms(item["opened"]),
        legs=tuple(_leg(leg) for leg in item["legs"]),
        held_until=_maybe(item.get("held")),
        attempts=tuple(_attempts(item["attempts"])),
        version=item["version"],
        kept=timedelta(seconds=item["expires"] - item["opened"] // 1000),
    )


def _leg(item: Item) -> Leg:
    return Leg(
        routes=tuple(stored_address(address) for address in item["routes"]),
        due=_maybe(item.get("due")),
        route=item["route"],
        tries=item["tries"],
        stage=Stage(item["stage"]),
        reference=item["reference"],
    )


def _attempts(lines: Sequence[Sequence[Any]]) -> list[Attempt]:
    return [
        Attempt(from_epoch_ms(at), Channel(ch), provider, what, why) for at, ch, provider, what, why in lines
    ]


def reference_item(notice: Notice, index: int) -> Item:
    """What the reference of the try that a notice just began stands for."""
    leg, last = notice.legs[index], notice.attempts[-1]
    return {
        "pk": f"notify#ref#{leg.reference}",
        "sk": "ref",
        "community": notice.community,
        "group": group_of(notice.alarm, notice.person),
        "key": notice.key,
        "leg": index,
        "channel": leg.address.channel.value,
        "person": notice.person,
        "alarm": notice.alarm,
        "kind": notice.kind,
        "begun": epoch_ms(last.at),
        "expires": epoch(last.at + REFERENCE_KEPT),
    }


def stored_sent(item: Item) -> Sent:
    """What a reference stands for, out of the store."""
    return Sent(
        reference=item["pk"].rpartition("#")[2],
        community=item["community"],
        group=item["group"],
        key=item["key"],
        leg=item["leg"],
        channel=Channel(item["channel"]),
        person=item["person"],
        alarm=item["alarm"],
        kind=item["kind"],
        begun_at=from_epoch_ms(item["begun"]),
    )
