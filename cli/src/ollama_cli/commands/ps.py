"""``ollama-cli ps``: the models that a service holds in memory."""

from __future__ import annotations

import click
from provider_sdk import RunningModel

from ollama_cli.choosing.providers import Named, named
from ollama_cli.command_line import options
from ollama_cli.processes.loop import run
from ollama_cli.terminal.escapes import on_one_line, values_without_escapes
from ollama_cli.terminal.output import write, write_json

_UNITS = ("kB", "MB", "GB", "TB")


@click.command("ps")
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
    """List the models that are in memory.

    One per line, with its size, the context that there is memory for, and when it will be unloaded.
    """
    service = named(provider, timeout, output_format)
    models = run(running(service))
    if output_format == "text":
        shown = str if raw else on_one_line
        write("".join("\t".join(map(shown, _facts(model))) + "\n" for model in models))
    else:
        found = [model.to_dict() for model in models]
        write_json(
            {"provider": service.name, "models": found if raw else values_without_escapes(found)}
        )


async def running(service: Named) -> list[RunningModel]:
    """Return the models that are in memory.

    Raises:
        ProviderError: the list cannot be read.
    """
    provider, manager = service.make_manager()
    async with provider:
        return await manager.ps()


def shown_size(size: float) -> str:
    """Return a number of bytes for people, such as ``5.2 GB``."""
    shown = f"{size:g} B"
    for unit in _UNITS:
        if size < 1000:
            break
        size /= 1000
        shown = f"{size:.1f} {unit}"
    return shown


def _facts(model: RunningModel) -> list[str]:
    facts = [model.id]
    if model.size is not None:
        facts.append(shown_size(model.size))
    if model.size and model.gpu_size is not None:
        facts.append(f"{min(model.gpu_size / model.size, 1):.0%} on GPU")
    if model.context_window is not None:
        facts.append(f"{model.context_window} tokens")
    if model.expires_at:
        facts.append(f"until {model.expires_at}")
    return facts
