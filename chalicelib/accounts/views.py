"""What the routes of signing in are asked, and what they answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, WithJsonSchema

from chalicelib.accounts.grants import Granted
from chalicelib.accounts.invitations import INVITED
from chalicelib.accounts.people import Account
from chalicelib.accounts.sessions import ACCESS_LIFE, Session, SessionKind
from chalicelib.accounts.staff import Handed
from chalicelib.http.endpoint import Ask, Instant, View
from chalicelib.http.shapes import NEVER_KEPT, Language
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import rfc3339

Phone = Annotated[str, Field(min_length=1, max_length=40, examples=["+86 138 0013 8000"])]
Label = Annotated[str, Field(max_length=60, description="What to call this phone or browser in lists.")]
AccountId = Annotated[str, Field(max_length=120, description="Which account is meant, of several.")]


class CodeAsk(Ask):
    """The number to send a code to: E.164, or as people in China write it."""

    phone: Phone


class CodeView(View):
    """The same for every number. The code comes by SMS, if somebody here has that number."""

    resend_at: Instant
    ends_at: Instant


class SignInAsk(Ask):
    """A number and its code. Who has several accounts sends the same code again with one of them; who was
    invited sends the invitation's code the first time.
    """

    phone: Phone
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    account: AccountId = ""
    invitation: Annotated[str, Field(max_length=20)] = ""
    label: Label = ""


class RefreshAsk(Ask):
    """The newest refresh token; it is good once. `account` changes to another account of the same number."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=400)]
    account: AccountId = ""


class PairAsk(Ask):
    """The ten digits that staff show."""

    code: Annotated[str, Field(min_length=1, max_length=20)]
    label: Label = ""


class AccountView(View):
    """Someone in one role and community, and whom they speak for. `id` names the account; `person` is who
    they are in their community, as in `acknowledged_by` of an alarm.
    """

    id: str
    person: str
    name: str
    role: Role
    community: str
    grid: str | None
    residents: list[str]
    households: list[str]

    @classmethod
    def of(cls, account: Account) -> "AccountView":
        """An account as it is shown."""
        return cls(
            id=account.who.id,
            person=account.who.name,
            name=account.name,
            role=account.who.role,
            community=account.who.community,
            grid=account.grid or None,
            residents=list(account.residents),
            households=list(account.households),
        )


class SignedInView(View):
    """Two tokens, or, when the number has several accounts and none was chosen, none and the accounts.

    `expires_in` is the access token's life in seconds. Send it as `Authorization: Bearer`, and the refresh
    token, once, to `/v1/sessions/refresh`, with an Idempotency-Key of 16 characters or more: so an answer
    that got lost can be asked for again.
    """

    headers: ClassVar[Mapping[str, str]] = NEVER_KEPT
    session: str | None
    access_token: str | None
    expires_in: int
    refresh_token: str | None
    refresh_ends_at: Instant | None
    account: AccountView | None
    choose: list[AccountView]

    @classmethod
    def of(cls, granted: Granted) -> "SignedInView":
        """What a client keeps."""
        return cls(
            session=granted.session.id,
            access_token=granted.access_token,
            expires_in=int(ACCESS_LIFE.total_seconds()),
            refresh_token=granted.refresh_token,
            refresh_ends_at=rfc3339(granted.session.ends_at),
            account=AccountView.of(granted.account),
            choose=[],
        )

    @classmethod
    def choice(cls, accounts: list[Account]) -> "SignedInView":
        """The accounts to choose from."""
        return cls(
            session=None,
            access_token=None,
            expires_in=0,
            refresh_token=None,
            refresh_ends_at=None,
            account=None,
            choose=[AccountView.of(account) for account in accounts],
        )


class SessionView(View):
    """A sign-in that is on. `is_this` marks the caller's own; `paired_by` is who offered a handset's code."""

    id: str
    kind: SessionKind
    label: str
    role: Role
    community: str
    since: Instant
    used_at: Instant
    ends_at: Instant
    is_this: bool
    paired_by: str | None

    @classmethod
    def of(cls, session: Session, *, this: str) -> "SessionView":
        """A session as its holder, or staff, see it."""
        return cls(
            id=session.id,
            kind=session.kind,
            label=session.label,
            role=session.account.role,
            community=session.account.community,
            since=rfc3339(session.since),
            used_at=rfc3339(session.used_at),
            ends_at=rfc3339(session.ends_at),
            is_this=session.id == this,
            paired_by=session.paired_by or None,
        )


class SessionsView(View):
    items: list[SessionView]


class EndedView(View):
    """How many sign-ins were ended: none of them is refreshed any more.

    An access token that is out there is taken until it runs out, within fifteen minutes, but by nothing that
    hands out access, or gives away or erases a record.
    """

    ended: int


class InvitationAsk(Ask):
    """Somebody to invite: kin of these residents, or a volunteer of a grid."""

    phone: Phone
    role: Annotated[Role, WithJsonSchema({"type": "string", "enum": sorted(INVITED)})]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    residents: Annotated[list[str], Field(max_length=10)] = Field(default_factory=list)
    relation: Annotated[str, Field(max_length=20, examples=["女儿"])] = ""
    grid: Annotated[str, Field(max_length=40)] = ""
    language: Annotated[Language, Field(pattern="^(zh-CN|en)$")] = "zh-CN"


class HandedView(View):
    """A code to hand over. It is shown this once."""

    headers: ClassVar[Mapping[str, str]] = NEVER_KEPT
    id: str
    code: str
    ends_at: Instant

    @classmethod
    def of(cls, handed: Handed) -> "HandedView":
        """A code as staff see it."""
        return cls(id=handed.id, code=handed.code, ends_at=rfc3339(handed.ends_at))


class InvitationView(View):
    """An invitation that waits for somebody. Its number and code are not shown again."""

    id: str
    role: Role
    name: str
    residents: list[str]
    made_by: str
    ends_at: Instant


class InvitationsView(View):
    items: list[InvitationView]


def instants(asked_at: datetime, ends_at: datetime) -> CodeView:
    """When a code may be asked for again, and when it ends."""
    return CodeView(resend_at=rfc3339(asked_at), ends_at=rfc3339(ends_at))
