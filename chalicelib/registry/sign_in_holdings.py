"""A resident's sign-ins, handsets, pairings, and whom they had invited: told, and erased."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.accounts.invitations import Invitation, Pairing
from chalicelib.accounts.sessions import As, Session, handset_holder
from chalicelib.accounts.store import SignInStore
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.registry.holdings import Left, Subject


@dataclass(frozen=True, slots=True)
class SignInHoldings:
    """What signing in keeps of a resident."""

    store: SignInStore
    name: str = "sign_ins"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """Where they are signed in, which handset waits to be paired, and who is invited as relative."""
        return {
            "sign_ins": [_session(session) for session in self._sessions(subject)],
            "pairings": [{"ends_at": rfc3339(one.ends_at)} for one in self._pairings(subject)],
            "invitations": [_invitation(one) for one in self._invitations(subject)],
        }

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Sign them out and keep nothing of it; who was invited to them alone is invited no more."""
        for session in self._sessions(subject):
            self.store.forget(session)
        for pairing in self._pairings(subject):
            self.store.take(pairing, now=now)
        self.store.uninvite(subject.community, subject.resident, now=now)
        return None

    def _sessions(self, subject: Subject) -> Iterator[Session]:
        who = As(subject.community, Role.RESIDENT, subject.resident)
        return (one for one in self.store.sessions(who.person) if one.account == who)

    def _pairings(self, subject: Subject) -> list[Pairing]:
        holder = handset_holder(subject.community, subject.resident)
        found = self.store.pairings_of(holder)
        return [one for one in found if one.is_for(subject.community, subject.resident)]

    def _invitations(self, subject: Subject) -> list[Invitation]:
        found = self.store.invitations(subject.community)
        return [one for one in found if subject.resident in one.newcomer.residents]


def _session(session: Session) -> dict[str, Any]:
    return {
        "kind": session.kind.value,
        "label": session.label,
        "since": rfc3339(session.since),
        "used_at": rfc3339(session.used_at),
        "ended": session.ended or None,
        "paired_by": session.paired_by or None,
    }


def _invitation(invitation: Invitation) -> dict[str, Any]:
    return {
        "name": invitation.newcomer.name,
        "relation": invitation.newcomer.relation,
        "by": invitation.made_by,
        "ends_at": rfc3339(invitation.ends_at),
    }
