"""Choosing how people are reached: a community's providers and groups, a person's wishes and browsers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from chalicelib.aws.tables import ExpectationError
from chalicelib.kernel.errors import RefusedError, StaleError
from chalicelib.notify.addresses import AddressBook, Habits, Wishes
from chalicelib.notify.channels import amazon, web_push
from chalicelib.notify.channels.push_encryption import must_be_keys
from chalicelib.notify.courier import UndeliverableError
from chalicelib.notify.model import GROUPS, RINGING, Address, Channel, Step, Steps
from chalicelib.registry.people import PeopleStore, must_be_known

SHARED = "shared"
"""Under `shouwang/shared/` stand the secrets that every community of a deployment may use."""
_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,200}", re.ASCII)


class Choosing:
    """Where a community, and each person, say how they are reached."""

    def __init__(self, book: AddressBook, people: PeopleStore) -> None:
        self._book = book
        self._people = people

    def put_habits(self, community: str, habits: Habits) -> Habits:
        """Replace a community's ways. Raises RefusedError, StaleError.

        A secret must be the community's own or shared: nobody sends through another's account.
        """
        if habits.sms and habits.sms != amazon.SNS:
            _must_be_theirs(community, habits.sms_secret, "/sms/secret")
        if habits.voice:
            _must_be_theirs(community, habits.voice_secret, "/voice/secret")
        for n, group in enumerate(habits.groups):
            _must_be_theirs(community, group.secret, f"/groups/{n}/secret")
            self._must_know(community, group.beside, f"/groups/{n}/beside")
        _must_ring(habits.steps)
        changed = replace(habits, steps=_with_groups(habits.steps))
        try:
            self._book.put_habits(community, changed)
        except ExpectationError as error:
            raise StaleError("Somebody else changed it just now; read it again, then change it.") from error
        return replace(changed, version=habits.version + 1)

    def put_wishes(self, community: str, box: str, wishes: Wishes) -> Wishes:
        """Replace what somebody wants otherwise. Raises RefusedError, StaleError."""
        _must_ring(wishes.steps)
        changed = replace(wishes, steps=_with_groups(wishes.steps))
        try:
            self._book.put_wishes(community, box, changed)
        except ExpectationError as error:
            raise StaleError("Somebody else changed it just now; read it again, then change it.") from error
        return replace(changed, version=wishes.version + 1)

    def subscribe(
        self,
        community: str,
        box: str,
        name: str,
        endpoint: str,
        keys: Mapping[str, str],
        *,
        session: str = "",
    ) -> None:
        """Push to a browser, which is its app's `name`; the same name again replaces it. It ends with the
        session in which it was asked.

        Raises RefusedError for an endpoint or keys that no push service would take.
        """
        with _refusing("/endpoint"):
            web_push.must_be_push_service(endpoint)
        with _refusing("/keys"):
            must_be_keys(keys["p256dh"], keys["auth"])
        told = {"p256dh": keys["p256dh"], "auth": keys["auth"], "id": name, "session": session}
        self._book.add(community, box, Address(Channel.WEB_PUSH, web_push.PROVIDER, endpoint, keys=told))

    def unsubscribe(self, community: str, box: str, name: str) -> None:
        """Push there no more. Again changes nothing."""
        for address in subscriptions(self._book.wishes(community, box)):
            if address.keys.get("id") == name:
                self._book.forget(community, box, address)

    def signed_out(self, community: str, box: str, session: str) -> None:
        """Push no more to where somebody asked in this session. Again changes nothing."""
        for address in subscriptions(self._book.wishes(community, box)):
            if session and address.keys.get("session") == session:
                self._book.forget(community, box, address)

    def _must_know(self, community: str, people: Sequence[str], pointer: str) -> None:
        must_be_known(people, self._people.get_many(community, people), pointer=pointer)


def subscriptions(wishes: Wishes) -> list[Address]:
    """The browsers that somebody is pushed to."""
    return [address for address in wishes.addresses if address.channel is Channel.WEB_PUSH]


def personal(steps: Mapping[int, Steps]) -> dict[int, list[Step]]:
    """Steps without the groups' chats, which are written to in any case."""
    return {severity: [step for step in of if step not in GROUPS] for severity, of in steps.items()}


@contextmanager
def _refusing(pointer: str) -> Iterator[None]:
    try:
        yield
    except UndeliverableError as error:
        raise RefusedError(
            str(error), pointer=pointer, zh="这个推送地址或密钥不能用，请重新订阅。"
        ) from error


def _with_groups(steps: Mapping[int, Steps]) -> dict[int, Steps]:
    return {severity: (*of, *GROUPS) for severity, of in personal(steps).items()}


def _must_ring(steps: Mapping[int, Steps]) -> None:
    """Severity 1 must make a phone sound, whatever else it does. Raises RefusedError."""
    urgent = steps.get(1)
    if urgent is not None and not any(channel in RINGING for step in urgent for channel in step):
        raise RefusedError(
            "Severity 1 must ring or write to a phone: let a step have voice or sms.",
            pointer="/steps/1",
            zh="最紧急的通知必须能打电话或发短信：请至少留一步 voice 或 sms。",
        )


def _must_be_theirs(community: str, secret: str, pointer: str) -> None:
    allowed = tuple(f"shouwang/{whose}/" for whose in (community, SHARED))
    if not secret.startswith(allowed) or not _NAME.fullmatch(secret) or secret in allowed:
        raise RefusedError(
            f"Name a secret in Secrets Manager under {allowed[0]} or {allowed[1]}; never the secret itself.",
            pointer=pointer,
            zh=f"请填 Secrets Manager 里 {allowed[0]} 或 {allowed[1]} 下的密钥名称，不要填密钥本身。",
        )
