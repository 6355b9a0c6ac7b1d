"""Services that know no JSON schemas get OpenAPI's part of them, or a refusal by name."""

import pytest
from provider_sdk import UnsupportedCapabilityError

from ._api import USER, Api, answer, error, reply

UNKNOWN = "Invalid JSON payload received. Unknown name \"{}\" at '{}': Cannot find field."


async def translated(schema, as_format=False):
    """The schema that such a service gets, and the bodies of all requests."""
    names = ("responseJsonSchema", "generation_config")
    names = names if as_format else ("parametersJsonSchema", "tools[0].function_declarations[0]")
    api = Api(reply(error(400, "INVALID_ARGUMENT", UNKNOWN.format(*names)), 400), answer("{}"))
    tool = {"type": "function", "function": {"name": "look", "parameters": schema}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    options = {"response_format": wanted} if as_format else {"tools": [tool]}
    async with api.provider() as provider:
        await provider.chat(USER, **options)
    if as_format:
        return api.body["generationConfig"]["responseSchema"]
    return api.body["tools"][0]["functionDeclarations"][0]["parameters"]


@pytest.mark.parametrize("as_format", [False, True])
async def test_translation(as_format):
    """All that has a form there is translated, in the order of the properties."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "b": {"type": ["string", "null"], "description": "B.", "minLength": 1},
            "a": {"type": "array", "items": {"$ref": "#/$defs/it~1em"}, "maxItems": 3},
            "c": {"const": "only"},
            "d": {"enum": ["x", "y", None]},
            "e": {"oneOf": [{"type": "integer", "minimum": 1}, True]},
            "f": {"allOf": [{"type": "boolean"}], "description": "F."},
            "g": {"type": ["integer", "string", "null"]},
            "h": {"enum": ["x"]},
        },
        "required": ["b"],
        "additionalProperties": False,
        "$defs": {"it/em": {"type": "number"}},
    }

    assert await translated(schema, as_format) == {
        "type": "OBJECT",
        "properties": {
            "b": {"type": "STRING", "nullable": True, "description": "B.", "minLength": 1},
            "a": {"type": "ARRAY", "items": {"type": "NUMBER"}, "maxItems": 3},
            "c": {"type": "STRING", "enum": ["only"]},
            "d": {"type": "STRING", "enum": ["x", "y"], "nullable": True},
            "e": {"anyOf": [{"type": "INTEGER", "minimum": 1}, {}]},
            "f": {"type": "BOOLEAN", "description": "F."},
            "g": {"anyOf": [{"type": "INTEGER"}, {"type": "STRING"}], "nullable": True},
            "h": {"type": "STRING", "enum": ["x"]},
        },
        "propertyOrdering": ["b", "a", "c", "d", "e", "f", "g", "h"],
        "required": ["b"],
    }


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ({"patternProperties": {"x": {}}}, "patternProperties"),
        ({"not": {}}, "not"),
        ({"allOf": [{}, {}]}, "allOf"),
        ({"uniqueItems": True}, "uniqueItems"),
        ({"const": 1}, "const"),
        ({"enum": ["a", 1]}, "enum"),
        ({"enum": [None]}, "enum"),
        ({"additionalProperties": {"type": "string"}}, "additionalProperties"),
        ({"properties": {"a": False}}, "False"),
        ({"items": {"$ref": "#"}}, "$ref #"),
        ({"$ref": "#/$defs/none"}, "$ref #/$defs/none"),
        ({"$ref": "https://host.test/schema"}, "$ref https://host.test/schema"),
        ({"type": 7}, "type"),
    ],
)
async def test_refusal_by_name(schema, name):
    """What has no form there is refused by its name, with the place where it stands."""
    with pytest.raises(UnsupportedCapabilityError) as caught:
        await translated(schema)

    assert f"cannot say {name!r}" in str(caught.value)
    assert "the parameters of look" in str(caught.value)


async def test_reference_to_the_whole():
    """A reference that is followed to its end may be used again."""
    schema = {"$defs": {"a": {"type": "string"}}, "anyOf": [{"$ref": "#/$defs/a"}] * 2}

    assert await translated(schema) == {"anyOf": [{"type": "STRING"}] * 2}


async def test_references_that_multiply():
    """References that multiply without end are refused."""
    levels = {f"l{n}": {"anyOf": [{"$ref": f"#/$defs/l{n + 1}"}] * 9} for n in range(50)}
    schema = {"$defs": {**levels, "l50": {"type": "string"}}, "$ref": "#/$defs/l0"}
    with pytest.raises(UnsupportedCapabilityError, match="so many"):
        await translated(schema)


async def test_other_form_is_remembered():
    """The service is asked in its own form from then on."""
    failed = reply(error(400, "INVALID_ARGUMENT", UNKNOWN.format("parametersJsonSchema", "x")), 400)
    api = Api(failed, answer("Blue."))
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    async with api.provider() as provider:
        await provider.chat(USER, tools=[tool])
        await provider.chat(USER, tools=[tool])

    assert len(api.requests) == 3
