"""Walks templates: every node with its path, and which resource an intrinsic function points to. Pure."""

import re
from collections.abc import Iterator
from typing import Any

_SUBSTITUTED = re.compile(r"\$\{(\w+)(?:\.\w+)?\}")


def nodes(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value within `node`, itself included, each with the keys and positions that lead to it."""
    yield path, node
    if isinstance(node, dict):
        for key, child in node.items():
            yield from nodes(child, (*path, str(key)))
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from nodes(child, (*path, str(position)))


def is_intrinsic(key: str) -> bool:
    """Whether `key` names an intrinsic function, which stands alone in its mapping."""
    return key == "Ref" or key.startswith("Fn::")


def target(value: Any) -> str | None:
    """The logical id that a Ref, GetAtt or Sub of one resource points to; None for anything else."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    if "Ref" in value:
        return str(value["Ref"])
    if "Fn::GetAtt" in value:
        named = value["Fn::GetAtt"]
        return str(named[0] if isinstance(named, list) else named.partition(".")[0])
    substituted = _SUBSTITUTED.findall(str(value.get("Fn::Sub", "")))
    return substituted[0] if len(substituted) == 1 else None
