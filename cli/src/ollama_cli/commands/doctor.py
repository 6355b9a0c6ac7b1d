"""``ollama-cli doctor``: what works here, what does not, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
from provider_sdk import ProviderRouter

from ollama_cli.choosing.choice import Choice, choose
from ollama_cli.choosing.routing import described, load_settings, make_router
from ollama_cli.command_line import options
from ollama_cli.command_line.exit_codes import USAGE
from ollama_cli.commands import _doctor_view as view
from ollama_cli.doctor import places, reachability, surroundings, versions
from ollama_cli.doctor.findings import Finding
from ollama_cli.hooks.firing import Hooks
from ollama_cli.processes.loop import run
from ollama_cli.settings.files import Settings, SettingsError
from ollama_cli.settings.project import find_project
from ollama_cli.status_lines.form import names_of
from ollama_cli.terminal.escapes import values_without_escapes
from ollama_cli.terminal.output import write, write_json

_TIMEOUT_S = 10.0


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Send nothing.")
@options.with_options(
    options.output_format, options.timeout, options.insecure_http, options.verbose
)
@click.pass_context
def command(
    ctx: click.Context, offline: bool, output_format: str, timeout: float | None, verbose: bool
) -> None:
    """Look for what is wrong, and say what to do.

    Versions, providers and their credentials, whether they can be reached, the clock, the project,
    the terminal, folders and files, hooks, status lines, and commands of other packages. Each
    provider that has what it needs is asked at once whether it is healthy, as 'ollama-cli health'
    does; nothing that is sent is billed. No credential is shown.

    Exits with 0 if a question would be answered and stored; else with the code of what is wrong: 2
    for settings or stored keys, 3 for credentials, 4 if no provider that may be asked is
    reachable, 1 for files and folders.
    """
    found = _look(output_format, None if offline else timeout or _TIMEOUT_S)
    findings: Sequence[Finding] = found.pop("findings")
    code = next((each.code for each in findings if each.code), 0)
    report = {"ok": not code, "findings": [each.fields() for each in findings], **found}
    if output_format == "text":
        write(view.text(values_without_escapes(report), verbose=verbose))
    else:
        write_json(values_without_escapes(report))
    ctx.exit(code)


def _look(output_format: str, timeout: float | None) -> dict[str, Any]:
    findings: list[Finding] = []
    settings, router, choice = _settled(output_format, findings)
    known = described(settings)
    places_found = places.places()
    own, commands_found = versions.commands()
    reached = run(reachability.reach(router, known, choice, timeout))
    findings += [*reached.findings, *places_found.findings, *versions.damaged(known)]
    findings += commands_found
    return {
        "versions": versions.versions(known),
        "providers": reached.providers,
        "clock": reached.clock,
        "project": _project(settings, findings),
        "folders": places_found.folders,
        "files": places_found.files,
        "sessions": places_found.sessions,
        "terminal": surroundings.terminal(),
        "variables": surroundings.variables(),
        **_extensions(settings),
        "commands": own,
        "findings": findings,
    }


def _settled(
    output_format: str, findings: list[Finding]
) -> tuple[Settings, ProviderRouter, Choice]:
    """Return the settings, or none if they are broken, and who would answer."""
    try:
        settings = load_settings(output_format)
        router = make_router(settings)
        choice = choose(settings.values, None, None)
    except (SettingsError, click.UsageError) as error:
        message = error.format_message() if isinstance(error, click.UsageError) else str(error)
        findings.append(Finding("settings", message, USAGE))
    else:
        return settings, router, choice
    settings = Settings()
    return settings, make_router(settings), choose({}, None, None)


def _project(settings: Settings, findings: list[Finding]) -> dict[str, Any]:
    root, note = find_project()
    if note:
        findings.append(Finding("project", note))
    if root is None:
        return {"path": None, "trusted": False}
    is_trusted = settings.project is not None
    if not is_trusted:
        told = f"the project {root} is not in use; 'ollama-cli trust' shows it, and asks"
        findings.append(Finding("project", told))
    return {"path": str(root), "trusted": is_trusted}


def _extensions(settings: Settings) -> Mapping[str, Any]:
    hooks = Hooks.of(settings)
    return {
        "hooks": {"count": len(hooks.all), "off": hooks.off or None},
        "status_lines": list(names_of(settings.values.get("status_line"))),
    }
