"""The authorizer in front of every route, and the queue of codes that are to be sent."""

from chalice.app import AuthRequest, AuthResponse, Blueprint, SQSEvent

from chalicelib import wiring
from chalicelib.accounts.model import TokenError
from chalicelib.kernel import clock
from chalicelib.kernel.observe import count, observed

triggers = Blueprint(__name__)


@triggers.authorizer(name="signed_in", ttl_seconds=300)
def signed_in(request: AuthRequest) -> AuthResponse:
    """Let in whoever holds a live token of ours; the routes then decide what they may see."""
    scheme, _, token = (request.token or "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise TokenError
        caller = wiring.accounts.verified(token, now=clock.now())
    except TokenError:
        return AuthResponse(routes=[], principal_id="nobody")
    return AuthResponse(routes=["*"], principal_id=caller.name, context=caller.context())


@triggers.on_sqs_message(queue="codes", name="codes", batch_size=1)
@observed
def codes(event: SQSEvent) -> None:
    """Send a one-time code to whoever asked for one, if somebody here has that number."""
    for record in event:
        count(f"Codes_{wiring.accounts.deliver_code(record.body, now=clock.now())}")
