"""The published schemas of what the command writes."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = files("ollama_cli.schemas")
NAMES = sorted(
    path.name.removesuffix(".schema.json")
    for path in FOLDER.iterdir()
    if path.name.endswith(".schema.json")
)


def schema(name: str) -> dict[str, Any]:
    """Return a published schema."""
    found: dict[str, Any] = json.loads(FOLDER.joinpath(f"{name}.schema.json").read_text("utf-8"))
    return found


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name))


def checked(name: str, text: str) -> Any:
    """Return the value of one JSON text, which follows the schema with this name."""
    value = json.loads(text)
    _validator(name).validate(value)
    return value
