"""What every route does, tried on a small one."""

import json
from typing import Annotated, Any

import pytest
from chalice.app import Blueprint, Chalice, Response
from chalice.test import Client, HTTPResponse
from pydantic import Field

from chalicelib.aws.tables import ExpectationError, StoreUnavailableError
from chalicelib.http.endpoint import DECLARED, Ask, Call, View, answer, endpoint
from chalicelib.http.problems import problem
from chalicelib.http.rows import NOBODYS
from chalicelib.kernel.caller import EVERYONE
from chalicelib.kernel.errors import ConflictError, NotFoundError, RefusedError, ShouwangError
from chalicelib.kernel.languages import language_of


class Echo(View):
    said: str
    times: int


class EchoQuery(Ask):
    times: Annotated[int, Field(ge=1, le=3)] = 1


class EchoAsk(Ask):
    said: Annotated[str, Field(max_length=10)]


@pytest.fixture
def client() -> Client:
    """An application of one route, behind an authorizer that lets everybody in as a nurse."""
    routes, app = Blueprint(__name__), Chalice("echo")

    @app.authorizer()
    def anybody(request: Any) -> Any:
        from chalice.app import AuthResponse

        context = {"name": "Li", "role": "nurse", "community": "xinghe"}
        return AuthResponse(routes=["*"], principal_id="Li", context=context)

    @routes.route("/echo/{name}", methods=["PUT"], authorizer=anybody)
    @endpoint(routes, may=EVERYONE, sees=NOBODYS, query=EchoQuery, body=EchoAsk)
    def echo_for_tests(call: Call[EchoQuery, EchoAsk], name: str) -> Echo:
        return Echo(said=call.body.said, times=call.query.times)

    app.register_blueprint(routes)
    return Client(app)


@pytest.fixture(autouse=True)
def forget_the_echo() -> Any:
    yield
    DECLARED.pop("echo_for_tests", None)


def put(client: Client, path: str, body: bytes) -> HTTPResponse:
    headers = {"authorization": "Bearer x", "content-type": "application/json"}
    return client.http.put(path, headers=headers, body=body)


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer"),
    [
        pytest.param("/echo/a", b"", 400, None, id="no body"),
        pytest.param("/echo/a", b"{", 400, None, id="half a body"),
        pytest.param("/echo/a", b'{"said": "\xff"}', 400, None, id="invalid UTF-8"),
        pytest.param("/echo/a", b"[" * 50_000, 400, None, id="deep nesting"),
        pytest.param("/echo/a", b"[]", 422, "", id="a list"),
        pytest.param("/echo/a", b"{}", 422, "/said", id="a field missing"),
        pytest.param("/echo/a", b'{"said": 7}', 422, "/said", id="a wrong type"),
        pytest.param("/echo/a", b'{"said": "12345678901"}', 422, "/said", id="too long"),
        pytest.param("/echo/a", b'{"said": "\\ud800"}', 400, None, id="half a character"),
        pytest.param("/echo/a", b'{"said": "a", "sadi": "b"}', 422, "/sadi", id="an unknown field"),
        pytest.param("/echo/a?times=0", b'{"said": "a"}', 422, "/times", id="a parameter out of range"),
        pytest.param("/echo/a?times=x", b'{"said": "a"}', 422, "/times", id="a parameter of a wrong type"),
        pytest.param("/echo/a?tims=1", b'{"said": "a"}', 422, "/tims", id="an unknown parameter"),
        pytest.param("/echo/" + "x" * 200, b'{"said": "a"}', 404, None, id="an id longer than any"),
    ],
)
def test_what_is_wrong_with_a_request(
    client: Client, path: str, body: bytes, status: int, pointer: str | None
) -> None:
    response = put(client, path, body)
    told = json.loads(response.body)
    assert (response.status_code, told["status"]) == (status, status)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert [e["pointer"] for e in told.get("errors", [])] == ([] if pointer is None else [pointer])


def test_a_good_request(client: Client) -> None:
    response = put(client, "/echo/a?times=3", '{"said": "守望"}'.encode())
    assert response.status_code == 200
    assert json.loads(response.body) == {"said": "守望", "times": 3}


def test_a_change_is_answered_whatever_the_client_has_already(client: Client) -> None:
    headers = {"authorization": "Bearer x", "content-type": "application/json", "if-none-match": "*"}
    response = client.http.put("/echo/a", headers=headers, body=b'{"said": "a"}')
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-TW,en;q=0.5", "zh-CN"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("en-US,zh;q=0.8", "en"),
        ("fr, de;q=0.9, en;q=0.1", "en"),
        ("fr", "zh-CN"),
        ("*", "zh-CN"),
        (",;,", "zh-CN"),
    ],
)
def test_the_language_of_an_answer(accept: str, language: str) -> None:
    assert language_of(accept) == language


def test_an_etag_is_of_the_answer() -> None:
    one, same, other = (answer(Echo(said=s, times=1), if_none_match=None) for s in ("a", "a", "b"))
    assert one.headers["ETag"] == same.headers["ETag"] != other.headers["ETag"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"x", {etag}', 304),
        ("*", 304),
        ('"x"', 200),
        ("", 200),
        ("{etag}x", 200),
    ],
)
def test_what_the_client_has_is_not_sent_again(sent: str, status: int) -> None:
    view = Echo(said="a", times=1)
    etag = answer(view, if_none_match=None).headers["ETag"]
    response = answer(view, if_none_match=sent.replace("{etag}", str(etag)))
    assert response.status_code == status
    assert response.headers["ETag"] == etag
    assert bool(response.body) == (status == 200)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFoundError("x"), 404, "not_found"),
        (ConflictError("x"), 409, "conflict"),
        (ExpectationError("x"), 409, "conflict"),
        (RefusedError("x", pointer="/a"), 422, "invalid"),
        (StoreUnavailableError("x"), 503, "store_unavailable"),
        (ShouwangError("x"), 503, "error"),
    ],
)
def test_each_error_has_its_problem(error: ShouwangError, status: int, code: str) -> None:
    response: Response = problem(error)
    told = json.loads(response.body)
    assert (response.status_code, told["code"]) == (status, code)
    assert told["title"]
