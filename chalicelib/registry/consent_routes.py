"""A resident's consents over HTTP, and the proxy who may choose for them."""

from typing import Literal

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.endpoint import Ask, Call, IfMatch, Instant, NoQuery, Plain, Versioned, View, endpoint
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.sight import Part
from chalicelib.registry.consent import Audience, Choice, Consents, DataKind, How
from chalicelib.registry.proxies import must_be_able_to_stand_in

routes = Blueprint(__name__)

THEIRS = frozenset({Role.RESIDENT, Role.KIN, Role.COORDINATOR})
"""The resident, a proxy they named, and the coordinator, who takes down what they sign on paper."""
SELF_OR_COORDINATOR = THEIRS - {Role.KIN}
CONSENTS = wiring.sight.a_resident(Part.CONSENT)


class ConsentView(View):
    """Whether data of a kind is for an audience; by the enrolment agreement until somebody chose."""

    kind: DataKind
    audience: Audience
    granted: bool
    by_agreement: bool
    at: Instant | None
    given_by: str | None
    recorded_by: str | None
    how: How | None


class ConsentsView(Versioned):
    """All consents of a resident. A running process may go on storing for five minutes after a no.

    `names` are those of people whose ids stand in it, by id.
    """

    resident: str
    proxy: str | None
    names: dict[str, str]
    version: int
    items: list[ConsentView]


class ChoiceAsk(Ask):
    """Yes or no. What staff type in, the resident (or the proxy) has signed on paper: `signed_by`."""

    granted: bool
    signed_by: Literal["resident", "proxy"] = "resident"


class ProxyAsk(Ask):
    """Who may choose for the resident: a person's id; null for nobody."""

    person: str | None


@routes.route("/residents/{resident_id}/consents", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=THEIRS, sees=CONSENTS)
def read_consents(call: Plain, resident_id: str) -> ConsentsView:
    """What a resident allows, kind by kind and for each audience."""
    return _view(wiring.privacy.consenting().of(call.caller.community, resident_id))


@routes.route("/residents/{resident_id}/consents/{kind}/{audience}", methods=["PUT"], authorizer=signed_in)
@endpoint(
    routes,
    may=THEIRS,
    sees=CONSENTS,
    body=ChoiceAsk,
    if_match=IfMatch.REQUIRED,
    present=wiring.accounts.in_person,
)
def put_consent(
    call: Call[NoQuery, ChoiceAsk], resident_id: str, kind: DataKind, audience: Audience
) -> ConsentsView:
    """Give or take back consent. Without it data is neither stored nor judged; what was stored goes."""
    consenting, community = wiring.privacy.consenting(), call.caller.community
    known = consenting.of(community, resident_id)
    call.seen.must_be(known.version)
    giver, how = known.giver(
        call.caller.name,
        is_staff=call.caller.role is Role.COORDINATOR,
        signed_by_proxy=call.body.signed_by == "proxy",
    )
    choice = Choice(kind, audience, call.body.granted, call.now, giver, call.caller.name, how)
    return _view(consenting.choose(community, resident_id, choice, now=call.now))


@routes.route("/residents/{resident_id}/proxy", methods=["PUT"], authorizer=signed_in)
@endpoint(
    routes,
    may=SELF_OR_COORDINATOR,
    sees=CONSENTS,
    body=ProxyAsk,
    if_match=IfMatch.REQUIRED,
    present=wiring.accounts.in_person,
)
def put_proxy(call: Call[NoQuery, ProxyAsk], resident_id: str) -> ConsentsView:
    """Name a relative who may choose for the resident. Struck off the list of kin, they no longer may."""
    consenting, community = wiring.privacy.consenting(), call.caller.community
    call.seen.must_be(consenting.of(community, resident_id).version)
    proxy = call.body.person or ""
    if proxy:
        resident = wiring.registry.residents().get(community, resident_id)
        must_be_able_to_stand_in(resident, wiring.registry.people().get(community, proxy), proxy)
    return _view(consenting.name_proxy(community, resident_id, proxy, by=call.caller.name, now=call.now))


def _view(consents: Consents) -> ConsentsView:
    return ConsentsView(
        resident=consents.resident,
        proxy=consents.proxy or None,
        names=wiring.registry.names(consents.community, _people_in(consents)),
        version=consents.version,
        items=[_one(consents, kind, audience) for kind in DataKind for audience in Audience],
    )


def _people_in(consents: Consents) -> set[str]:
    chosen = {who for one in consents.choices.values() for who in (one.given_by, one.recorded_by)}
    return {consents.resident, consents.proxy, *chosen} - {""}


def _one(consents: Consents, kind: DataKind, audience: Audience) -> ConsentView:
    choice = consents.choices.get((kind, audience))
    return ConsentView(
        kind=kind,
        audience=audience,
        granted=consents.allows(kind, audience),
        by_agreement=choice is None,
        at=rfc3339(choice.at) if choice else None,
        given_by=choice.given_by if choice else None,
        recorded_by=choice.recorded_by if choice else None,
        how=choice.how if choice else None,
    )
