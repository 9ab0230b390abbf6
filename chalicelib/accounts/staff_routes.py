"""What staff do for others' sign-ins, over HTTP: invitations, handsets, and ending a sign-in.

Whoever hands out keys must be signed in at this moment: a stolen phone that was signed out can't invite
anybody in the minutes that its token has left.
"""

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.invitations import Invitation
from chalicelib.accounts.people import Newcomer
from chalicelib.accounts.phones import e164
from chalicelib.accounts.triggers import signed_in
from chalicelib.accounts.views import (
    EndedView,
    HandedView,
    InvitationAsk,
    InvitationsView,
    InvitationView,
    SessionsView,
    SessionView,
)
from chalicelib.http.endpoint import AnyCall, Call, KeyUse, NoQuery, Plain, Repeated, endpoint
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import COORDINATORS, STAFF
from chalicelib.kernel.clock import rfc3339

routes = Blueprint(__name__)


@routes.route("/invitations", methods=["POST"], authorizer=signed_in)
@endpoint(
    routes, may=STAFF, sees=COMMUNITYS, body=InvitationAsk, status=201, present=wiring.accounts.present,
    repeated=Repeated("The same key gives the same invitation and code.", KeyUse.REQUIRED),
)  # fmt: skip
def invite(call: Call[NoQuery, InvitationAsk]) -> HandedView:
    """Invite kin of a resident, or a volunteer. The code goes to them by hand, and opens with their number.

    It is good once, for 7 days.
    """
    caller, asked = call.caller, call.body
    newcomer = Newcomer(
        caller.community, asked.role, asked.name.strip(), tuple(dict.fromkeys(asked.residents)),
        asked.relation, asked.grid, asked.language,
    )  # fmt: skip
    handed = wiring.accounts.invitations().invite(
        newcomer, e164(asked.phone), by=caller.name, once=call.key, now=call.now
    )
    return HandedView.of(handed)


@routes.route("/invitations", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def list_invitations(call: Plain) -> InvitationsView:
    """The invitations that wait for somebody."""
    return _waiting(call)


@routes.route("/invitations/{invitation_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, present=wiring.accounts.present)
def withdraw_invitation(call: Plain, invitation_id: str) -> InvitationsView:
    """Take an invitation back; answers those that are left."""
    wiring.accounts.invitations().withdraw(call.caller.community, invitation_id, now=call.now)
    return _waiting(call)


@routes.route("/residents/{resident_id}/handset-pairings", methods=["POST"], authorizer=signed_in)
@endpoint(
    routes, may=STAFF, sees=COMMUNITYS, status=201, present=wiring.accounts.present,
    repeated=Repeated("The same key gives the same code while it lasts.", KeyUse.REQUIRED),
)  # fmt: skip
def offer_pairing(call: Plain, resident_id: str) -> HandedView:
    """A code of ten digits that pairs a handset with a resident: once, within 10 minutes, in 5 tries."""
    caller = call.caller
    handed = wiring.accounts.handsets().offer(
        caller.community, resident_id, by=caller.name, once=call.key, now=call.now
    )
    return HandedView.of(handed)


@routes.route("/residents/{resident_id}/handsets", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def list_handsets(call: Plain, resident_id: str) -> SessionsView:
    """A resident's handsets that are signed in, newest first."""
    found = wiring.accounts.handsets().of(call.caller.community, resident_id, now=call.now)
    if found:
        wiring.sight.listed(call.caller, [resident_id], call.now)
    return SessionsView(items=[SessionView.of(session, this="") for session in found])


@routes.route("/handsets/{handset_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, present=wiring.accounts.present)
def revoke_handset(call: Plain, handset_id: str) -> EndedView:
    """Sign a handset out, such as a lost one. Its 1 key still calls, and tells nothing."""
    wiring.accounts.handsets().revoke(call.caller.community, handset_id, now=call.now)
    return EndedView(ended=1)


@routes.route("/people/{person_id}/sessions", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, present=wiring.accounts.present)
def sign_out_person(call: Plain, person_id: str) -> EndedView:
    """Sign a person of the community out everywhere, such as one whose phone was stolen."""
    caller = call.caller
    ended = wiring.accounts.sign_out_person(caller.community, person_id, now=call.now)
    return EndedView(ended=ended)


def _waiting(call: AnyCall) -> InvitationsView:
    found = wiring.accounts.invitations().of(call.caller.community, now=call.now)
    return InvitationsView(items=[_view(invitation) for invitation in found])


def _view(invitation: Invitation) -> InvitationView:
    who = invitation.newcomer
    return InvitationView(
        id=invitation.id,
        role=who.role,
        name=who.name,
        residents=list(who.residents),
        made_by=invitation.made_by,
        ends_at=rfc3339(invitation.ends_at),
    )
