"""The one-key call over HTTP, from a proxy event to a proxy response. Reads no environment and no clock."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

from chalicelib.aws.tables import ExpectationError
from chalicelib.http.cors import read_origins
from chalicelib.http.rows import Note
from chalicelib.kernel.errors import (
    ForbiddenError,
    NotFoundError,
    ShouwangError,
    StaleError,
    UnauthorizedError,
)
from chalicelib.kernel.ids import is_id
from chalicelib.kernel.languages import language_of
from chalicelib.kernel.sight import Part, Sight
from chalicelib.onekey.answers import (
    Answer,
    call_answer,
    card_answer,
    dial_answer,
    etag_of,
    options_answer,
    placed_answer,
    problem_answer,
    to_origin,
)
from chalicelib.onekey.hook import InboundCalls, hook_key
from chalicelib.onekey.model import Call, Session
from chalicelib.onekey.requests import Request, asked, location, read_request
from chalicelib.onekey.service import TRIES, NotPlacedError, OneKey
from chalicelib.onekey.session import MAY, Known, key_named_in, known
from chalicelib.onekey.texts import NOT_PLACED, NOTHING_TO_DIAL

CALLS = "/v1/residents/{resident_id}/one-key-calls"
CALL = f"{CALLS}/{{call}}"
CANCELLATION = f"{CALL}/cancellation"
CARD = "/v1/residents/{resident_id}/one-key-card"
HOOK = "/v1/hooks/inbound-call/{community}"


class Endpoint:
    """Answers the one-key paths. `get_key` and `get_hook_key` fetch the keys of tokens and of hooks.

    `note` writes looks into the access log. `origins` are those whose pages may ask (CORS).
    """

    def __init__(
        self,
        one_key: OneKey,
        inbound: InboundCalls,
        get_key: Callable[[str], str],
        get_hook_key: Callable[[], str],
        note: Note,
        origins: str = "",
    ) -> None:
        self._one_key = one_key
        self._inbound = inbound
        self._get_key = get_key
        self._get_hook_key = get_hook_key
        self._note = note
        self._origins = read_origins(origins)

    def answer(self, event: Mapping[str, Any], *, now: datetime) -> Answer:
        """Answer one request; every error of ours as a problem."""
        request = read_request(event)
        methods = [method for method, path in self.PATHS if path == request.resource]
        if request.method == "OPTIONS" and methods:
            return options_answer(request, methods, self._origins)
        answer = self._answer(request, now)
        if request.method == "HEAD":
            answer["body"] = ""
        return to_origin(answer, request, self._origins)

    def _answer(self, request: Request, now: datetime) -> Answer:
        method = "GET" if request.method == "HEAD" else request.method
        take = self.PATHS.get((method, request.resource))
        try:
            if take is None:
                raise NotFoundError("There is no such path.")
            return take(self, request, now)
        except NotPlacedError as error:
            return self._not_placed(error, request, now)
        except ShouwangError as error:
            return problem_answer(error, language=_language(request))

    def _press(self, request: Request, now: datetime) -> Answer:
        """Place a call, whoever asks and whatever they sent."""
        who = self._who(request, now)
        placed = self._one_key.press(asked(request, who, now=now), now=now)
        resident, who = request.path["resident_id"], who.tied(placed.found.card)
        about = placed.found.community, resident
        return placed_answer(
            placed, dial=who.may_dial(placed.dial, *about), seen=who.sees(*about), mine=who.is_self(resident)
        )

    def _read(self, request: Request, now: datetime) -> Answer:
        who = self._signed_in(request, now)
        known = request.headers.get("if-none-match", "")
        call, resident = self._call(request, who), request.path["resident_id"]
        self._looked(who, who.sight(resident, Part.STATUS, Part.HISTORY, case=call.alarm), now)
        return call_answer(call, seen=True, if_none_match=known)

    def _locate(self, request: Request, now: datetime) -> Answer:
        where = location(request.told.get("location"), now)
        return self._changed(request, now, lambda call, _: self._one_key.locate(call, where, now=now))

    def _cancel(self, request: Request, now: datetime) -> Answer:
        return self._changed(request, now, lambda call, by: self._one_key.ask_to_cancel(call, by=by, now=now))

    def _card(self, request: Request, now: datetime) -> Answer:
        who, resident = self._signed_in(request, now), request.path["resident_id"]
        if not is_id(resident):
            raise NotFoundError("There is no such resident here.")
        placed = self._one_key.card(who.community, resident, press=asked(request, who, now=now), now=now)
        self._looked(who, who.sight(resident, Part.STATUS, Part.CONTACTS), now)
        return card_answer(
            placed,
            dial=who.may_dial(placed.dial, who.community, resident),
            language=_language(request),
            if_none_match=request.headers.get("if-none-match", ""),
        )

    def _rang(self, request: Request, now: datetime) -> Answer:
        community = request.path["community"]
        if not is_id(community):
            raise NotFoundError("There is no such community here.")
        key = hook_key(self._get_hook_key(), community)
        return dial_answer(self._inbound.rang(community, request.body, request.headers, key=key, now=now))

    def _not_placed(self, error: NotPlacedError, request: Request, now: datetime) -> Answer:
        community = error.found.community if error.found else ""
        if request.resource == HOOK:
            dial = error.dial
        else:
            who = self._who(request, now).tied(error.found.card if error.found else None)
            dial = who.may_dial(error.dial, community, request.path["resident_id"])
        language = _language(request)
        words = NOT_PLACED if dial else NOTHING_TO_DIAL
        return problem_answer(error, language=language, detail=words[language], dial=dial)

    def _who(self, request: Request, now: datetime) -> Known:
        """Who asks, as far as can be told: without the key, nobody is anybody."""
        try:
            authorization = request.headers.get("authorization", "")
            return known(authorization, key=self._get_key(key_named_in(authorization)), now=now)
        except ShouwangError:
            return Known()

    def _looked(self, who: Known, sight: Sight, now: datetime) -> None:
        """Write down that somebody looks at another's record, before it is shown. A press never waits for it:
        its answer shows no more than what was pressed and, where the table opens them, whom to dial.
        """
        if who.caller is not None and sight.parts:
            self._note(who.caller, sight, now)

    def _sees_own(self, request: Request, who: Known) -> bool:
        """Whether a change is answered with all there is; others read it, which is written down."""
        return who.is_welcome and who.is_self(request.path["resident_id"])

    def _signed_in(self, request: Request, now: datetime) -> Known:
        who = self._who(request, now)
        if who.session is Session.GOOD and who.caller is not None and who.caller.role not in MAY:
            raise ForbiddenError(f"A {who.caller.role} may not do this.")
        if not who.is_welcome:
            raise UnauthorizedError("Sign in to see this.")
        resident = request.path["resident_id"]
        if who.is_kin and who.speaks_for(resident):
            who = who.tied(self._one_key.stored_card(who.community, resident))
        return self._theirs(request, who)

    def _changed(self, request: Request, now: datetime, change: Callable[[Call, str], Call]) -> Answer:
        """A call as somebody changed it: a resident may with a session that has ended, others may not.

        If-Match is heeded when it is sent. When a press is merged in this instant, the change is made again.
        """
        who = self._who(request, now)
        if not who.is_self(request.path["resident_id"]):
            who = self._signed_in(request, now)
        name, seen = who.caller.name if who.caller else "", self._sees_own(request, who)
        for _ in range(TRIES - 1):
            with suppress(ExpectationError):
                return call_answer(change(self._to_change(request, who), name), seen=seen)
        return call_answer(change(self._to_change(request, who), name), seen=seen)

    def _to_change(self, request: Request, who: Known) -> Call:
        """The call as it stands. Raises StaleError when it isn't the one that is meant."""
        call = self._call(request, who)
        expected = request.headers.get("if-match", "*")
        if expected != "*" and etag_of(call) not in {tag.strip() for tag in expected.split(",")}:
            raise StaleError("The call has changed since you read it; read it again.")
        return call

    def _theirs(self, request: Request, who: Known) -> Known:
        """Who asks, about a resident of theirs. Any other is as if they weren't there."""
        if not who.speaks_for(request.path["resident_id"]):
            raise NotFoundError("There is no such resident here.")
        return who

    def _call(self, request: Request, who: Known) -> Call:
        if not is_id(request.path["resident_id"]):
            raise NotFoundError("There is no such resident here.")
        return self._one_key.call(who.community, request.path["resident_id"], request.path["call"])

    PATHS: ClassVar[dict[tuple[str, str], Callable[["Endpoint", Request, datetime], Answer]]] = {
        ("POST", CALLS): _press,
        ("GET", CALL): _read,
        ("PATCH", CALL): _locate,
        ("PUT", CANCELLATION): _cancel,
        ("GET", CARD): _card,
        ("POST", HOOK): _rang,
    }


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language", ""))
