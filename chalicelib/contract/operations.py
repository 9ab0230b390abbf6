"""Every operation there is: the routes of the application, and what other functions answer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.contract.foreign import ONE_KEY, callback
from chalicelib.http.application import CODES
from chalicelib.http.declared import DECLARED
from chalicelib.http.openapi import document
from chalicelib.http.operations import Doc, Operation, operation_of
from chalicelib.http.problems import codes
from chalicelib.notify.routes import CALLBACKS

MADE = ("HEAD", "OPTIONS")
"""Methods that every address has, without a word of its own in the contract."""

TAGS = {
    "onekey": "The “1” key, and what follows from pressing it.",
    "alarms": "Open concerns about a household, and answering them.",
    "watch": "Households, how they are, and the rules that watch them.",
    "rota": "Who is on duty, swaps, leave and calendars.",
    "notify": "What somebody was told.",
    "registry": "Communities, grids, households, residents, kin and devices.",
    "accounts": "Signing in and out, devices and invitations.",
    "telemetry": "What meters and sensors said.",
    "callbacks": "For telephone systems and providers, each with its own signature.",
    "contract": "This contract.",
}
ABOUT = Path(__file__).with_name("page") / "about.md"
INFO: Doc = {
    "title": "Shouwang 守望",
    "version": "1",
    "summary": "Neighbours keep watch over people who live alone.",
    "description": ABOUT.read_text(encoding="utf-8"),
    "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
}


class UndescribedError(LookupError):
    """A route is neither declared through `endpoint` nor described by hand."""


def operations(routes: Mapping[str, Mapping[str, Any]]) -> list[Operation]:
    """The operations of an application's routes, and of the one-key function. Raises UndescribedError."""
    return [
        _operation(method, address, entry.view_function)
        for address, methods in routes.items()
        for method, entry in methods.items()
        if method not in MADE
    ] + list(ONE_KEY)


def contract(routes: Mapping[str, Mapping[str, Any]]) -> Doc:
    """The whole contract."""
    found = codes()
    for status, code in CODES.items():
        found[status] = sorted({*found.get(status, ()), code})
    return document(operations(routes), info=INFO, tags=TAGS, codes=found)


def _operation(method: str, address: str, view: Any) -> Operation:
    if (declared := DECLARED.get(view.__name__)) is not None:
        return operation_of(declared, method, address)
    if view.__name__ in CALLBACKS:
        return callback(view.__name__, address, view.__doc__)
    raise UndescribedError(f"{method} {address}: decorate it with `endpoint`, so that the contract knows it.")
