"""The authorizer in front of every route."""

from chalice.app import AuthRequest, AuthResponse, Blueprint

from chalicelib import wiring
from chalicelib.accounts.model import TokenError
from chalicelib.kernel import clock

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
