"""Secrets Manager: secrets are fetched by name where they are used, and kept a few minutes in memory only."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

KEPT_SECONDS = 300
RENEWED_SECONDS = 5
"""Not asked for again sooner, whoever wants a newer one: a forged token names a key that nobody has."""
PATIENT = Config(
    connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
)  # fmt: skip


def fetcher(config: Config = PATIENT) -> Callable[[str], str]:
    """Fetches secrets. Raises BotoCoreError, ClientError."""

    def fetch(name: str) -> str:
        client = botocore.session.get_session().create_client("secretsmanager", config=config)
        return str(client.get_secret_value(SecretId=name)["SecretString"])

    return fetch


@dataclass(slots=True)
class Secrets:
    """The account's secrets. A rotated one is noticed within five minutes; while none can be fetched, an old
    one is better than none. `stopwatch` counts seconds.
    """

    fetch: Callable[[str], str] = field(default_factory=fetcher)
    stopwatch: Callable[[], float] = time.monotonic
    _found: dict[str, tuple[float, str]] = field(default_factory=dict)

    def get(self, name: str, *, newest: bool = False) -> str:
        """A secret's text by its name or ARN; the `newest` is one that was fetched just now.

        Raises BotoCoreError, ClientError when it can't be fetched and never was.
        """
        found, now = self._found.get(name), self.stopwatch()
        if found is None or now - found[0] >= (RENEWED_SECONDS if newest else KEPT_SECONDS):
            found = self._found[name] = (now, self._fetched(name, found))
        return found[1]

    def _fetched(self, name: str, found: tuple[float, str] | None) -> str:
        try:
            return self.fetch(name)
        except (BotoCoreError, ClientError):
            if found is None:
                raise
            return found[1]
