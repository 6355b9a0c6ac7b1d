"""``--dry-run``: the request that would be sent, without credentials."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
from provider_sdk import (
    ChatOptions,
    HttpProvider,
    Message,
    ProviderRouter,
    ProviderWarning,
    UnsentRequest,
    unsent_requests,
)

from ollama_cli.choosing.choice import Choice
from ollama_cli.choosing.importing import importing
from ollama_cli.choosing.routing import ASKED
from ollama_cli.terminal.answers import SCHEMA
from ollama_cli.terminal.escapes import escaped_as_json, without_escapes
from ollama_cli.terminal.output import Write, print_err, write, write_json


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a call would have sent.

    Attributes:
        requests: in order; the last is the call itself if ``is_complete``.
        is_complete: whether the call itself could be written without an answer to an earlier one.
        warnings: what was changed of the call, one sentence each.
    """

    requests: Sequence[UnsentRequest]
    is_complete: bool
    warnings: Sequence[str]

    @property
    def notes(self) -> list[str]:
        """What cannot be known without sending anything, one sentence each."""
        if not self.is_complete:
            return [
                "the request with the question depends on the answer to this one; "
                "name a model with -m to see it"
            ]
        if len(self.requests) > 1:
            return ["the last request may depend on the answers to those before it"]
        return []


async def unsent(
    router: ProviderRouter,
    choice: Choice,
    messages: Sequence[Message],
    *,
    stream: bool,
    options: ChatOptions,
) -> DryRun:
    """Return what a call would send to the first that would be asked; nothing is sent.

    Args:
        router: whom to ask.
        choice: who is to answer, with which model.
        messages: the conversation.
        stream: whether to stream the answer.
        options: further options of the call.

    Raises:
        click.UsageError: one who may be asked does not send its requests through the SDK.
        ProviderError: the call would fail before anything is sent.
    """
    _check_kinds(router, choice)
    with unsent_requests() as requests, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ProviderWarning)
        await router.route(
            choice.task,
            messages,
            provider=choice.provider,
            model=choice.model,
            stream=stream,
            **options,
        )
    told = [str(each.message) for each in caught if issubclass(each.category, ProviderWarning)]
    return DryRun(requests, bool(requests) and requests[-1].is_call, told)


def show_dry_run(found: DryRun, output_format: str, write: Write = write) -> None:
    """Write the requests, as text or as one JSON object, which ``dry-run.schema.json`` describes.

    What has to be said about them goes to standard error if it is text.
    """
    if output_format != "text":
        write_json(dry_run_fields(found), write)
        return
    write("\n".join(map(_text, found.requests)))
    for warning in found.warnings:
        print_err(f"Warning: {without_escapes(warning)}")
    for note in ("nothing was sent", *found.notes):
        print_err(f"Dry run: {note}")


def dry_run_fields(found: DryRun) -> dict[str, Any]:
    """Return the dry run as JSON."""
    return {
        "schema": SCHEMA,
        "requests": [
            {
                "provider": request.provider,
                "method": request.method,
                "url": request.url,
                "headers": dict(request.headers),
                "body": _body(request),
            }
            for request in found.requests
        ],
        "complete": found.is_complete,
        "warnings": list(found.warnings),
        "notes": found.notes,
    }


def _check_kinds(router: ProviderRouter, choice: Choice) -> None:
    """Raise unless all who may be asked are sure to send nothing."""
    names = [choice.provider] if choice.provider else _may_be_asked(router, choice)
    with importing():
        for name in names:
            if not isinstance(router.get_provider(name), HttpProvider):
                raise click.UsageError(
                    f"--dry-run cannot show what provider {name!r} sends, because it has "
                    "connections of its own; name another with --provider"
                )


def _may_be_asked(router: ProviderRouter, choice: Choice) -> list[str]:
    return [each.provider for each in router.explain(choice.task) if each.state in ASKED]


def _text(request: UnsentRequest) -> str:
    head = [f"{request.method} {request.url}"]
    head += [f"{name}: {value}" for name, value in request.headers.items()]
    body = _body(request)
    parts = ["\n".join(head)]
    if body is not None:
        parts.append(body if isinstance(body, str) else _indented(body))
    return "\n\n".join(map(escaped_as_json, parts)) + "\n"


def _body(request: UnsentRequest) -> Any:
    """Return the body as JSON if it is."""
    if request.body is None:
        return None
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return request.body


def _indented(body: Any) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False)
