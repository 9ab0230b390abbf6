"""A resident and a volunteer may have one id. Neither ever reads, answers or loses what is the other's."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chalicelib import wiring
from chalicelib.kernel.caller import Role
from chalicelib.kernel.ids import ID_PATTERN, is_id
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.boxes import box_of, box_of_resident, whose
from chalicelib.notify.model import Message, Recipient, Words
from chalicelib.registry.holdings import Subject
from chalicelib.registry.people import Person
from tests.api import Service

ids = st.from_regex(ID_PATTERN, fullmatch=True)


@given(ids, ids, st.sampled_from(Role))
def test_no_two_share_a_box(one: str, other: str, role: Role) -> None:
    boxes = {box_of_resident(one), box_of(role, other)}
    assert len(boxes) == (1 if role is Role.RESIDENT and one == other else 2)
    assert whose(box_of_resident(one)) == one
    assert whose(box_of(role, other)) == other
    assert not is_id(box_of_resident(one))


def tell(api: Service, role: Role, text: str) -> None:
    box, words = box_of(role, "wang"), {language: Words(text, text, "") for language in LANGUAGES}
    recipient = Recipient(box, "xinghe", wiring.registry.community("xinghe").zone)
    message = Message(text, "xinghe", box, 3, "look_in", words)
    wiring.notify.notifier().send(message, recipient, api.now)


def told(api: Service, role: Role) -> list[str]:
    items = api.get("/v1/me/notifications", role=role, name="wang").body["items"]
    return [item["title"] for item in items]


def test_each_reads_their_own_and_erasing_one_leaves_the_others(api: Service) -> None:
    tell(api, Role.RESIDENT, "to the resident")
    tell(api, Role.VOLUNTEER, "to the volunteer")
    assert told(api, Role.RESIDENT) == ["to the resident"]
    assert told(api, Role.VOLUNTEER) == told(api, Role.KIN) == ["to the volunteer"]
    holdings = next(one for one in wiring.privacy.everything().holdings if one.name == "notifications")
    subject, now = Subject("xinghe", "wang", "h001", (), False), datetime.now(UTC)
    assert [line["words"]["en"]["title"] for line in holdings.about(subject, now=now)] == ["to the resident"]
    holdings.erase(subject, {}, now=now)
    assert (told(api, Role.RESIDENT), told(api, Role.VOLUNTEER)) == ([], ["to the volunteer"])


def test_a_public_screen_shows_nobodys_messages_whatever_its_token_is_called(api: Service) -> None:
    tell(api, Role.VOLUNTEER, "to the volunteer")
    wiring.registry.people().put_many([Person("wang", "xinghe", "王桂英", Role.VOLUNTEER)])
    screen, me = (api.get(f"/v1/{path}", role=Role.BOARD, name="wang").body for path in ("home", "me"))
    assert told(api, Role.BOARD) == screen["notifications"] == []
    assert me["name"] == "wang"
