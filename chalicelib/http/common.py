"""What all operations share in the contract: headers, parameters, and the problem document."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.http.problems import PROBLEM_JSON
from chalicelib.http.words import TITLES

Doc = dict[str, Any]

PROBLEM_REFS = {
    400: "Malformed",
    401: "SignInFirst",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    412: "Stale",
    413: "TooLarge",
    415: "NotJson",
    422: "Invalid",
    428: "ReadFirst",
    429: "TooMany",
    500: "OurFault",
    503: "TryAgain",
}
"""The component that tells of each status."""

PLACES = {
    "absence_id": "An `id` of the home's `absences`.",
    "alarm_id": "An `id` of `GET /v1/alarms` or `/v1/cases`, or the `alarm` of a notification.",
    "audience": "For whose eyes.",
    "call": "The `id` that the press was answered with.",
    "cause": "The `cause` of the proposal.",
    "community": "The community's id, as in the address that `shouwang hook` prints.",
    "device_id": "A device's id, as in the home's `devices`.",
    "grid": "A grid's id; `-` for the whole community.",
    "grid_id": "A grid's id.",
    "handset_id": "An `id` of the resident's `handsets`.",
    "household_id": "A home's id, such as `h003`.",
    "invitation_id": "An `id` of `GET /v1/invitations`.",
    "kind": "The kind of data.",
    "override_id": "An `id` of `GET /v1/rota/overrides`.",
    "person_id": "The id of somebody who looks after the community.",
    "resident_id": "A resident's id, such as `r001`.",
    "script": "A module that the page names.",
    "severity": "1: someone may be dying. 2: someone should look in. 3: a task.",
    "subscription_id": "An id that the app made for this browser, and keeps.",
    "swap_id": "An `id` of `GET /v1/rota/swaps`.",
    "team_id": "A team's id.",
}
"""What stands in an address, by its name there."""


def _header(description: str, schema: Doc | None = None) -> Doc:
    return {"description": description, "schema": schema or {"type": "string"}}


def _parameter(name: str, description: str, *, required: bool = False, schema: Doc | None = None) -> Doc:
    return {"name": name, "in": "header", "required": required, **_header(description, schema)}


def _problem(status: int) -> Doc:
    told: Doc = {
        "description": f"{TITLES[status]['en']} · {TITLES[status]['zh-CN']}",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        told["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    if status == 401:
        told["headers"] = {"WWW-Authenticate": _header("`Bearer`.")}
    return told


PROBLEM: Doc = {
    "type": "object",
    "description": "What went wrong (RFC 9457). Programs go by `code`, people by `title` and `detail`.",
    "required": ["type", "title", "code"],
    "properties": {
        "type": {"type": "string", "description": "Always about:blank: the `code` says which problem it is."},
        "title": {"type": "string", "description": "In words, zh-CN or en as Accept-Language asks."},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string", "description": "This time in particular, and what to do next."},
        "instance": {"type": "string", "description": "Names this one occurrence; tell it when you ask us."},
        "errors": {
            "type": "array",
            "description": "Everything that is wrong with what was sent.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer (RFC 6901) into the body, or to a query parameter.",
                    },
                    "detail": {"type": "string"},
                },
            },
        },
        "moves": {
            "type": "array",
            "description": "With `illegal_move` of an alarm: what it may become.",
            "items": {"$ref": "#/components/schemas/State"},
        },
        "dial": {
            "type": "array",
            "description": "With 503 of a press: whom to call oneself, first to last.",
            "items": {"$ref": "#/components/schemas/Dial"},
        },
    },
    "examples": [
        {
            "type": "about:blank",
            "title": "请求里有不对的地方",
            "status": 422,
            "code": "invalid",
            "detail": "/limit：不能大于 100",
            "errors": [{"pointer": "/limit", "detail": "不能大于 100"}],
        }
    ],
}

COMPONENTS: Doc = {
    "securitySchemes": {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token, or a device's.",
        }
    },
    "parameters": {
        "AcceptLanguage": _parameter("Accept-Language", "zh-CN (default) or en."),
        "IfNoneMatch": _parameter("If-None-Match", "An ETag that you have; 304 if nothing has changed."),
        "IfMatch": _parameter(
            "If-Match",
            "The ETag of what you read and now change; 412 if it has changed since, 428 without it.",
            required=True,
        ),
        "IfMatchIfYouLike": _parameter("If-Match", "The ETag of what you saw; 412 if it has changed since."),
        "IdempotencyKey": _parameter(
            "Idempotency-Key",
            "A new random text for each new thing, the same when you send it again: for 24 hours it is made "
            "once and answered alike. 409 while the first is under way, 422 with another body.",
            required=True,
            schema={"type": "string", "minLength": 1, "maxLength": 255},
        ),
        "Timestamp": _parameter("Shouwang-Timestamp", "Unix seconds; at most five minutes off."),
        "Signature": _parameter("Shouwang-Signature", "`v1=` and the hex HMAC-SHA-256 of `timestamp.body`."),
        "IdempotencyKeyIfYouLike": _parameter("Idempotency-Key", "The same when you send it again."),
        "IdempotencyKeyUnguessable": _parameter(
            "Idempotency-Key",
            "If you like: a new random text that nobody guesses, the same when you send it again; 400 for a "
            "shorter one.",
            schema={"type": "string", "minLength": 16, "maxLength": 255},
        ),
    },
    "headers": {
        "ETag": _header("Of exactly this answer; send it as If-None-Match, or as If-Match to change it."),
        "Location": _header("Where the new thing is."),
        "RetryAfter": _header("Seconds after which to try again.", {"type": "integer"}),
    },
    "responses": {
        "NotModified": {
            "description": "You have it already.",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
        },
        **{name: _problem(status) for status, name in PROBLEM_REFS.items()},
        "Problem": {
            "description": "Any other problem.",
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    },
}
"""Components by their kind, without the shapes."""


def problem_shape(codes: Mapping[int, Sequence[str]]) -> Doc:
    """The problem document, with the codes that there are by status."""
    told = "; ".join(f"{status} {', '.join(codes[status])}" for status in sorted(codes))
    code = {"type": "string", "description": f"Stable; new ones may be added. Now: {told}."}
    return {**PROBLEM, "properties": {**PROBLEM["properties"], "code": code}}
