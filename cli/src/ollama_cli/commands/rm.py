"""``ollama-cli rm``: removes an installed model."""

from __future__ import annotations

import click

from ollama_cli.choosing.providers import Named, named
from ollama_cli.command_line import options
from ollama_cli.processes.loop import run
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.output import write, write_json


@click.command("rm")
@click.argument("model", shell_complete=options.known_models)
@options.with_options(
    options.provider, options.output_format, options.timeout, options.insecure_http, options.verbose
)
def command(
    model: str, provider: str | None, output_format: str, timeout: float | None, verbose: bool
) -> None:
    """Remove an installed model."""
    service = named(provider, timeout, output_format, model)
    run(delete(service))
    if output_format == "text":
        write(f"{on_one_line(service.model)}: removed\n")
    else:
        write_json({"provider": service.name, "model": service.model, "status": "success"})


async def delete(service: Named) -> None:
    """Remove the model.

    Raises:
        ProviderError: it is not installed, or cannot be removed.
    """
    provider, manager = service.make_manager()
    async with provider:
        await manager.delete(service.model)
