"""Entity tags: `"7.c3f…"` is version 7 of a thing, in the very bytes that were sent; `"c3f…"` has no version.

If-None-Match is held against the whole tag, so a client never keeps a text that has changed, be it only by
the hour. If-Match is held against the version, since that alone says whether the *thing* has changed.
"""

from dataclasses import dataclass
from hashlib import blake2b

from chalicelib.http.shapes import Versioned, View
from chalicelib.kernel.errors import StaleError

ANY = "*"


def etag_of(view: View, body: str) -> str:
    """The tag of a view that is sent as `body`."""
    version = f"{view.version}." if isinstance(view, Versioned) else ""
    return f'"{version}{blake2b(body.encode(), digest_size=12).hexdigest()}"'


def tags(header: str | None) -> frozenset[str]:
    """The tags in an If-Match or If-None-Match header, without the marks of weakness that gateways add."""
    return frozenset(tag.strip().removeprefix("W/") for tag in (header or "").split(",")) - {""}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the caller says they saw before they change it: without If-Match, or with `*`, all the same."""

    versions: frozenset[str] | None = None

    @classmethod
    def of(cls, header: str | None) -> "Seen":
        """What an If-Match header says."""
        told = tags(header)
        if not told or ANY in told:
            return cls()
        return cls(frozenset(tag.strip('"').partition(".")[0] for tag in told))

    def must_be(self, version: int) -> None:
        """Raises StaleError when the thing, now at `version`, isn't what the caller saw."""
        if self.versions is not None and str(version) not in self.versions:
            raise StaleError(
                "It has changed since you read it; read it again, then change it.",
                zh="您看过之后内容又有变化，请重新读取后再改。",
            )
