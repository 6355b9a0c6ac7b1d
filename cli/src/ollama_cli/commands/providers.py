"""``ollama-cli providers``: every provider that ``--provider`` takes, without a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from provider_sdk import CAPABILITIES, ProviderDescription

from ollama_cli.choosing.levels import last_level
from ollama_cli.choosing.routing import described, load_settings
from ollama_cli.command_line import options
from ollama_cli.terminal.escapes import values_without_escapes
from ollama_cli.terminal.output import write, write_json
from ollama_cli.terminal.tables import table

_TITLES = ("NAME", "SOURCE", "CREDENTIAL", "DEFAULT MODEL", "LEVEL", "CAPABILITIES")


@click.command("providers")
@options.with_options(options.output_format, options.insecure_http, options.verbose)
def command(output_format: str, verbose: bool) -> None:
    """List the providers that there are; nothing is sent.

    A line each: its name, who brought it, where its credential was found, its default model, the
    level of the last conformance run in this folder, and what it can do. Of a provider that cannot
    be used, the line says why.
    """
    settings = load_settings(output_format)
    rows = [(found, _level(found)) for found in described(settings)]
    if output_format == "text":
        lines = [_TITLES, *(_cells(found, level) for found, level in rows)]
        write(table(lines))
    else:
        found = [_fields(provider, level) for provider, level in rows]
        write_json({"providers": values_without_escapes(found)})


def _level(found: ProviderDescription) -> str | None:
    return last_level(found.name, found.source) if found.capabilities is not None else None


def _fields(found: ProviderDescription, level: str | None) -> dict[str, Any]:
    fields = found.to_dict()
    del fields["credential_rule"]
    return {**fields, "default_model": found.default_model or None, "level": level}


def _cells(found: ProviderDescription, level: str | None) -> Sequence[str]:
    if found.problem:
        return found.name, found.source, found.problem
    return (
        found.name,
        found.source,
        _credential(found),
        found.default_model or "-",
        level or "-",
        _capabilities(found.capabilities),
    )


def _credential(found: ProviderDescription) -> str:
    if found.credential == "set":
        source = str(found.credential_source).removeprefix("the environment variable ")
        return f"set: {source}"
    variables = " or ".join(found.api_key_env)
    if found.credential in ("missing", "not set") and variables:
        return f"{found.credential}: {variables}"
    return found.credential or "not known"


def _capabilities(capabilities: Sequence[str] | None) -> str:
    if capabilities is None:
        return "not known"
    lacking = sorted(CAPABILITIES - set(capabilities))
    if len(lacking) >= len(capabilities):
        return ", ".join(capabilities) or "none"
    return f"all but {', '.join(lacking)}" if lacking else "all"
