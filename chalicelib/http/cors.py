"""Which other origins' pages may use the API (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol). Pure.

None by default: our own pages come from our own origin, and the mobile apps have none.
"""

from collections.abc import Collection, Iterable

ALLOWED_HEADERS = "Authorization, Content-Type, Accept-Language, Idempotency-Key, If-Match, If-None-Match"
EXPOSED_HEADERS = "ETag, Location, Retry-After, Content-Language, Idempotency-Replayed, WWW-Authenticate"
MAX_AGE_SECONDS = 7200
"""As long as any browser keeps a preflight's answer."""


_NONE: frozenset[str] = frozenset()


def read_origins(text: str) -> frozenset[str]:
    """Origins such as `https://a.example, https://b.example`, or `*` for all; empty for none."""
    if not text:
        return _NONE
    return frozenset(part.strip() for part in text.split(",")) - {""}


def cors_headers(origin: str | None, allowed: Collection[str]) -> dict[str, str]:
    """What an answer tells a page of `origin`; nothing when no other origin may use the API."""
    if not allowed:
        return {}
    if "*" in allowed:
        return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED_HEADERS}
    if origin not in allowed:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin or "",
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
        "Vary": "Origin",
    }


def options_headers(methods: Iterable[str], *, wants: str | None) -> dict[str, str]:
    """What OPTIONS tells of an address; to a preflight, which `wants` a method, also what may be sent."""
    allow = ", ".join(sorted({*methods, "OPTIONS"}))
    headers = {"Allow": allow, "Cache-Control": "no-store"}
    if wants:
        headers["Access-Control-Allow-Methods"] = allow
        headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        headers["Access-Control-Max-Age"] = str(MAX_AGE_SECONDS)
    return headers
