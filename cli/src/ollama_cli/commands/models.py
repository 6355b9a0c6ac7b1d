"""``ollama-cli models``: the models that a provider offers."""

from __future__ import annotations

import click
from provider_sdk import ModelInfo

from ollama_cli.choosing.providers import Named, named
from ollama_cli.command_line import options
from ollama_cli.completion.known import remember_models
from ollama_cli.processes.loop import run
from ollama_cli.terminal.escapes import on_one_line, values_without_escapes
from ollama_cli.terminal.json_text import shown_number
from ollama_cli.terminal.output import write, write_json

ALIASES = ("list",)


@click.command("models")
@options.with_options(
    options.provider,
    options.output_format,
    options.timeout,
    options.raw,
    options.insecure_http,
    options.verbose,
)
def command(
    provider: str | None, output_format: str, timeout: float | None, raw: bool, verbose: bool
) -> None:
    """List the models of a provider.

    One id per line; with --verbose also its context window and prices, where they are known.
    """
    service = named(provider, timeout, output_format)
    models = run(describe(service))
    remember_models(service.name, [model.id for model in models])
    if output_format == "text":
        shown = str if raw else on_one_line
        facts = (_facts(model) if verbose else [model.id] for model in models)
        write("".join("\t".join(map(shown, line)) + "\n" for line in facts))
    else:
        found = [model.to_dict() for model in models]
        write_json(
            {"provider": service.name, "models": found if raw else values_without_escapes(found)}
        )


async def describe(service: Named) -> list[ModelInfo]:
    """Return the provider's models, with what it says about each.

    Raises:
        ProviderError: the list cannot be read.
    """
    async with service.make() as provider:
        return await provider.describe_models()


def _facts(model: ModelInfo) -> list[str]:
    facts = [model.id]
    if model.context_window is not None and shown_number(model.context_window) is not None:
        facts.append(f"{model.context_window} tokens")
    prices = [_price(model.input_price), _price(model.output_price)]
    if all(prices):
        facts.append(f"{prices[0]} in, {prices[1]} out per million tokens")
    return facts


def _price(dollars: float | None) -> str | None:
    known = dollars is not None and shown_number(dollars) is not None
    try:
        return f"${dollars:g}" if known else None
    except OverflowError:
        return None  # a whole number that is too large for a price
