"""Idempotency-Key: what creates something creates it once, however often it is sent."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.app import AuthResponse, Blueprint, Chalice
from chalice.test import Client

from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.memos import MemoStore
from chalicelib.aws.schema import DEADLINES
from chalicelib.http.application import complete
from chalicelib.http.endpoint import DECLARED, Ask, Call, Creates, NoQuery, View, endpoint
from chalicelib.http.once import KEPT, LONGEST_RUN, Once
from chalicelib.http.problems import KeyInUseError, KeyMissingError, KeyReusedError
from chalicelib.http.rows import NOBODYS
from chalicelib.kernel.caller import EVERYONE
from chalicelib.kernel.errors import ConflictError

NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)
MINE = ("create_note", "xinghe", "Li")


@pytest.fixture
def once() -> Once:
    return Once(MemoStore(MemoryTable(DEADLINES)))


def test_the_first_answer_is_given_again_for_a_day(once: Once) -> None:
    first = once.turn("k", scope=MINE, request="a", now=NOON)
    assert first.answer is None
    first.done("made", now=NOON)
    later = NOON + KEPT - timedelta(seconds=1)
    assert once.turn("k", scope=MINE, request="a", now=later).answer == "made"
    assert once.turn("k", scope=MINE, request="a", now=NOON + KEPT).answer is None


def test_while_it_runs_others_are_told_to_wait(once: Once) -> None:
    once.turn("k", scope=MINE, request="a", now=NOON)
    with pytest.raises(KeyInUseError):
        once.turn("k", scope=MINE, request="a", now=NOON + timedelta(seconds=1))


def test_one_that_died_on_the_way_may_be_tried_again(once: Once) -> None:
    once.turn("k", scope=MINE, request="a", now=NOON)
    assert once.turn("k", scope=MINE, request="a", now=NOON + LONGEST_RUN).answer is None


def test_one_that_failed_may_be_tried_again_at_once(once: Once) -> None:
    once.turn("k", scope=MINE, request="a", now=NOON).failed()
    assert once.turn("k", scope=MINE, request="a", now=NOON).answer is None


@pytest.mark.parametrize("is_done", [True, False])
def test_another_request_with_the_same_key_is_refused(once: Once, is_done: bool) -> None:
    turn = once.turn("k", scope=MINE, request="a", now=NOON)
    if is_done:
        turn.done("made", now=NOON)
    with pytest.raises(KeyReusedError):
        once.turn("k", scope=MINE, request="b", now=NOON)


@pytest.mark.parametrize("other", [("create_note", "xinghe", "Wang"), ("create_list", "xinghe", "Li")])
def test_a_key_is_ones_own_and_for_one_route(once: Once, other: tuple[str, ...]) -> None:
    once.turn("k", scope=MINE, request="a", now=NOON).done("made", now=NOON)
    assert once.turn("k", scope=other, request="b", now=NOON).answer is None


@pytest.mark.parametrize("key", [None, "", "x" * 256])
def test_without_a_key_nothing_is_created(once: Once, key: str | None) -> None:
    with pytest.raises(KeyMissingError):
        once.turn(key, scope=MINE, request="a", now=NOON)


class NoteAsk(Ask):
    text: str


class NoteView(View):
    id: str
    text: str


@pytest.fixture
def notes(once: Once) -> Iterator[Client]:
    """An application that makes notes, one more each time; the note "taken" can't be made."""
    routes, app, made = Blueprint(__name__), Chalice("notes"), iter(range(1, 100))

    @app.authorizer()
    def anybody(request: Any) -> AuthResponse:
        context = {"name": "Li", "role": "nurse", "community": "xinghe"}
        return AuthResponse(routes=["*"], principal_id="Li", context=context)

    creates = Creates(lambda: once, at="/v1/notes/{id}")

    @routes.route("/v1/notes", methods=["POST"], authorizer=anybody)
    @endpoint(routes, may=EVERYONE, sees=NOBODYS, body=NoteAsk, creates=creates)
    def create_note_for_tests(call: Call[NoQuery, NoteAsk]) -> NoteView:
        if call.body.text == "taken":
            raise ConflictError("There is one already.")
        return NoteView(id=f"n{next(made)}", text=call.body.text)

    app.register_blueprint(routes)
    complete(app)
    yield Client(app)
    DECLARED.pop("create_note_for_tests", None)


def post(notes: Client, text: str, key: str | None) -> tuple[int, Any, dict[str, str]]:
    headers = {"authorization": "Bearer x", "content-type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    response = notes.http.post("/v1/notes", headers=headers, body=json.dumps({"text": text}).encode())
    return response.status_code, json.loads(response.body), response.headers


def test_a_created_thing_is_answered_with_its_address_and_the_same_again(notes: Client) -> None:
    status, body, headers = post(notes, "a", "k1")
    assert (status, body, headers["Location"]) == (201, {"id": "n1", "text": "a"}, "/v1/notes/n1")
    status, again, headers = post(notes, "a", "k1")
    assert (status, again, headers["Location"]) == (201, body, "/v1/notes/n1")
    assert headers["Idempotency-Replayed"] == "true"
    assert post(notes, "a", "k2")[1]["id"] == "n2"


@pytest.mark.parametrize(
    ("text", "key", "status", "code"),
    [
        ("a", None, 400, "idempotency_key_missing"),
        ("b", "k1", 422, "idempotency_key_reused"),
        ("taken", "k2", 409, "conflict"),
    ],
)
def test_what_is_not_created(notes: Client, text: str, key: str | None, status: int, code: str) -> None:
    post(notes, "a", "k1")
    told, body, _ = post(notes, text, key)
    assert (told, body["code"]) == (status, code)
    if code == "conflict":
        assert post(notes, "b", key)[0] == 201
