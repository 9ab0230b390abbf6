"""The commands about sign-ins, on a stack in memory."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from chalicelib import wiring
from chalicelib.kernel.errors import ConflictError
from chalicelib.kernel.keyring import KeyRing
from infra.commands import codes, keys
from tests.builders import TOKEN_KEY, Town


class Vault:
    """Secrets Manager with one secret."""

    def __init__(self, changed: datetime) -> None:
        self.text, self.changed = TOKEN_KEY, changed

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        return {"SecretString": self.text}

    def put_secret_value(self, SecretString: str, **_: Any) -> None:  # noqa: N803 - boto3's own word
        self.text, self.changed = SecretString, datetime.now(UTC)

    def describe_secret(self, **_: Any) -> dict[str, datetime]:
        return {"LastChangedDate": self.changed}


class OneStack:
    """A stack of which only the vault is asked."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    def client(self, _: str) -> Vault:
        return self.vault

    def output(self, name: str) -> str:
        return name


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    town, found = Town(), Vault(datetime.now(UTC) - timedelta(days=1))
    wiring.use(town.on)
    for command in (codes, keys):
        monkeypatch.setattr(command, "connected", lambda: OneStack(found))
    yield found
    wiring.use(None)


def run(command: Any, *words: str) -> Any:
    told = CliRunner().invoke(command, [*words, "--json"], catch_exceptions=False)
    return json.loads(told.output)


def test_a_new_key_signs_and_the_one_before_stays_good(vault: Vault) -> None:
    before = run(keys.command)
    after = run(keys.command, "--rotate")
    assert after["accepted"] == [after["signs"], before["signs"]]
    assert KeyRing.read(vault.text).keys[1] == TOKEN_KEY


def test_two_changes_within_an_hour_need_a_reason(vault: Vault) -> None:
    first = run(keys.command, "--rotate")
    with pytest.raises(ConflictError, match="Wait an hour"):
        run(keys.command, "--rotate")
    second = run(keys.command, "--rotate", "--now")
    assert second["accepted"] == [second["signs"], first["signs"]]


def test_a_community_s_day_of_codes_is_shown_and_set(vault: Vault) -> None:
    assert run(codes.command, "--community", "xinghe") == {"sent_today": 0, "a_day": 500}
    assert run(codes.command, "--community", "xinghe", "--a-day", "50")["a_day"] == 50
    assert run(codes.command, "--community", "xinghe")["a_day"] == 50
