"""Reads the protocol's own schemas: a selection of OpenAPI's, with types in capitals."""

from __future__ import annotations

from typing import Any

from provider_conformance.wires._gemini_fields import fields, items

_KNOWN = frozenset(
    {
        *("type", "format", "title", "description", "nullable", "enum", "example", "default"),
        *("items", "minItems", "maxItems", "properties", "required", "propertyOrdering"),
        *("minProperties", "maxProperties", "minLength", "maxLength", "pattern"),
        *("minimum", "maximum", "anyOf"),
    }
)
_TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")


def json_schema(schema: Any, place: str) -> dict[str, Any]:
    """Return a schema of the protocol as JSON schema.

    Raises:
        ValueError: the service would reject it.
    """
    found = fields(schema, place, _KNOWN)
    if "type" in found:
        found["type"] = _type(found["type"], place)
    properties = found.get("properties")
    if properties is not None:
        if not isinstance(properties, dict):
            raise ValueError(f"Invalid value at '{place}.properties': an object is required")
        found["properties"] = {
            name: json_schema(value, f"{place}.properties[{name!r}]")
            for name, value in properties.items()
        }
    if found.get("type") == "object" and properties == {}:
        raise ValueError(f"{place}.properties: should be non-empty for OBJECT type")
    if "items" in found:
        found["items"] = json_schema(found["items"], f"{place}.items")
    elif found.get("type") == "array":
        raise ValueError(f"{place}.items: missing field.")
    if "anyOf" in found:
        choices = items(found["anyOf"], f"{place}.any_of")
        found["anyOf"] = [json_schema(choice, f"{place}.any_of") for choice in choices]
    if not all(isinstance(word, str) for word in items(found.get("enum"), f"{place}.enum")):
        raise ValueError(f"Invalid value at '{place}.enum' (TYPE_STRING)")
    return found


def _type(word: Any, place: str) -> str:
    if not isinstance(word, str) or word.lower() not in _TYPES:
        raise ValueError(f"Invalid value at '{place}.type', {word!r}")
    return word.lower()
