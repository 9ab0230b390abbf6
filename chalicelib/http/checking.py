"""Checking what was sent against the shape that a route asks for. Every fault is told, not only the first."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter, ValidationError

from chalicelib.http.problems import MalformedError
from chalicelib.http.shapes import Ask
from chalicelib.http.words import fault_in_chinese
from chalicelib.kernel.errors import Fault, NotFoundError, RefusedError

MOST_FAULTS = 20
"""More than these nobody reads."""

AnyAsk = TypeVar("AnyAsk", bound=Ask)


def checked_query(model: type[AnyAsk], told: dict[str, list[str]]) -> AnyAsk:
    """Query parameters as a model. Raises RefusedError; a parameter told twice is one, too."""
    if not told:
        return _asked_nothing(model)
    twice = [name for name, values in told.items() if len(values) > 1]
    if twice:
        faults = [Fault(pointer_of([name]), "Told more than once.", "只能写一次") for name in twice]
        raise RefusedError(f"{', '.join(twice)}: told more than once.", faults=faults)
    return _validated(model, {name: values[0] for name, values in told.items() if values})


_nothing: dict[type[Ask], Ask] = {}


def _asked_nothing(model: type[AnyAsk]) -> AnyAsk:
    """What it means to ask nothing: made once, since most calls do."""
    if model not in _nothing:
        _nothing[model] = _validated(model, {})
    return cast(AnyAsk, _nothing[model])


def _validated(model: type[AnyAsk], told: dict[str, str]) -> AnyAsk:
    try:
        return model.model_validate_strings(told)
    except ValidationError as error:
        raise _refused(error) from error


def checked_body(model: type[AnyAsk], raw: bytes | str) -> AnyAsk:
    """A JSON body as a model. Raises MalformedError, RefusedError."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise MalformedError("The body isn't JSON.", zh="内容不是 JSON。") from error
        raise _refused(error) from error


@cache
def path_types(handler: Callable[..., object]) -> Mapping[str, TypeAdapter[Any]]:
    """What a route's path holds besides text: of a list of words, or a number."""
    hints = get_type_hints(handler, include_extras=True)
    path = {name: hint for name, hint in hints.items() if name not in ("call", "return")}
    return {name: TypeAdapter(hint) for name, hint in path.items() if hint is not str}


def checked_path(handler: Callable[..., object], told: Mapping[str, str]) -> dict[str, Any]:
    """A path's parts as a handler takes them. Raises NotFoundError: an address that can't be isn't there."""
    found: dict[str, Any] = dict(told)
    for name, kind in path_types(handler).items():
        try:
            found[name] = kind.validate_strings(told[name])
        except ValidationError as error:
            raise NotFoundError(f"There is no such {name}.") from error
        if str(found[name]) != told[name]:  # such as 01
            raise NotFoundError(f"There is no such {name}.")
    return found


def pointer_of(parts: list[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _refused(error: ValidationError) -> RefusedError:
    told = error.errors(include_url=False, include_input=False)[:MOST_FAULTS]
    faults = [
        Fault(pointer_of(list(each["loc"])), each["msg"], fault_in_chinese(each["type"], each.get("ctx", {})))
        for each in told
    ]
    return RefusedError(
        "; ".join(f"{fault.pointer or 'body'}: {fault.detail}" for fault in faults),
        faults=faults,
        zh="；".join(f"{fault.pointer or '内容'}：{fault.zh}" for fault in faults),
    )
