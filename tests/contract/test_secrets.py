"""Secrets are kept for minutes, fetched anew when one is missed, and an old one is better than none."""

from dataclasses import dataclass, field

import pytest
from botocore.exceptions import BotoCoreError, EndpointConnectionError

from chalicelib.aws.secrets import KEPT_SECONDS, RENEWED_SECONDS, Secrets


@dataclass
class Vault:
    """Secrets Manager, with one secret; it answers while it `works`."""

    secret: str = "first"
    works: bool = True
    now: float = 1000.0
    asked: list[float] = field(default_factory=list)

    def fetch(self, name: str) -> str:
        self.asked.append(self.now)
        if not self.works:
            raise EndpointConnectionError(endpoint_url="https://secrets.example")
        return self.secret

    def secrets(self) -> Secrets:
        return Secrets(self.fetch, lambda: self.now)


def test_a_secret_is_kept_for_minutes() -> None:
    vault = Vault()
    secrets = vault.secrets()
    assert secrets.get("key") == "first"
    vault.secret, vault.now = "second", vault.now + KEPT_SECONDS - 1
    assert secrets.get("key") == "first"
    vault.now += 1
    assert secrets.get("key") == "second"


def test_whoever_misses_a_newer_one_gets_it_and_who_makes_names_up_costs_little() -> None:
    vault = Vault()
    secrets = vault.secrets()
    secrets.get("key")
    vault.secret, vault.now = "second", vault.now + RENEWED_SECONDS
    assert secrets.get("key", newest=True) == "second"
    for _ in range(1000):
        assert secrets.get("key", newest=True) == "second"
    assert len(vault.asked) == 2


@pytest.mark.parametrize("newest", [False, True])
def test_while_none_can_be_fetched_an_old_one_is_better_than_none(newest: bool) -> None:
    vault = Vault()
    secrets = vault.secrets()
    secrets.get("key")
    vault.works, vault.now = False, vault.now + KEPT_SECONDS
    assert secrets.get("key", newest=newest) == "first"
    assert secrets.get("key", newest=newest) == "first"
    assert len(vault.asked) == 2  # nobody waits for it at every call
    vault.works, vault.secret, vault.now = True, "second", vault.now + KEPT_SECONDS
    assert secrets.get("key", newest=newest) == "second"


def test_without_an_old_one_the_fault_is_told() -> None:
    with pytest.raises(BotoCoreError):
        Vault(works=False).secrets().get("key")
