"""The settings of ``ollama-cli``, from their schema and from the code that reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ollama_cli.settings.effective import variable_of
from ollama_cli.settings.keys import SCHEMA_KEY
from ollama_cli.settings.merging import COUNTS

from tools.site.page import Page
from tools.site.reference.markdown import code, page, prose, table
from tools.site.reference.schemas import Field, fields, kind, published

FOLDER = "reference"


def pages() -> Iterable[Page]:
    """Yield the page."""
    yield Page(f"{FOLDER}/settings.md", _page(published()["settings"].schema))


def _page(schema: Mapping[str, Any]) -> str:
    keys = {key: about for key, about in schema["properties"].items() if key != SCHEMA_KEY}
    inner = [each for each in fields(schema) if each.path not in schema["properties"]]
    return page(
        "# Settings: all keys",
        "Every key of `settings.json`. [Settings](../settings.md) tells what they are for, where "
        "the file is and how to change it.",
        "```console\n$ ollama-cli config set compact_at 0.7\n```",
        "`null` counts as absent. A project that is trusted has the same keys in its "
        "`.ollama/settings.json`; if both set one, the last column says which value counts.",
        table(
            ("key", "value", "default", "what it sets", "yours and a project's"),
            (_row(schema, key, about) for key, about in keys.items()),
        ),
        *(_inside(key, inner) for key in keys),
        "## `$schema`",
        f"`{SCHEMA_KEY}` sets nothing: it tells an editor which schema the file follows. "
        "[The schema `settings`](schemas/settings.md) is what `ollama-cli config schema` prints.",
    )


def _row(schema: Mapping[str, Any], key: str, about: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        code(key),
        prose(_without_null(kind(schema, about))),
        code(json.dumps(about["default"])) if "default" in about else "-",
        prose(about["description"]) + _variable((key,)),
        prose(COUNTS[key]),
    )


def _without_null(words: str) -> str:
    return words.replace(", null", "").replace("null or ", "").replace(" or null", "")


def _inside(key: str, inner: Iterable[Field]) -> str:
    rows = [each for each in inner if each.path.startswith((f"{key}.", f"{key}[]"))]
    if not rows:
        return ""
    titles = ("key", "value", "default", "what it sets")
    return page(f"## Inside `{key}`", table(titles, map(_inner_row, rows)))


def _inner_row(field: Field) -> tuple[str, ...]:
    return (
        code(field.path),
        prose(_without_null(field.kind)),
        code(field.default) if field.default else "-",
        prose(field.meaning) + _variable(tuple(field.path.split("."))),
    )


def _variable(path: tuple[str, ...]) -> str:
    variable = variable_of(path)
    return f" The variable {code(variable)} comes before it." if variable else ""
