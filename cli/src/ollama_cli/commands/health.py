"""``ollama-cli health``: whether a provider is reachable and accepts the credential."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import click
from provider_sdk import Health, ProviderAuthError, check_health

from ollama_cli.choosing.providers import Named, named
from ollama_cli.command_line import options
from ollama_cli.command_line.exit_codes import CREDENTIAL, UNAVAILABLE, exit_code
from ollama_cli.processes.loop import run
from ollama_cli.processes.streams import ReaderGoneError
from ollama_cli.terminal.escapes import without_escapes
from ollama_cli.terminal.output import write, write_json
from ollama_cli.terminal.sentences import health_reason


@click.command("health")
@options.with_options(
    options.provider, options.output_format, options.timeout, options.insecure_http, options.verbose
)
@click.pass_context
def command(
    ctx: click.Context,
    provider: str | None,
    output_format: str,
    timeout: float | None,
    verbose: bool,
) -> None:
    """Check a provider and the credential for it.

    Exits with 0 if all is well, 3 if the credential is the problem, 2 if a setting is invalid, else
    with 4. Nothing that it sends is billed.
    """
    service = named(provider, timeout, output_format)
    health = run(probe(service))
    health = replace(health, reason=without_escapes(health_reason(health)))
    with suppress(ReaderGoneError):  # the exit code still says how the provider is
        if output_format == "text":
            write(f"{service.name}: {_summary(health, verbose=verbose)}\n")
        else:
            write_json(_fields(service.name, health))
    ctx.exit(health_code(health))


async def probe(service: Named) -> Health:
    """Build the provider, check its health and close it.

    Raises:
        RegistryError, click.UsageError: as ``Named.make``.
    """
    try:
        provider = service.make()
    except ProviderAuthError as error:
        return Health(False, str(error), 0.0, error)
    async with provider:
        return await check_health(provider)


def health_code(health: Health) -> int:
    """Return the exit code for the result of a health check."""
    if health.ok:
        return 0
    cause = exit_code(health.error) if health.error else UNAVAILABLE
    return cause if cause == CREDENTIAL else UNAVAILABLE


def _summary(health: Health, *, verbose: bool) -> str:
    summary = "ok" if health.ok else f"not ok: {health.reason}"
    return f"{summary} ({health.latency_s:.2f} s)" if verbose else summary


def _fields(name: str, health: Health) -> dict[str, object]:
    return {
        "provider": name,
        "ok": health.ok,
        "reason": health.reason or None,
        "latency_s": round(health.latency_s, 3),
    }
