"""``ollama-cli pull``: installs a model."""

from __future__ import annotations

import click
from provider_sdk import ManagesModels, PullProgress

from ollama_cli.choosing.providers import Named, named
from ollama_cli.command_line import options
from ollama_cli.processes.loop import run
from ollama_cli.terminal.escapes import on_one_line, values_without_escapes
from ollama_cli.terminal.output import write, write_json
from ollama_cli.terminal.progress import ProgressLine


@click.command("pull")
@click.argument("model", shell_complete=options.known_models)
@options.with_options(
    options.provider,
    options.output_format,
    options.pull_timeout,
    options.insecure_http,
    options.verbose,
)
def command(
    model: str, provider: str | None, output_format: str, timeout: float | None, verbose: bool
) -> None:
    """Install a model, or its newest version.

    Standard error shows how far the download is; with --format stream-json, standard output does.
    """
    service = named(provider, timeout, output_format, model)
    run(pull(service, output_format))
    if output_format == "text":
        write(f"{on_one_line(service.model)}: installed\n")
    else:
        event = {"type": "finish"} if output_format == "stream-json" else {}
        write_json({**event, "provider": service.name, "model": service.model, "status": "success"})


async def pull(service: Named, output_format: str) -> None:
    """Install the model, and show how far that is.

    Raises:
        ProviderError: it cannot be installed.
    """
    provider, manager = service.make_manager()
    async with provider:
        if output_format == "text":
            await _show_progress(manager, service.model)
            return
        async for progress in manager.pull(service.model):
            if output_format == "stream-json":
                write_json({"type": "progress", **values_without_escapes(progress.to_dict())})


async def _show_progress(manager: ManagesModels, model: str) -> None:
    with ProgressLine() as line:
        async for progress in manager.pull(model):
            line.show(on_one_line(progress.status), _share(progress))


def _share(progress: PullProgress) -> float | None:
    if not progress.total or progress.completed is None:
        return None
    return min(progress.completed / progress.total, 1.0)
