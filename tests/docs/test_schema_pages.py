"""The pages of the JSON schemas show what follows them."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from tools.site.reference.schemas import EXAMPLES, example, fields, published

OF_COMMAND = [name for name, each in published().items() if each.owner == "ollama-cli"]


@pytest.mark.parametrize("name", OF_COMMAND)
def test_the_example_follows_the_schema(name: str) -> None:
    """Each schema of the command has one."""
    Draft202012Validator(published()[name].schema).validate(json.loads(example(name)))


def test_no_example_is_left_over() -> None:
    """Each is of a schema that there is."""
    assert {file.stem for file in EXAMPLES.iterdir()} == set(OF_COMMAND)


@pytest.mark.parametrize("name", OF_COMMAND)
def test_fields_say_what_they_are(name: str) -> None:
    """Each has a description, unless it can have one value only."""
    schema = published()[name].schema
    parts = schema.get("oneOf") or schema.get("anyOf") or [schema]
    found = [field for part in parts for field in fields(schema, part)]

    assert [each.path for each in found if not each.meaning and each.kind[:1] not in '"ft'] == []
