"""``ollama-cli why``: which provider would answer, why the others would not, and who did last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import click
from provider_sdk import (
    Health,
    Outlook,
    ProviderDescription,
    ProviderRouter,
    check_health,
)

from ollama_cli.choosing.choice import Choice, choose
from ollama_cli.choosing.importing import importing
from ollama_cli.choosing.last_route import last_route
from ollama_cli.choosing.routing import ASKED, build, described, load_settings, make_router
from ollama_cli.command_line import options
from ollama_cli.processes.loop import run
from ollama_cli.settings.files import Settings
from ollama_cli.terminal.escapes import on_one_line, values_without_escapes
from ollama_cli.terminal.output import write, write_json
from ollama_cli.terminal.pairs import fitted, pairs
from ollama_cli.terminal.sentences import health_reason
from ollama_cli.terminal.tables import table

_TITLES = ("PROVIDER", "MODEL", "STATE", "REASON")
_ANSWERS = "would answer"
_FIRST = "the first of the chain that is healthy"
_NEXT = "asked if those before it fail"


@click.command("why")
@options.with_options(
    options.provider,
    options.model,
    options.task,
    options.output_format,
    options.insecure_http,
    options.verbose,
)
def command(
    provider: str | None, model: str | None, task: str | None, output_format: str, verbose: bool
) -> None:
    """Tell which provider would answer now; no question is sent.

    A line each, with the reason: first the provider that is named, or those of the chain in order,
    then the others. Those that may be asked are asked whether they are healthy, as 'ollama-cli
    health' does. The last lines tell what became of the last question.

    Exits with 0, also if no provider would answer, and with 2 if the settings are broken or name a
    provider that does not exist.
    """
    settings = load_settings(output_format)
    router = make_router(settings)
    choice = choose(settings.values, provider, task, model)
    candidates = run(_once(router, choice, settings))
    last = last_route()
    if output_format == "text":
        write(_text(choice, candidates, last))
    else:
        found = {
            "task": choice.task,
            "would_answer": _answering(candidates),
            "candidates": [_fields(candidate) for candidate in candidates],
            "last": last,
        }
        write_json(values_without_escapes(found))


async def explanation(router: ProviderRouter, choice: Choice, settings: Settings) -> str:
    """Return what the chat shows, as lines; those who may be asked are asked for their health.

    Args:
        router: stays open.
        choice: who is named.
        settings: the settings of the router.

    Raises:
        UnknownProviderError: a name leads to no provider.
    """
    found = await _candidates(router, choice, settings, "/provider")
    rows = [(each.provider, _in_words(each)) for each in found]
    verdict = fitted(_verdict(_answering(found), choice.task))
    return "\n".join([verdict, pairs(rows), fitted("\n".join(_last_lines(last_route())))])


async def _once(router: ProviderRouter, choice: Choice, settings: Settings) -> list[Outlook]:
    async with router:
        return await _candidates(router, choice, settings)


async def _candidates(
    router: ProviderRouter, choice: Choice, settings: Settings, way: str = "--provider"
) -> list[Outlook]:
    """Return all providers: the named one or those of the chain, in order, then the others.

    Args:
        router: the router.
        choice: who is named.
        settings: the settings of the router.
        way: what names a provider.
    """
    with importing():
        asked = router.explain(choice.task, provider=choice.provider, model=choice.model)
        for each in asked:
            if each.state == "unknown":
                build(router.get_provider, each.provider, choice.source)  # raises
        others = described(settings)
    health = await _health(router, [each.provider for each in asked if each.state in ASKED])
    names = {each.provider for each in asked}
    local_only = settings.values.get("local_only")
    return [
        *_with_health(asked, health, choice),
        *(_unasked(each, choice, local_only, way) for each in others if each.name not in names),
    ]


async def _health(router: ProviderRouter, names: Sequence[str]) -> dict[str, Health]:
    found = await asyncio.gather(*(check_health(router.get_provider(name)) for name in names))
    return dict(zip(names, found, strict=True))


def _with_health(
    asked: Sequence[Outlook], health: Mapping[str, Health], choice: Choice
) -> Iterator[Outlook]:
    """Yield what becomes of each that may be asked: the first that is healthy would answer."""
    state, reason = _ANSWERS, f"{choice.source} names it" if choice.provider else _FIRST
    for each in asked:
        found = health.get(each.provider)
        if found is None:
            yield each
        elif found.ok:
            yield replace(each, state=state, reason=reason)
            state, reason = "next", _NEXT
        else:
            yield replace(each, state="not healthy", reason=health_reason(found))


def _unasked(found: ProviderDescription, choice: Choice, local_only: object, way: str) -> Outlook:
    state, reason = "not asked", f"{choice.source} names {choice.provider}, which no other replaces"
    if found.problem:
        state, reason = "broken", found.problem
    elif not choice.provider and local_only and not found.local:
        state, reason = "not local", "not in the chain, and the setting local_only forbids it"
    elif not choice.provider:
        reason = f"not in the chain; to ask it, {_credential(found)}use {way} {found.name}"
    return Outlook(found.name, found.default_model or "", state, reason)


def _credential(found: ProviderDescription) -> str:
    missing = found.credential == "missing" and found.api_key_env
    return f"set {' or '.join(found.api_key_env)} and " if missing else ""


def _in_words(candidate: Outlook) -> str:
    model = f" with {candidate.model}" if candidate.state in ASKED and candidate.model else ""
    reason = f": {candidate.reason}" if candidate.reason else ""
    return f"{candidate.state}{model}{reason}"


def _answering(candidates: Sequence[Outlook]) -> str | None:
    return next((each.provider for each in candidates if each.state == _ANSWERS), None)


def _fields(candidate: Outlook) -> dict[str, Any]:
    return {**candidate.to_dict(), "model": candidate.model or None}


def _text(choice: Choice, candidates: Sequence[Outlook], last: Mapping[str, Any] | None) -> str:
    name = _answering(candidates)
    rows = [(each.provider, each.model or "-", each.state, each.reason) for each in candidates]
    lines = [
        _verdict(name, choice.task),
        "",
        table([_TITLES, *rows]).rstrip("\n"),
        "",
        *_last_lines(last),
    ]
    return "".join(f"{line}\n" for line in lines)


def _verdict(name: str | None, task: str) -> str:
    return f"{name or 'No provider'} would answer a question for the task {task}."


def _last_lines(last: Mapping[str, Any] | None) -> Iterator[str]:
    if last is None:
        yield "No question was routed yet."
        return
    who = f"{last['provider']} answered" if last["provider"] else "no provider answered"
    model = f" with {last['model']}" if last["model"] else ""
    yield on_one_line(
        f"The last question, for the task {last['task']} at {last['at']}: {who}{model}."
    )
    for attempt in last["attempts"]:
        error = attempt.get("error")
        status = f", status {error['status']}" if error and error.get("status") else ""
        reason = f" ({error['type']}{status})" if error else ""
        yield "  " + on_one_line(f"{attempt['provider']}: {attempt['outcome']}{reason}")
