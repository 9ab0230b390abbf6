"""Where sign-ins are kept: numbers, addresses, sessions, invitations and pairings, in the Deadlines table.

Its time to live tidies them away. Keys hold digests: no phone number stands in any.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.accounts.codes import COMMUNITY_DAILY, Address, Number
from chalicelib.accounts.invitations import Invitation, Pairing
from chalicelib.accounts.items import (
    address_item,
    expectation,
    invitation_item,
    number_item,
    pairing_item,
    session_item,
    stored_address,
    stored_invitation,
    stored_number,
    stored_pairing,
    stored_session,
)
from chalicelib.accounts.sessions import REFRESH_LIFE, Session, handset_holder
from chalicelib.aws.tables import Ask, Delete, ExpectationError, Put, Table, Write, every_item
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import ConflictError

Change = Number | Address | Session | Invitation | Pairing
KEPT = timedelta(days=2)


class RacedError(ConflictError):
    """Somebody else signed in, or tried to, at this very moment; look again."""


class SignInStore:
    """What was written last counts everywhere: every read is consistent, every write conditional."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def number(self, name: str) -> Number:
        """A phone number by name; one that nobody signed in with is an empty one."""
        item = self._get(f"signin#number#{name}", "number")
        return stored_number(item) if item else Number(name)

    def address(self, name: str) -> Address:
        """An internet address by name."""
        item = self._get(f"signin#address#{name}", "address")
        return stored_address(item) if item else Address(name)

    def session(self, session_id: str) -> Session | None:
        """A session, ended or not."""
        item = self._get(f"session#{session_id}", "session")
        return stored_session(item) if item else None

    def sessions(self, holder: str) -> list[Session]:
        """All sessions of a holder, or of a person (`As.person`), ended ones among them, newest first."""
        links = every_item(self._table, Ask(f"sessions#{holder}", consistent=True))
        found = [self.session(link["sk"]) for link in links]
        return sorted((s for s in found if s), key=lambda s: (s.since, s.id), reverse=True)

    def invitations_of(self, number: str) -> list[Invitation]:
        """The invitations to a phone number."""
        items = every_item(self._table, Ask(f"invited#{number}", consistent=True))
        return [stored_invitation(item) for item in items]

    def invitations(self, community: str) -> list[Invitation]:
        """The invitations of a community."""
        links = every_item(self._table, Ask(f"invitations#{community}", consistent=True))
        items = [self._get(f"invited#{link['number']}", link["sk"]) for link in links]
        return [stored_invitation(item) for item in items if item]

    def uninvite(self, community: str, resident: str, *, now: datetime) -> None:
        """Invite nobody to a resident any more; who was invited to them alone is invited no more at all.

        Again changes nothing. Raises RacedError.
        """
        for one in self.invitations(community):
            others = tuple(each for each in one.newcomer.residents if each != resident)
            if others == one.newcomer.residents:
                continue
            if others:
                self.save(replace(one, newcomer=replace(one.newcomer, residents=others)), now=now)
            else:
                self.take(one, now=now)

    def pairing(self, slot: str) -> Pairing | None:
        """The pairing in a slot, over or not."""
        item = self._get(f"pairing#{slot}", "pairing")
        return stored_pairing(item) if item else None

    def pairings_of(self, holder: str) -> list[Pairing]:
        """The pairings that wait for a handset of a holder."""
        links = every_item(self._table, Ask(f"pairings#{holder}", consistent=True))
        found = [self.pairing(link["sk"]) for link in links]
        return [pairing for pairing in found if pairing is not None]

    def forget(self, session: Session) -> None:
        """Keep nothing of a session. Again changes nothing."""
        self._table.write(Delete(f"session#{session.id}", "session"))
        for each in (session.holder, *session.people):
            self._table.write(Delete(f"sessions#{each}", session.id))

    def save(self, *changes: Change, now: datetime) -> None:
        """Write what was read and changed, or is new, all or nothing. Raises RacedError."""
        self._write([write for change in changes for write in _writes(change, now)])

    def take(self, *used: Invitation | Pairing, now: datetime, changes: Sequence[Change] = ()) -> None:
        """Remove what is good once, and write the rest, all or nothing. Raises RacedError."""
        writes = [write for change in changes for write in _writes(change, now)]
        self._write([*(write for one in used for write in _removal(one)), *writes])

    def codes_sent(self, community: str, day: str) -> int:
        """How many codes were sent for a community on a day."""
        item = self._get(f"signin#spend#{community}", day)
        return int(item["times"]) if item else 0

    def spend(self, number: Number, community: str, day: str, sent: int, *, now: datetime) -> None:
        """Write that one more code than `sent` was sent, for this number. Raises RacedError."""
        item = {
            "pk": f"signin#spend#{community}", "sk": day, "times": sent + 1, "expires": epoch(now + KEPT)
        }  # fmt: skip
        expect = expectation("times", sent)
        self._write([Put(item, expect), *_writes(number, now)])

    def codes_a_day(self, community: str) -> int:
        """How many codes a day are sent for a community at most."""
        item = self._table.get("signin#settings", community)
        return int(item["codes_a_day"]) if item else COMMUNITY_DAILY

    def put_codes_a_day(self, community: str, most: int) -> None:
        """Set it."""
        self._table.write(Put({"pk": "signin#settings", "sk": community, "codes_a_day": most}))

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        return self._table.get(pk, sk, consistent=True)

    def _write(self, writes: Sequence[Write]) -> None:
        try:
            if len(writes) == 1:  # half the price of a transaction
                self._table.write(writes[0])
            else:
                self._table.write_all(writes)
        except ExpectationError as error:
            raise RacedError("Somebody did the same at this moment; try again.") from error


def _writes(change: Change, now: datetime) -> list[Write]:
    """What writes a change, with all that is found by it."""
    expect = expectation("version", change.version)
    match change:
        case Number():
            return [Put(number_item(change, now), expect)]
        case Address():
            return [Put(address_item(change, now), expect)]
        case Pairing():
            item = pairing_item(change)
            link = {"pk": _pairings(change), "sk": change.slot, "expires": item["expires"]}
            return [Put(item, expect), Put(link)]
        case Session():
            if change.ends_at <= change.listed_until:
                return [Put(session_item(change), expect)]
            listed = replace(change, listed_until=change.ends_at + REFRESH_LIFE)
            expires = epoch(listed.listed_until)
            links: list[Write] = [
                Put({"pk": f"sessions#{each}", "sk": change.id, "expires": expires})
                for each in (change.holder, *change.people)
            ]
            return [Put(session_item(listed), expect), *links]
        case Invitation():
            item = invitation_item(change)
            link = {
                "pk": f"invitations#{change.newcomer.community}", "sk": change.id,
                "number": change.number, "expires": item["expires"],
            }  # fmt: skip
            return [Put(item, expect), Put(link)]


def _pairings(pairing: Pairing) -> str:
    return f"pairings#{handset_holder(pairing.community, pairing.resident)}"


def _removal(used: Invitation | Pairing) -> list[Write]:
    expect = {"version": used.version}
    if isinstance(used, Pairing):
        return [
            Delete(f"pairing#{used.slot}", "pairing", expect),
            Delete(_pairings(used), used.slot),
        ]
    return [
        Delete(f"invited#{used.number}", used.id, expect),
        Delete(f"invitations#{used.newcomer.community}", used.id),
    ]
