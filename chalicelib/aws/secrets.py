"""Secrets Manager: secrets are fetched by name where they are used, and kept a few minutes in memory only."""

import time
from dataclasses import dataclass, field

import botocore.session

KEPT_SECONDS = 300
RENEWED_SECONDS = 1
"""Not asked for again sooner, whoever wants a newer one."""


@dataclass(slots=True)
class Secrets:
    """The account's secrets. A rotated one is noticed within five minutes."""

    _found: dict[str, tuple[float, str]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A secret's text by its name or ARN."""
        found = self._found.get(name)
        if found is None or time.monotonic() - found[0] > KEPT_SECONDS:
            client = botocore.session.get_session().create_client("secretsmanager")
            found = (time.monotonic(), client.get_secret_value(SecretId=name)["SecretString"])
            self._found[name] = found
        return found[1]

    def renew(self, name: str) -> bool:
        """Forget a secret, so that it is fetched anew; False when it was fetched a moment ago."""
        found = self._found.get(name)
        if found is not None and time.monotonic() - found[0] < RENEWED_SECONDS:
            return False
        self._found.pop(name, None)
        return True
