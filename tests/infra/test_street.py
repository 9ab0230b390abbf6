"""The demo's street: whoever its people call has somebody behind every rung."""

from pathlib import Path
from typing import cast

import pytest

from chalicelib import wiring
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Role
from chalicelib.kernel.phones import phone_name
from infra.simulator.story import Story
from infra.simulator.street import RELATIVES_PHONES, ZONE, Street
from infra.stack import Stack
from tests.api import Service


@pytest.fixture
def street(api: Service, tmp_path: Path) -> Street:
    found = Street.make(cast(Stack, None), tmp_path, households=5, seed=1, now=clock.now())
    found.enrol()
    found.staff()
    return found


def test_whoever_presses_and_whoever_is_quiet_have_a_family_that_can_sign_in(street: Street) -> None:
    accounts = [
        account
        for phone in RELATIVES_PHONES
        for account in wiring.registry.directory().accounts(phone_name(phone))
        if account.who.community == street.community
    ]
    assert {account.who.role for account in accounts} == {Role.KIN}
    assert [account.households for account in accounts[:2]] == [(street.presser.id,), (street.quiet.id,)]


def test_a_relative_is_named_and_a_number_for_a_name_is_not_shown(street: Street) -> None:
    people = street.people()
    assert Story(street.community, ZONE, people).name("lin-xia") == "林霞 Lin Xia"
    invited = {"k-3nt7q0d2m4xz": people["lin-xia"]}
    assert Story(street.community, ZONE, invited).name("k-3nt7q0d2m4xz") == "林霞"
