"""The JSON schemas of what the commands read and write: fields, an example, and the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tools.site.page import Page
from tools.site.reference.markdown import code, page, prose, table
from tools.site.reference.schemas import Field, Published, Schema, example, fields, kind, published

FOLDER = "reference/schemas"
_OWNERS = {
    "ollama-cli": "What `ollama-cli` writes with `--format json` and `stream-json`, and reads",
    "kit": "What `provider-conformance` writes",
}


def pages() -> Iterable[Page]:
    """Yield the index, then a page and the file of each schema."""
    yield Page(f"{FOLDER}/index.md", _index())
    for found in published().values():
        yield Page(f"{FOLDER}/{found.name}.md", _page(found))
        yield Page(f"{FOLDER}/{found.name}.schema.json", found.text)


def _index() -> str:
    parts = []
    for owner, title in _OWNERS.items():
        rows = [
            (f"[{code(each.name)}]({each.name}.md)", prose(each.schema["title"], marked=False))
            for each in published().values()
            if each.owner == owner
        ]
        parts += [f"## {title}", table(("schema", "what follows it"), rows)]
    return page(
        "# JSON schemas",
        "The shape of every JSON that a command writes, and of the JSON files and standard input "
        "that it reads.",
        *parts,
        "They follow JSON Schema 2020-12. The files come with the packages, in "
        "`ollama_cli/schemas` and `provider_conformance/reports`.",
    )


def _page(found: Published) -> str:
    return page(
        f"# The schema {found.name}",
        f"{prose(found.schema['title'], marked=False)}.",
        prose(found.schema.get("description", "")),
        _example(found.name),
        "## Fields",
        "`[]` is each item of an array, `*` any name. `null` is written if there is nothing to say."
        if found.name != "settings"
        else "`[]` is each item of an array, `*` any name.",
        *_tables(found.schema),
        "## The file",
        f"[`{found.name}.schema.json`]({found.name}.schema.json)",
    )


def _example(name: str) -> str:
    found = example(name)
    return f"```json\n{found}```" if found else ""


def _tables(schema: Schema) -> Iterator[str]:
    variants = schema.get("oneOf") or schema.get("anyOf")
    if not variants:
        yield _table(fields(schema)) or f"It is one value: {prose(kind(schema, schema))}."
        return
    for each in variants:
        yield f"### {_title(each)}"
        yield _table(fields(schema, each))


def _title(variant: Schema) -> str:
    """Return what tells this one of several objects from the others."""
    constants = {
        name: about["const"]
        for name, about in variant.get("properties", {}).items()
        if "const" in about
    }
    named: Any = variant.get("title") or next(iter(constants.items()), None)
    return named if isinstance(named, str) else ": ".join(map(code, map(str, named)))


def _table(rows: Iterable[Field]) -> str:
    return table(
        ("field", "value", "always there", "what it is"),
        (
            (
                code(row.path),
                prose(row.kind),
                "yes" if row.required else "no",
                prose(row.meaning + (f" Default: {row.default}." if row.default else "")),
            )
            for row in rows
        ),
    )
