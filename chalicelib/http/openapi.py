"""The contract, OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1), made of the shapes that check and answer."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.http.common import COMPONENTS, PLACES, PROBLEM_REFS, problem_shape
from chalicelib.http.operations import Doc, Operation, is_file, media_type_of
from chalicelib.http.shapes import JSON, NoQuery, PageQuery

REFS = "#/components/schemas/{model}"
TEXT: Doc = {"type": "string", "minLength": 1, "maxLength": 100}
PRESENT = "The caller's own access token is refused here (401) as soon as its sign-in has ended."
_PLACE = re.compile(r"\{(\w+)\}")


def document(
    operations: Sequence[Operation],
    *,
    info: Doc,
    tags: Mapping[str, str],
    codes: Mapping[int, Sequence[str]],
) -> Doc:
    """The whole contract. `tags` are the words for each tag, `codes` those of problems by status."""
    schemas = _Schemas(operations)
    paths: Doc = {}
    for each in sorted(operations, key=lambda o: (o.address, o.method)):
        paths.setdefault(each.address, {})[each.method.lower()] = _operation(each, schemas)
    _link(paths, schemas)
    used = {each.tag for each in operations}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": info,
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": words} for tag, words in tags.items() if tag in used],
        "paths": paths,
        "components": {**COMPONENTS, "schemas": {"Problem": problem_shape(codes), **schemas.found}},
    }


class _Schemas:
    """JSON schemas of all shapes, each under its own name."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        asked = {(o.body, "validation") for o in operations if o.body}
        asked |= {(o.query, "validation") for o in operations if o.query}
        answered = {
            (shape, "serialization")
            for o in operations
            for shape in o.answers.values()
            if shape is not None and not is_file(shape)
        }
        wanted: Any = sorted(asked | answered, key=lambda pair: (pair[0].__qualname__, pair[1]))
        named, defs = models_json_schema(wanted, ref_template=REFS)
        self._named = named
        self._all = {name: _plain(schema) for name, schema in defs.get("$defs", {}).items()}
        queries = {self._name(o.query, "validation") for o in operations if o.query}
        self.found = {name: schema for name, schema in sorted(self._all.items()) if name not in queries}

    def ref(self, shape: type[BaseModel], mode: str) -> Doc:
        """A reference to a shape's schema."""
        return {"$ref": REFS.format(model=self._name(shape, mode))}

    def of(self, shape: type[BaseModel], mode: str) -> Doc:
        """A shape's schema itself."""
        schema: Doc = self._all[self._name(shape, mode)]
        return schema

    def _name(self, shape: type[BaseModel], mode: str) -> str:
        named: Any = self._named
        return str(named[shape, mode]["$ref"]).rpartition("/")[2]


def _operation(each: Operation, schemas: _Schemas) -> Doc:
    summary, _, more = inspect.cleandoc(each.words).partition("\n")
    roles = sorted(role.value for role in each.may) if each.may is not None else None
    told: Doc = {"operationId": each.name, "summary": summary.rstrip("."), "tags": [each.tag]}
    again = f"Sent twice: {each.sent_again}" if each.sent_again else ""
    present = PRESENT if each.looks_up_session else ""
    asked = (each.query.__doc__ or "") if each.query not in (None, NoQuery, PageQuery) else ""
    if described := " ".join([*more.split(), *asked.split(), *again.split(), *present.split()]):
        told["description"] = described
    if roles is not None:
        told["x-roles"] = roles
    if each.sees:
        told["x-rows"] = each.sees
    told["security"] = list(each.security)
    told["parameters"] = [*_path(each), *_query(each, schemas), *_headers(each)]
    if each.body is not None:
        content = {media_type_of(each.body): {"schema": schemas.ref(each.body, "validation")}}
        told["requestBody"] = {"required": each.is_body_required, "content": content}
    told["responses"] = _responses(each, schemas)
    return {name: value for name, value in told.items() if value != [] or name == "security"}


def _path(each: Operation) -> list[Doc]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PLACES[name],
            "schema": _plain(each.path_schemas.get(name, TEXT)),
        }
        for name in _PLACE.findall(each.address)
    ]


def _query(each: Operation, schemas: _Schemas) -> list[Doc]:
    if each.query is None:
        return []
    schema = schemas.of(each.query, "validation")
    required = schema.get("required", [])
    return [
        _parameter(name, _without_null(told), required=name in required)
        for name, told in schema.get("properties", {}).items()
    ]


def _parameter(name: str, schema: Doc, *, required: bool) -> Doc:
    said = {"description": schema.pop("description")} if "description" in schema else {}
    return {"name": name, "in": "query", "required": required, **said, "schema": schema}


def _headers(each: Operation) -> list[Doc]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in each.headers]


def _responses(each: Operation, schemas: _Schemas) -> Doc:
    told: Doc = {}
    for status, shape in each.answers.items():
        response: Doc = {"description": _MEANINGS.get(status, "As asked.")}
        names = [*(["ETag"] if shape is not None else []), *(["Location"] if each.has_location else [])]
        if names:
            response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        if shape is not None:
            schema = _file(shape) if is_file(shape) else schemas.ref(shape, "serialization")
            response["content"] = {media_type_of(shape): {"schema": schema}}
        told[str(status)] = response
    if "IfNoneMatch" in each.headers:
        told["304"] = {"$ref": "#/components/responses/NotModified"}
    for status in each.problems:
        told[str(status)] = {"$ref": f"#/components/responses/{PROBLEM_REFS[status]}"}
    told["default"] = {"$ref": "#/components/responses/Problem"}
    return told


def _file(shape: type[BaseModel]) -> Doc:
    return {"type": "object" if media_type_of(shape) == JSON else "string"}


_MEANINGS = {
    200: "As asked.",
    201: "Made.",
    202: "Taken; it goes on.",
    204: "Done; there is nothing to tell.",
}


def _link(paths: Doc, schemas: _Schemas) -> None:
    """From each list to what can be done with one of its items, so that tools find the way."""
    for address, methods in paths.items():
        listing = methods.get("get")
        if listing is None or not _lists_ids(listing, schemas):
            continue
        inside = re.compile(re.escape(address) + r"/\{(\w+)\}(/[^{]*)?$")
        links = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {match[1]: "$response.body#/items/0/id"},
            }
            for other, found in paths.items()
            if (match := inside.match(other))
            for operation in found.values()
        }
        if links:
            listing["responses"]["200"]["links"] = links


def _lists_ids(operation: Doc, schemas: _Schemas) -> bool:
    content = operation["responses"].get("200", {}).get("content", {})
    ref = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    items = schemas.found.get(ref.rpartition("/")[2], {}).get("properties", {}).get("items", {})
    item = items.get("items", {}).get("$ref", "").rpartition("/")[2]
    return "id" in schemas.found.get(item, {}).get("properties", {})


def _plain(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of names, which say nothing new."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told: Doc = {}
    for name, value in schema.items():
        if name == "title" and isinstance(value, str):
            continue
        if name in ("properties", "$defs"):
            told[name] = {each: _plain(inner) for each, inner in value.items()}
        elif name == "description" and isinstance(value, str):
            told[name] = " ".join(value.split())
        else:
            told[name] = value if name in ("default", "examples", "enum", "const") else _plain(value)
    return told


def _without_null(schema: Doc) -> Doc:
    """A query parameter's schema: one that isn't sent isn't null."""
    kept = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if len(kept) != 1:
        return dict(schema)
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**kept[0], **rest}
