"""``ollama-cli show``: what a service says of an installed model."""

from __future__ import annotations

import click
from provider_sdk import ModelDetails

from ollama_cli.choosing.providers import Named, named
from ollama_cli.command_line import options
from ollama_cli.processes.loop import run
from ollama_cli.terminal.escapes import on_one_line, values_without_escapes, without_escapes
from ollama_cli.terminal.output import write, write_json


@click.command("show")
@click.argument("model", shell_complete=options.known_models)
@options.with_options(
    options.provider,
    options.output_format,
    options.timeout,
    options.raw,
    options.insecure_http,
    options.verbose,
)
def command(
    model: str,
    provider: str | None,
    output_format: str,
    timeout: float | None,
    raw: bool,
    verbose: bool,
) -> None:
    """Describe an installed model.

    One fact per line; with --verbose also its settings, its system prompt and its licence.
    """
    service = named(provider, timeout, output_format, model)
    details = run(describe(service))
    if output_format == "text":
        shown = str if raw else on_one_line
        lines = [f"{fact}\t{shown(value)}\n" for fact, value in _facts(details)]
        texts = _texts(details) if verbose else ()
        text = "".join([*lines, *(f"\n{title}:\n{text.strip()}\n" for title, text in texts)])
        write(text if raw else without_escapes(text))
    else:
        found = details.to_dict()
        write_json(
            {"provider": service.name, "model": found if raw else values_without_escapes(found)}
        )


async def describe(service: Named) -> ModelDetails:
    """Return what the service says of the model.

    Raises:
        ProviderError: it is not installed, or the answer cannot be read.
    """
    provider, manager = service.make_manager()
    async with provider:
        return await manager.show(service.model)


def _facts(details: ModelDetails) -> list[tuple[str, str]]:
    window = details.context_window
    facts = {
        "model": details.id,
        "family": details.family,
        "parameters": details.parameter_size,
        "quantization": details.quantization,
        "context window": None if window is None else f"{window} tokens",
        "capabilities": ", ".join(details.capabilities),
        "modified": details.modified_at,
    }
    return [(name, value) for name, value in facts.items() if value]


def _texts(details: ModelDetails) -> list[tuple[str, str]]:
    texts = {
        "settings": details.parameters,
        "system prompt": details.system,
        "licence": details.license,
    }
    return [(title, text) for title, text in texts.items() if text]
