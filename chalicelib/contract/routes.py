"""The contract over HTTP: for programs, and as a page for people."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar

from chalice.app import Blueprint
from pydantic import ConfigDict, Field

from chalicelib.http.endpoint import PUBLIC, Ask, Call, FileView, Plain, endpoint
from chalicelib.http.rows import NOBODYS
from chalicelib.kernel.errors import NotFoundError

routes = Blueprint(__name__)

PAGE = Path(__file__).with_name("page")


class ContractView(FileView):
    media_type: ClassVar[str] = "application/json"


class PageView(FileView):
    media_type: ClassVar[str] = "text/html; charset=utf-8"
    headers: ClassVar[Mapping[str, str]] = {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


class StyleView(FileView):
    media_type: ClassVar[str] = "text/css; charset=utf-8"


class ScriptView(FileView):
    media_type: ClassVar[str] = "text/javascript; charset=utf-8"


class PageAsk(Ask):
    """`lang` is zh-CN or en, which the page reads. Messengers hang more on a link: it is passed over."""

    model_config = ConfigDict(extra="ignore")
    lang: Annotated[str, Field(max_length=20)] | None = None


@routes.route("/openapi.json", methods=["GET"])
@endpoint(routes, may=PUBLIC, sees=NOBODYS)
def read_contract(call: Plain) -> ContractView:
    """This contract, OpenAPI 3.1."""
    return ContractView(text=_contract(call.base))


@routes.route("/docs", methods=["GET"])
@endpoint(routes, may=PUBLIC, sees=NOBODYS, query=PageAsk)
def read_docs(call: Call[PageAsk, None]) -> PageView:
    """This contract as a page to read."""
    return PageView(text=_page_below() if call.path.endswith("/") else _file("docs.html"))


@routes.route("/docs/page.css", methods=["GET"])
@endpoint(routes, may=PUBLIC, sees=NOBODYS)
def read_docs_style(call: Plain) -> StyleView:
    """The page's style."""
    return StyleView(text=_file("docs.css"))


@routes.route("/docs/{script}", methods=["GET"])
@endpoint(routes, may=PUBLIC, sees=NOBODYS)
def read_docs_script(call: Plain, script: str) -> ScriptView:
    """The page's modules."""
    if script not in ("docs.mjs", "schema.mjs", "words.mjs"):
        raise NotFoundError("There is no such file.")
    return ScriptView(text=_file(script))


@cache
def _contract(base: str) -> str:
    """The contract as it is sent, made at the first call: nothing of it is loaded before."""
    from chalicelib.contract.operations import contract

    whole = contract(routes.current_app.routes)
    return json.dumps(
        {**whole, "servers": [{"url": _server(base)}]}, ensure_ascii=False, separators=(",", ":")
    )


def _server(base: str) -> str:
    """Where the API is, from where this contract was fetched: whatever is in front of the gateway stays."""
    return f"../../{base.rpartition('/')[2]}" if base else "/"


@cache
def _page_below() -> str:
    """The page for whoever called it with a slash at its end: its links lead from one step further down."""
    return _file("docs.html").replace('="docs/', '="').replace('="openapi.json"', '="../openapi.json"')


@cache
def _file(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")
