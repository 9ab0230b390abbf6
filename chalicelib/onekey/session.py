"""What a bearer token is worth to a press, without PyJWT, whose import alone outweighs this function's own.

The same tokens as `chalicelib.accounts.model` signs (RFC 7519, HS256); a test holds the two together.
"""

import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from chalicelib.accounts.sight import parts
from chalicelib.kernel.caller import STAFF, Caller, Role
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.ids import is_id
from chalicelib.kernel.keyring import KeyRing
from chalicelib.kernel.sight import BLIND, Part, Relation, Sight
from chalicelib.onekey.model import Card, Contact, Session, Who

ISSUER = "shouwang"
AUDIENCE = "shouwang-api"
MAY = frozenset({Role.RESIDENT, Role.KIN, Role.GRID_WORKER, Role.COORDINATOR})
"""Who is told about a resident's call: residents, their kin and staff."""
FOR_ALL = frozenset({Who.DUTY_FIRST, Who.DUTY_SECOND, Who.COMMUNITY})
"""Whose numbers are nobody's own."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a token tells: how good it is, and who signed in, if we ever signed it."""

    session: Session = Session.NONE
    caller: Caller | None = None

    @property
    def community(self) -> str:
        """The community that the caller is of; empty when that isn't known."""
        return self.caller.community if self.caller else ""

    @property
    def is_welcome(self) -> bool:
        """Whether they are signed in, in a role that may look at all."""
        return self.session is Session.GOOD and self.caller is not None and self.caller.role in MAY

    def is_of(self, community: str) -> bool:
        """Whether they are signed in there, in such a role."""
        return self.is_welcome and self.community == community

    def sees(self, community: str, resident: str) -> bool:
        """Whether they may be told about a resident of that community."""
        return self.is_of(community) and self.speaks_for(resident)

    @property
    def is_kin(self) -> bool:
        """Whether they are somebody's relative."""
        return self.caller is not None and self.caller.role is Role.KIN

    def tied(self, card: Card | None) -> "Known":
        """Who they are by a resident's card: whoever was struck off their list of relatives speaks
        for that resident no more, whatever their token says.
        """
        if self.caller is None or not self.is_kin or card is None or card.kin is None:
            return self
        if self.caller.name in card.kin:
            return self
        others = tuple(one for one in self.caller.residents if one != card.resident)
        return replace(self, caller=replace(self.caller, residents=others))

    def may_dial(self, dial: Sequence[Contact], community: str, resident: str) -> tuple[Contact, ...]:
        """Whom they may dial: for a resident of theirs everybody, but relatives only if they see contacts;
        a neighbour who presses for another only those who are there for all, and nobody of the other's own.
        """
        if not self.is_of(community):
            return ()
        if not self.sees(community, resident):
            return tuple(one for one in dial if one.who in FOR_ALL)
        return tuple(one for one in dial if one.who is not Who.KIN or self._sees_contacts(resident))

    def _sees_contacts(self, resident: str) -> bool:
        """By the same table as everywhere. Who is on the case finds the relatives with the record."""
        return self.caller is not None and Part.CONTACTS in parts(self.caller.role, self._relation(resident))

    def sight(self, resident: str, *shown: Part, case: str = "") -> Sight:
        """What they are shown of a resident's record, for the access log; of their own nothing is noted."""
        if self.is_self(resident):
            return BLIND
        seen = frozenset(part for part in shown if part is not Part.CONTACTS or self._sees_contacts(resident))
        return Sight(self._relation(resident), seen, (resident,), case)

    def _relation(self, resident: str) -> Relation:
        """What somebody who speaks for a resident is to them."""
        if self.is_self(resident):
            return Relation.SELF
        return Relation.COMMUNITY if self.caller and self.caller.role in STAFF else Relation.KIN

    def speaks_for(self, resident: str) -> bool:
        """Whether a resident of theirs is meant: themselves, a relative, or anybody for staff."""
        if self.caller is None:
            return False
        is_theirs = resident in self.caller.residents or self.caller.role in STAFF
        return is_theirs or self.is_self(resident)

    def is_self(self, resident: str) -> bool:
        """Whether they are that resident, however old the session."""
        who = self.caller
        return who is not None and who.role is Role.RESIDENT and who.name == resident


def known(authorization: str, *, key: str, now: datetime) -> Known:
    """What an Authorization header is worth. Raises nothing: whatever it is, the call is placed.

    `key` holds the keys of tokens as their secret does, newest first.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return Known()
    try:
        claims = _claims(token.strip(), key)
        residents = tuple(map(str, claims.get("residents", ())))
        caller = Caller(claims["sub"], Role(claims["role"]), claims["community"], residents)
        expires, issued = claims["exp"], claims["iat"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Known()
    if not _is_ours(claims, caller) or not isinstance(expires, int) or not isinstance(issued, int):
        return Known()
    live = issued <= epoch(now) < expires
    return Known(Session.GOOD if live else Session.EXPIRED, caller)


def key_named_in(authorization: str) -> str:
    """The name of the key that a header's token says it was signed with; empty when it says none."""
    try:
        named = json.loads(_bytes(authorization.partition(" ")[2].strip().partition(".")[0])).get("kid")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return named if isinstance(named, str) else ""


def _claims(token: str, key: str) -> dict[str, Any]:
    """The claims of a token that we signed. Raises ValueError."""
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    named = json.loads(_bytes(header))
    ours = KeyRing.read(key).named(named.get("kid"))
    if ours is None or named.get("alg") != "HS256":
        raise ValueError("no key of ours")
    if not hmac.compare_digest(_bytes(signature), hmac.digest(ours.encode(), signed.encode(), sha256)):
        raise ValueError("not signed by us")
    claims: dict[str, Any] = json.loads(_bytes(payload))
    return claims


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _is_ours(claims: dict[str, Any], caller: Caller) -> bool:
    return (
        claims.get("iss") == ISSUER
        and claims.get("aud") == AUDIENCE
        and isinstance(caller.name, str)
        and bool(caller.name)
        and isinstance(caller.community, str)
        and is_id(caller.community)
    )
