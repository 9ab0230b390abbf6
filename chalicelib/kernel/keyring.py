"""The keys that sign. The first one signs; the ones after it still open what they once signed. Pure."""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.kernel.ids import digest

KEPT = 2
"""The current key and the one before it."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys, newest first; at least one."""

    keys: tuple[str, ...]

    @classmethod
    def read(cls, secret: str) -> "KeyRing":
        """The keys out of a secret: one a line, newest first. Raises ValueError when there is none."""
        keys = tuple(line.strip() for line in secret.splitlines() if line.strip())
        if not keys:
            raise ValueError("The secret holds no key.")
        return cls(keys)

    @property
    def current(self) -> str:
        """The key that signs."""
        return self.keys[0]

    def named(self, name: object) -> str | None:
        """The key of that name (a token's `kid`), if it is still kept."""
        return next((key for key in self.keys if key_id(key) == name), None)

    def rotated(self, new: str) -> str:
        """The secret in which `new` signs and the current key is still accepted."""
        return "\n".join((new, *self.keys)[:KEPT])


NEWEST = "newest"
"""No key's name: whoever asks for keys that know it gets what holds now."""


class Keys(Protocol):
    """Where keys come from. A process keeps them for minutes, while another may sign with a new one."""

    def __call__(self, knowing: str = "") -> KeyRing:
        """The keys; read anew if none of them is named `knowing`. It may be unknown even then."""


def key_id(key: str) -> str:
    """A public name for a signing key."""
    return digest("token-key", key, length=8)
