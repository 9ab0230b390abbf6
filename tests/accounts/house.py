"""A community that people sign in to, on a virtual clock; its SMS lie in a list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

from chalicelib.accounts.grants import Granted, Grants
from chalicelib.accounts.lane import read_code_letter
from chalicelib.accounts.people import Account, Newcomer
from chalicelib.accounts.sending import CodeSender, Sent
from chalicelib.accounts.service import Asked, Choice, Proof, SignIn
from chalicelib.accounts.sessions import As, Session
from chalicelib.accounts.staff import Handed, Handsets, Invitations
from chalicelib.accounts.staying import Sessions
from chalicelib.accounts.store import SignInStore
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import Table
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.ids import digest
from chalicelib.kernel.keyring import KeyRing
from chalicelib.kernel.phones import phone_name
from tests.builders import NOON, TOKEN_KEY

LI_PHONE = "+8613800000001"
WEI_PHONE = "+8613800000002"
NOBODYS_PHONE = "+8613900000009"
HOME = "203.0.113.7"
LI = Account(As("xinghe", Role.GRID_WORKER, "li-na"), "李娜", grid="g1")
WEI = Account(As("xinghe", Role.KIN, "du-wei"), "杜伟", "en", residents=("du",), households=("h001",))
WEI_HELPS = Account(As("yuehu", Role.VOLUNTEER, "du-wei"), "杜伟")
DU = Account(As("xinghe", Role.RESIDENT, "du"), "杜桂兰", residents=("du",), households=("h001",))


@dataclass
class Village:
    """Who is who, by phone: the registry's twin for tests."""

    by_phone: dict[str, list[Account]] = field(default_factory=dict)
    residents: dict[tuple[str, str], Account] = field(default_factory=dict)
    by_name: dict[str, list[Account]] = field(default_factory=dict)
    asked: int = 0

    def accounts(self, number: str) -> Sequence[Account]:
        self.asked += 1
        if number in self.by_name:
            return self.by_name[number]
        return next((found for phone, found in self.by_phone.items() if phone_name(phone) == number), [])

    def resident(self, community: str, resident: str) -> Account | None:
        return self.residents.get((community, resident))

    def person(self, community: str, person: str) -> tuple[Account, str] | None:
        for phone, accounts in self.by_phone.items():
            for account in accounts:
                if (account.who.community, account.who.name) == (community, person):
                    return account, phone
        return None

    def welcome(self, newcomer: Newcomer, phone: str) -> Account:
        who = As(newcomer.community, newcomer.role, digest(phone, newcomer.role, length=8))
        account = Account(who, newcomer.name, newcomer.language, newcomer.grid, newcomer.residents)
        known = self.by_phone.setdefault(phone, [])
        if account not in known:
            known.append(account)
        return account

    def must_know(self, newcomer: Newcomer) -> None:
        if any((newcomer.community, one) not in self.residents for one in newcomer.residents):
            raise NotFoundError("There is no such resident here.")


@dataclass
class Mail:
    """The community's SMS provider; `works` says whether it takes anything."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    works: bool = True

    def send_code(self, community: str, phone: str, code: str, *, language: str, now: datetime) -> bool:
        if self.works:
            self.sent.append((phone, code, language))
        return self.works


@dataclass
class House:
    """The login on one table. What goes into the lane is delivered at once, unless `holds` is set."""

    table: Table = field(default_factory=lambda: MemoryTable(DEADLINES))
    now: datetime = NOON
    seed: int = 1
    holds: bool = False
    newest: KeyRing | None = None
    """What is read when a key is missed, where that isn't what this process knows."""

    def __post_init__(self) -> None:
        self.keys = KeyRing((TOKEN_KEY,))
        self.village = Village({LI_PHONE: [LI], WEI_PHONE: [WEI, WEI_HELPS]}, {("xinghe", "du"): DU})
        self.mail = Mail()
        self.lane: list[str] = []
        self.outcomes: list[Sent] = []
        self.copied: list[Session] = []
        self.random = Random(self.seed)
        numbers = count(1)
        self.store = SignInStore(self.table)

        def ring(knowing: str = "") -> KeyRing:
            if knowing and self.keys.named(knowing) is None:
                self.keys = self.newest or self.keys
            return self.keys

        def new_id() -> str:
            return f"id{next(numbers)}"

        def new_secret() -> str:
            return f"{self.random.getrandbits(256):064x}"

        grants = Grants(ring, new_id=new_id, new_secret=new_secret)
        self.sender = CodeSender(self.store, self.village, self.mail, ring)
        self.sign_in = SignIn(self.store, self.village, self, grants, ring, new_id=new_id)
        self.sessions = Sessions(self.store, self.village, grants, ring, noticed=self.copied.append)
        self.invitations = Invitations(self.store, self.village, ring, new_id=new_id)
        self.handsets = Handsets(
            self.store, self.village, grants, self.sessions, ring, random=self.random.randrange
        )

    def put(self, text: str) -> None:
        self.lane.append(text)
        if not self.holds:
            self.deliver()

    def deliver(self) -> None:
        """Let whoever sends codes take what is in the queue."""
        while self.lane:
            self.outcomes.append(self.sender.deliver(read_code_letter(self.lane.pop(0)), now=self.now))

    def ask(self, phone: str = LI_PHONE, *, address: str = HOME) -> Asked:
        """Ask for a code."""
        return self.sign_in.ask(phone, address=address, language="zh-CN", now=self.now)

    def code(self, phone: str = LI_PHONE) -> str:
        """The code in the newest SMS to a phone."""
        return next(code for to, code, _ in reversed(self.mail.sent) if to == phone)

    def enter(
        self, code: str | None = None, phone: str = LI_PHONE, *, address: str = HOME, **more: str
    ) -> Granted | Choice:
        """Sign in, with the newest code unless another is named."""
        proof = Proof(phone, self.code(phone) if code is None else code, **more)
        return self.sign_in.enter(proof, address=address, now=self.now)

    def signed_in(self, phone: str = LI_PHONE, **more: str) -> Granted:
        """A fresh session."""
        self.ask(phone)
        granted = self.enter(phone=phone, **more)
        assert isinstance(granted, Granted)
        return granted

    def invite(self, phone: str = NOBODYS_PHONE, once: str = "") -> Handed:
        """Invite somebody as kin of Du."""
        kin = Newcomer("xinghe", Role.KIN, "杜敏", residents=("du",), relation="女儿")
        return self.invitations.invite(kin, phone, by="li-na", once=once, now=self.now)

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


def wrong(code: str) -> str:
    """Another code than this."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def refused(work: Callable[[], object], kind: type[Exception]) -> Exception:
    """The error that it raises."""
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")
