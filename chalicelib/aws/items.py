"""Items as the stores know them, and as DynamoDB's own JSON has them."""

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
"""`str`, `int`, `bool`, lists and string-keyed dicts by name; `None` is left out. Never a float."""


def typed(value: Any) -> dict[str, Any]:
    """A value in DynamoDB's own JSON."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case list() | tuple():
            return {"L": [typed(v) for v in value]}
        case dict():
            return {"M": typed_item(value)}
    raise TypeError(f"A table stores text, whole numbers, lists and maps, not {type(value).__name__}.")


def typed_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in DynamoDB's own JSON, without what is None."""
    return {name: typed(value) for name, value in item.items() if value is not None}


def plain(value: Mapping[str, Any]) -> Any:
    """A value out of DynamoDB's own JSON."""
    ((kind, inner),) = value.items()
    match kind:
        case "N":
            return int(inner)
        case "L":
            return [plain(v) for v in inner]
        case "M":
            return plain_item(inner)
    return inner


def plain_item(item: Mapping[str, Any]) -> Item:
    """An item out of DynamoDB's own JSON."""
    return {name: plain(value) for name, value in item.items()}
