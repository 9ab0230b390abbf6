"""Signing in, staying signed in and signing out, over HTTP.

What is open to all here checks its caller itself: by a code, or by a refresh token. None of it is kept for
repeated requests (Idempotency-Key), since the answers hold tokens; each says how a repeat ends.
"""

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.people import Account
from chalicelib.accounts.phones import e164
from chalicelib.accounts.service import Choice, Proof
from chalicelib.accounts.sessions import SHORTEST_KEY, As
from chalicelib.accounts.triggers import signed_in
from chalicelib.accounts.views import (
    AccountView,
    CodeAsk,
    CodeView,
    EndedView,
    PairAsk,
    RefreshAsk,
    SessionsView,
    SessionView,
    SignedInView,
    SignInAsk,
    instants,
)
from chalicelib.http.endpoint import PUBLIC, Call, KeyUse, NoQuery, Plain, Repeated, endpoint
from chalicelib.http.rows import MINE, NOBODYS
from chalicelib.kernel.caller import EVERYONE, Role

routes = Blueprint(__name__)

ASKED_AGAIN = Repeated("Within 60 seconds it is refused, and the first code stays good.")
OPENS_ONCE = Repeated("A code opens once; when the answer was lost, ask for a new one.")
REFRESHED_AGAIN = Repeated("Under the same key the same tokens once more.", KeyUse.HEEDED, SHORTEST_KEY)


@routes.route("/sign-in-codes", methods=["POST"])
@endpoint(routes, may=PUBLIC, sees=NOBODYS, body=CodeAsk, status=202, repeated=ASKED_AGAIN)
def ask_for_code(call: Call[NoQuery, CodeAsk]) -> CodeView:
    """Have a one-time code sent by SMS. The answer, and the time it takes, is the same for every number.

    Again after 60 seconds; 429 with Retry-After before that, and after 5 an hour or 10 a day for a number.
    """
    asked = wiring.accounts.sign_in().ask(
        e164(call.body.phone), address=call.address, language=call.language, now=call.now
    )
    return instants(asked.resend_at, asked.ends_at)


@routes.route("/sessions", methods=["POST"])
@endpoint(routes, may=PUBLIC, sees=NOBODYS, body=SignInAsk, repeated=OPENS_ONCE, proves=True)
def sign_in(call: Call[NoQuery, SignInAsk]) -> SignedInView:
    """Sign in with a number and its code. A code is good for 5 minutes and 5 tries, and opens once."""
    asked = call.body
    proof = Proof(e164(asked.phone), asked.code, asked.account, asked.invitation, asked.label)
    found = wiring.accounts.sign_in().enter(proof, address=call.address, now=call.now)
    return SignedInView.choice(list(found.accounts)) if isinstance(found, Choice) else SignedInView.of(found)


@routes.route("/sessions/refresh", methods=["POST"])
@endpoint(routes, may=PUBLIC, sees=NOBODYS, body=RefreshAsk, repeated=REFRESHED_AGAIN, proves=True)
def refresh_session(call: Call[NoQuery, RefreshAsk]) -> SignedInView:
    """New tokens for the newest refresh token. One that comes again ends the session, for whoever holds it.

    The same request under the same Idempotency-Key is answered again: send a new random one with each
    refresh, of 16 characters or more. A handset's refresh token stays the same.
    """
    asked = call.body
    return SignedInView.of(
        wiring.accounts.sessions().refresh(
            asked.refresh_token, account=asked.account, retry_key=call.key, now=call.now
        )
    )


@routes.route("/handsets", methods=["POST"])
@endpoint(routes, may=PUBLIC, sees=NOBODYS, body=PairAsk, status=201, repeated=OPENS_ONCE, proves=True)
def pair_handset(call: Call[NoQuery, PairAsk]) -> SignedInView:
    """Sign a resident's own telephone or tablet in with the code that staff show, once, within 10 minutes."""
    asked = call.body
    granted = wiring.accounts.handsets().pair(
        asked.code, label=asked.label, address=call.address, now=call.now
    )
    wiring.accounts.paired(granted.session, now=call.now)  # before it is handed out
    return SignedInView.of(granted)


@routes.route("/me", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=EVERYONE, sees=MINE)
def read_me(call: Plain) -> AccountView:
    """Who the token says the caller is, and whom they speak for."""
    caller = call.caller
    who = As(caller.community, caller.role, caller.name)
    is_somebody = caller.role is not Role.BOARD  # whatever a public screen's token is called
    name = (is_somebody and wiring.accounts.name_of(who)) or caller.name
    account = Account(who, name, grid=caller.grid, residents=caller.residents, households=caller.households)
    return AccountView.of(account)


@routes.route("/sessions", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=EVERYONE, sees=MINE)
def list_sessions(call: Plain) -> SessionsView:
    """Where the caller is signed in, newest first."""
    this = call.caller.session
    found = wiring.accounts.sessions().mine(this, now=call.now) if this else []
    return SessionsView(items=[SessionView.of(session, this=this) for session in found])


@routes.route("/sessions/current", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=EVERYONE, sees=MINE)
def sign_out(call: Plain) -> EndedView:
    """Sign out here. Again changes nothing."""
    return EndedView(ended=int(wiring.accounts.sessions().sign_out(call.caller.session, now=call.now)))


@routes.route("/sessions", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=EVERYONE, sees=MINE)
def sign_out_everywhere(call: Plain) -> EndedView:
    """Sign out everywhere: all phones and browsers, in every role of the same number."""
    return EndedView(ended=wiring.accounts.sessions().sign_out_everywhere(call.caller.session, now=call.now))
