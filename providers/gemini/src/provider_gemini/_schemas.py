"""Translates JSON schemas for services that know only OpenAPI's part of them.

Source: https://ai.google.dev/api/caching#Schema. What that part cannot say is refused by its name:
left out, it would let through what the caller excluded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import UnsupportedCapabilityError

_KEPT = frozenset(
    {
        *("format", "title", "description", "nullable", "default", "required", "pattern"),
        *("minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength"),
        *("minimum", "maximum"),
    }
)
# These say nothing of what fits, or are read where they are referred to.
_SILENT = frozenset(
    {
        *("$schema", "$id", "$comment", "$defs", "definitions", "examples", "deprecated"),
        *("readOnly", "writeOnly"),
    }
)
# References may multiply without end.
_MOST_SCHEMAS = 10_000
_Schema = dict[str, Any]


def openapi_schema(schema: Mapping[str, Any], place: str) -> _Schema:
    """Return a JSON schema in OpenAPI's form.

    Args:
        schema: the schema.
        place: where it stands in the call, for the error.

    Raises:
        UnsupportedCapabilityError: it says something that has no form there; the error names it.
    """
    return _Translation(schema, place).of(schema)


class _Translation:
    """The translation of one schema; ``_open`` are the references that are being followed."""

    def __init__(self, root: Mapping[str, Any], place: str) -> None:
        self._root = root
        self._place = place
        self._open: list[str] = []
        self._left = _MOST_SCHEMAS

    def of(self, schema: object) -> _Schema:
        self._left -= 1
        if self._left < 0:
            raise self._unsupported("so many $ref")
        if schema is True:
            return {}
        if not isinstance(schema, Mapping):
            raise self._unsupported(str(schema))
        found: _Schema = {}
        for name, value in schema.items():
            if name in _KEPT:
                found[name] = value
            elif name not in _SILENT:
                found |= self._keyword(name, value)
        return found

    def _keyword(self, name: str, value: Any) -> _Schema:
        match name, value:
            case "$ref", str():
                return self._referred(value)
            case "type", str():
                return {"type": value.upper()}
            case "type", list():
                return self._one_of_types(value)
            case "const", str():
                return {"type": "STRING", "enum": [value]}
            case "enum", list() if texts := _texts(value):
                may_be_null = {"nullable": True} if len(texts) < len(value) else {}
                return {"type": "STRING", "enum": texts, **may_be_null}
            case "properties", Mapping():
                properties = {each: self.of(schema) for each, schema in value.items()}
                return {"properties": properties, "propertyOrdering": list(value)}
            case "items", _:
                return {"items": self.of(value)}
            case (("anyOf" | "oneOf"), list()):
                return {"anyOf": [self.of(each) for each in value]}
            case "allOf", [only]:
                return self.of(only)
            case "additionalProperties", bool():
                return {}  # the service writes none that are not named
        raise self._unsupported(name)

    def _one_of_types(self, types: list[Any]) -> _Schema:
        named = [str(each).upper() for each in types if each != "null"]
        may_be_null = {"nullable": True} if len(named) < len(types) else {}
        if len(named) == 1:
            return {"type": named[0], **may_be_null}
        return {"anyOf": [{"type": each} for each in named], **may_be_null}

    def _referred(self, reference: str) -> _Schema:
        target: Any = self._root
        for step in reference.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            target = target.get(name) if isinstance(target, Mapping) else None
        if target is None or not reference.startswith("#") or reference in self._open:
            raise self._unsupported(f"$ref {reference}")
        self._open.append(reference)
        found = self.of(target)
        self._open.pop()
        return found

    def _unsupported(self, name: str) -> UnsupportedCapabilityError:
        return UnsupportedCapabilityError(
            f"the service takes only OpenAPI's part of JSON schemas, which cannot say {name!r} "
            f"({self._place})",
            hint="Leave it out of the schema, or say it in the description.",
        )


def _texts(values: list[Any]) -> list[str]:
    """Return the texts among values, none if there is anything else but ``null``."""
    texts = [value for value in values if value is not None]
    return texts if all(isinstance(text, str) for text in texts) else []
