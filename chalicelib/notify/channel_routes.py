"""How a community and a person are reached, over HTTP: providers, groups, quiet hours, browsers."""

from dataclasses import replace

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.endpoint import AnyCall, Call, IfMatch, NoQuery, Plain, endpoint
from chalicelib.http.rows import COMMUNITYS, MINE, NOBODYS
from chalicelib.kernel.caller import COORDINATORS, EVERYONE, Role
from chalicelib.kernel.errors import NotFoundError, RefusedError
from chalicelib.kernel.ids import is_id
from chalicelib.notify.boxes import box_of_caller
from chalicelib.notify.channel_views import (
    ChannelsAsk,
    ChannelsView,
    MyChannelsAsk,
    MyChannelsView,
    PushKeyView,
    SubscriptionAsk,
    SubscriptionView,
    channels_view,
    habits_of,
    quiet_of,
    steps_of,
    wishes_view,
)
from chalicelib.notify.model import Channel
from chalicelib.registry.people import Person

routes = Blueprint(__name__)
TOLD = EVERYONE - {Role.BOARD}
"""Those who may be told something; the big screen only shows."""


@routes.route("/community/channels", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS)
def read_channels(call: Plain) -> ChannelsView:
    """How the community reaches its people: providers, quiet hours, steps by severity, groups' robots."""
    return channels_view(wiring.notify.address_book().habits(call.caller.community, consistent=True))


@routes.route("/community/channels", methods=["PUT"], authorizer=signed_in)
@endpoint(
    routes, may=COORDINATORS, sees=COMMUNITYS, body=ChannelsAsk, if_match=IfMatch.REQUIRED,
    present=wiring.accounts.present,
)  # fmt: skip
def put_channels(call: Call[NoQuery, ChannelsAsk]) -> ChannelsView:
    """Replace how the community reaches its people. It holds from the next message on."""
    community = call.caller.community
    known = wiring.notify.address_book().habits(community, consistent=True)
    call.seen.must_be(known.version)
    habits = habits_of(call.body, version=known.version)
    return channels_view(wiring.notify.choosing().put_habits(community, habits))


@routes.route("/me/channels", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=TOLD, sees=MINE)
def read_my_channels(call: Plain) -> MyChannelsView:
    """How the caller is reached, and what they want otherwise than the community."""
    return _mine(call)


@routes.route("/me/channels", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=TOLD, sees=MINE, body=MyChannelsAsk, if_match=IfMatch.REQUIRED)
def put_my_channels(call: Call[NoQuery, MyChannelsAsk]) -> MyChannelsView:
    """Say how one wants to be reached. Quiet hours hold back neither severity 1 nor what comes on duty."""
    community, box = call.caller.community, box_of_caller(call.caller)
    known = wiring.notify.address_book().wishes(community, box)
    call.seen.must_be(known.version)
    wishes = replace(known, quiet=quiet_of(call.body.quiet), steps=steps_of(call.body.steps))
    wiring.notify.choosing().put_wishes(community, box, wishes)
    return _mine(call)


@routes.route("/me/push-subscriptions/{subscription_id}", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=TOLD, sees=MINE, body=SubscriptionAsk, present=wiring.accounts.present)
def put_push_subscription(call: Call[NoQuery, SubscriptionAsk], subscription_id: str) -> SubscriptionView:
    """Be pushed to in this browser, under an id that the app makes and keeps. Again replaces it.

    It ends with the sign-in.
    """
    if not is_id(subscription_id):
        raise RefusedError(
            "An id has 1 to 40 of a-z, 0-9 and -.",
            pointer="/subscription_id",
            zh="编号由 1 到 40 个 a-z、0-9 和 - 组成。",
        )
    asked, caller = call.body, call.caller
    keys = {"p256dh": asked.keys.p256dh, "auth": asked.keys.auth}
    wiring.notify.choosing().subscribe(
        caller.community, box_of_caller(caller), subscription_id, asked.endpoint, keys,
        session=caller.session,
    )  # fmt: skip
    return SubscriptionView(id=subscription_id, pushed=True)


@routes.route("/me/push-subscriptions/{subscription_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=TOLD, sees=MINE)
def delete_push_subscription(call: Plain, subscription_id: str) -> SubscriptionView:
    """Be pushed to there no more. Again changes nothing."""
    caller = call.caller
    wiring.notify.choosing().unsubscribe(caller.community, box_of_caller(caller), subscription_id)
    return SubscriptionView(id=subscription_id, pushed=False)


@routes.route("/push-key", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=EVERYONE, sees=NOBODYS)
def read_push_key(call: Plain) -> PushKeyView:
    """The deployment's public VAPID key, for which browsers subscribe."""
    return PushKeyView(public_key=wiring.notify.public_push_key())


def _mine(call: AnyCall) -> MyChannelsView:
    community, box = call.caller.community, box_of_caller(call.caller)
    return wishes_view(wiring.notify.address_book().wishes(community, box), _urgent_by(call))


def _urgent_by(call: AnyCall) -> list[Channel]:
    """Through what the caller is told of severity 1, the app's own inbox last."""
    person = _person(call)
    if person is None:
        return [Channel.INBOX]
    try:
        community = wiring.registry.community(person.community)
    except NotFoundError:
        return [Channel.INBOX]
    (found,) = wiring.notify.address_book().recipients(community, [person])
    return [*found.channels(1), Channel.INBOX]


def _person(call: AnyCall) -> Person | None:
    caller = call.caller
    if caller.role is not Role.RESIDENT:
        known: Person | None = wiring.registry.people().get(caller.community, caller.name)
        return known
    resident = wiring.registry.resident_store().get(caller.community, caller.name)
    if resident is None:
        return None
    return Person(resident.id, resident.community, resident.name, Role.RESIDENT, resident.phone)
