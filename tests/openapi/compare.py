"""What changed from one contract to the next, and whether a client that knew the first one still works."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Doc = dict[str, Any]
Way = Literal["asked", "answered"]
LOOSER_IS_MORE = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
LOOSER_IS_LESS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
METHODS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `breaks` a client that was written against the contract before it."""

    where: str
    what: str
    breaks: bool

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def changes(old: Doc, new: Doc) -> list[Change]:
    """Every change that a client could notice."""
    return list(dict.fromkeys(_Comparison(old, new).all()))


class _Comparison:
    def __init__(self, old: Doc, new: Doc) -> None:
        self._old = old
        self._new = new
        self._seen: set[tuple[str, str, Way]] = set()

    def all(self) -> Iterator[Change]:
        before, after = self._old["paths"], self._new["paths"]
        for address in sorted(before.keys() | after.keys()):
            for method in METHODS:
                one, other = before.get(address, {}).get(method), after.get(address, {}).get(method)
                where = f"{method.upper()} {address}"
                if one is None and other is not None:
                    yield Change(where, "added", False)
                elif one is not None and other is None:
                    yield Change(where, "removed", True)
                elif one is not None:
                    yield from self._operation(where, one, other)

    def _operation(self, where: str, old: Doc, new: Doc) -> Iterator[Change]:
        if old["operationId"] != new["operationId"]:
            yield Change(where, f"renamed to {new['operationId']}", True)
        if old["security"] != new["security"]:
            yield Change(where, "signing in changed", {} not in new["security"] and bool(new["security"]))
        before, after = set(old.get("x-roles", [])), set(new.get("x-roles", []))
        if before - after:
            yield Change(where, f"no longer for {', '.join(sorted(before - after))}", True)
        if after - before:
            yield Change(where, f"now for {', '.join(sorted(after - before))}", False)
        yield from self._parameters(where, old, new)
        yield from self._bodies(where, old, new)
        yield from self._responses(where, old, new)

    def _parameters(self, where: str, old: Doc, new: Doc) -> Iterator[Change]:
        before, after = (
            {(p["in"], p["name"]): p for p in (self._got(doc, each) for each in told.get("parameters", []))}
            for doc, told in ((self._old, old), (self._new, new))
        )
        for key in sorted(before.keys() | after.keys()):
            place, name = f"{where} {key[0]} {key[1]}", key
            one, other = before.get(name), after.get(name)
            if other is None:
                yield Change(place, "removed", True)
            elif one is None:
                yield Change(place, "added", other["required"])
            else:
                if other["required"] != one["required"]:
                    told = "now required" if other["required"] else "no longer required"
                    yield Change(place, told, other["required"])
                yield from self._schema(place, one["schema"], other["schema"], "asked")

    def _bodies(self, where: str, old: Doc, new: Doc) -> Iterator[Change]:
        one, other = old.get("requestBody"), new.get("requestBody")
        if one is None or other is None:
            if one is not other:
                yield Change(f"{where} body", "added" if one is None else "removed", True)
            return
        if other["required"] != one["required"]:
            told = "now required" if other["required"] else "no longer required"
            yield Change(f"{where} body", told, other["required"])
        yield from self._contents(f"{where} body", one, other, "asked")

    def _responses(self, where: str, old: Doc, new: Doc) -> Iterator[Change]:
        before, after = old["responses"], new["responses"]
        for status in sorted(before.keys() | after.keys()):
            place = f"{where} {status}"
            if status not in after:
                yield Change(place, "removed", status.startswith("2"))
            elif status not in before:
                yield Change(place, "added", False)
            else:
                one, other = self._got(self._old, before[status]), self._got(self._new, after[status])
                for header in one.get("headers", {}).keys() - other.get("headers", {}).keys():
                    yield Change(f"{place} header {header}", "removed", True)
                yield from self._contents(place, one, other, "answered")

    def _contents(self, where: str, old: Doc, new: Doc, way: Way) -> Iterator[Change]:
        before, after = old.get("content", {}), new.get("content", {})
        for kind in sorted(before.keys() | after.keys()):
            if kind not in after:
                yield Change(f"{where} {kind}", "removed", True)
            elif kind not in before:
                yield Change(f"{where} {kind}", "added", False)
            else:
                yield from self._schema(where, before[kind]["schema"], after[kind]["schema"], way)

    def _schema(self, where: str, old: Doc, new: Doc, way: Way) -> Iterator[Change]:
        pair = (str(old.get("$ref")), str(new.get("$ref")), way)
        if "$ref" in old and "$ref" in new:
            if pair in self._seen:
                return
            self._seen.add(pair)
            where = f"{old['$ref'].rpartition('/')[2]} as {way}"
        old, new = self._got(self._old, old), self._got(self._new, new)
        yield from _kinds(where, old, new, way)
        yield from _limits(where, old, new, way)
        yield from self._fields(where, old, new, way)
        if "items" in old and "items" in new:
            yield from self._schema(f"{where}/items", old["items"], new["items"], way)
        yield from self._choices(where, old, new, way)

    def _choices(self, where: str, old: Doc, new: Doc, way: Way) -> Iterator[Change]:
        before, after = (
            {_name(each): each for each in told.get("anyOf", [told] if "$ref" in told else [])}
            for told in (old, new)
        )
        for name in sorted(before.keys() & after.keys()):
            yield from self._schema(where, before[name], after[name], way)

    def _fields(self, where: str, old: Doc, new: Doc, way: Way) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed_before, needed = set(old.get("required", [])), set(new.get("required", []))
        for name in sorted(before.keys() | after.keys()):
            place = f"{where}/{name}"
            if name not in after:
                yield Change(place, "removed", True)
            elif name not in before:
                yield Change(place, "added", way == "asked" and name in needed)
            else:
                if (name in needed) != (name in needed_before):
                    told = "now required" if name in needed else "no longer there in every case"
                    yield Change(place, told, (name in needed) == (way == "asked"))
                yield from self._schema(place, before[name], after[name], way)

    def _got(self, doc: Doc, told: Doc) -> Doc:
        while "$ref" in told:
            found: Any = doc
            for part in told["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            told = found
        return told


def _kinds(where: str, old: Doc, new: Doc, way: Way) -> Iterator[Change]:
    """Types and enumerations. A new value in an answer's enumeration is an addition: clients are told so."""
    before, after = _types(old), _types(new)
    gone, come = before - after, after - before
    if gone or come:
        breaks = bool(gone) if way == "asked" else bool(come)
        yield Change(where, f"was {_shown(before)}, is {_shown(after)}", breaks)
    values, now = _values(old), _values(new)
    if values is not None and now is not None:
        for value in sorted(values - now):
            yield Change(where, f"no longer {value}", True)
        for value in sorted(now - values):
            yield Change(where, f"may be {value}", False)
    elif values is not now:
        narrowed = values is None
        yield Change(
            where, "became one of a few" if narrowed else "became anything", way == "asked" and narrowed
        )
    for word in ("format", "pattern"):
        if old.get(word) != new.get(word):
            loosened = word not in new
            breaks = not loosened if way == "asked" else loosened or word in old
            yield Change(where, f"{word} was {old.get(word)}, is {new.get(word)}", breaks)


def _limits(where: str, old: Doc, new: Doc, way: Way) -> Iterator[Change]:
    for word in (*LOOSER_IS_MORE, *LOOSER_IS_LESS):
        before, after = old.get(word), new.get(word)
        if before == after:
            continue
        grown = after is None or (before is not None and after > before)
        looser = after is None or (before is not None and grown == (word in LOOSER_IS_MORE))
        yield Change(where, f"{word} was {before}, is {after}", looser == (way == "answered"))
    closed_before, closed = (told.get("additionalProperties") is False for told in (old, new))
    if closed != closed_before:
        yield Change(where, "unknown fields are refused" if closed else "unknown fields are let in", closed)


def _types(schema: Doc) -> frozenset[str]:
    if "anyOf" in schema:
        return frozenset(_name(each) for each in schema["anyOf"])
    told = schema.get("type", "anything")
    return frozenset([told] if isinstance(told, str) else told)


def _name(schema: Doc) -> str:
    return str(schema.get("$ref", schema.get("type", "anything"))).rpartition("/")[2]


def _values(schema: Doc) -> frozenset[str] | None:
    if "const" in schema:
        return frozenset([str(schema["const"])])
    return frozenset(map(str, schema["enum"])) if "enum" in schema else None


def _shown(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))
