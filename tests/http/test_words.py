"""Whoever reads Chinese is refused in Chinese: the title, what is wrong, and each place where it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

from chalicelib.http.words import DETAILS
from chalicelib.kernel.caller import Role
from tests.api import Service, api

__all__ = ["api"]
CHALICELIB = Path(__file__).parents[2] / "chalicelib"


def refusals() -> Iterator[tuple[str, list[str]]]:
    """Where in the code something is refused, and which words of `RefusedError` are given there."""
    for file in sorted(CHALICELIB.rglob("*.py")):
        if "RefusedError(" in (text := file.read_text()):
            calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
            for call in calls:
                if isinstance(call.func, ast.Name) and call.func.id == "RefusedError":
                    place = f"{file.relative_to(CHALICELIB)}:{call.lineno}"
                    yield place, [str(word.arg) for word in call.keywords]


def test_what_is_refused_at_a_place_is_refused_in_chinese_too() -> None:
    found = list(refusals())
    assert len(found) > 60
    assert [place for place, words in found if "pointer" in words and "zh" not in words] == []


def test_a_refusal_is_told_in_the_readers_language(api: Service) -> None:
    boss = api.token(Role.COORDINATOR)
    path, asked = "/v1/households/h001/routine-budget", {"checks_a_year": 4, "knocks_a_year": 12}
    tag = {"if-match": api.get("/v1/households/h001/routine", token=boss).headers["ETag"]}
    told = {
        language: api.call(
            "PUT", path, body=asked, token=boss, headers={**tag, "accept-language": language}
        ).body
        for language in ("zh-CN", "en")
    }
    for language, body in told.items():
        said = [body["title"], body["detail"], body["errors"][0]["detail"]]
        assert {text.isascii() for text in said} == {language == "en"}, said
    assert {body["errors"][0]["pointer"] for body in told.values()} == {"/checks_a_year"}
    assert all(not text.isascii() for text in DETAILS.values())
