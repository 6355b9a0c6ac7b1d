"""``ollama-cli rm``: removes an installed model."""

from __future__ import annotations

import click

from ollama_cli import options
from ollama_cli.loop import run
from ollama_cli.providers import managing_provider, provider_name
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.output import write, write_json


@click.command("rm")
@click.argument("model")
@options.with_options(options.provider, options.output_format, options.timeout, options.verbose)
def command(
    model: str, provider: str | None, output_format: str, timeout: float | None, verbose: bool
) -> None:
    """Remove an installed model."""
    name = provider_name(provider)
    run(delete(name, timeout, model))
    if output_format == "text":
        write(f"{on_one_line(model)}: removed\n")
    else:
        write_json({"provider": name, "model": model, "status": "success"})


async def delete(name: str, timeout: float | None, model: str) -> None:
    """Remove the model.

    Raises:
        ProviderError: it is not installed, or cannot be removed.
    """
    provider, manager = managing_provider(name, timeout)
    async with provider:
        await manager.delete(model)
