"""The errors of the SDK and of the command: their classes, exit codes and JSON types."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

import provider_sdk
from ollama_cli.command_line.exit_codes import EXIT_CODES, exit_code
from provider_sdk import ProviderError, default_hint

from tools.site.page import Page
from tools.site.reference.errors import OF_CLICK, own_errors
from tools.site.reference.markdown import code, page, prose, table

_ATTRIBUTES = (
    "message",
    "provider",
    "model",
    "status",
    "request_id",
    "served_by",
    "retry_after",
    "hint",
    "partial",
)

FOLDER = "reference"


def pages() -> Iterable[Page]:
    """Yield the page."""
    yield Page(f"{FOLDER}/errors.md", _page())


def _page() -> str:
    return page(
        "# Errors",
        "What each class of error means, and the exit code of a command that ends with it. "
        "The name of the class is the `type` of the error in JSON.",
        "## Errors of providers",
        "They are in `provider_sdk`; `except ProviderError` catches them all. A class with an "
        "arrow is a kind of the class above it.",
        table(
            ("class", "what it means", "exit code", "hint, unless the service has a better one"),
            (_row(kind, depth) for kind, depth in _tree(ProviderError, 0)),
        ),
        f"The attributes are {', '.join(map(code, _ATTRIBUTES))}; what is not known is `None`. "
        "[Error messages](messages.md) lists what they say.",
        "## Errors of the command",
        table(
            ("type in JSON", "what it means", "exit code"),
            ((code(kind.__name__), _meaning(kind), str(_code_of(kind))) for kind in own_errors()),
        ),
        "Ctrl-C is `Interrupted` in JSON, with the exit code "
        f"{EXIT_CODES[KeyboardInterrupt]}. Any other error is reported as "
        f"`unexpected …`, with the exit code {exit_code(Exception())}.",
        "## As JSON",
        "With `--format json` an error is one object on standard error, which follows "
        "[the schema `error`](schemas/error.md).",
    )


def _tree(kind: type[ProviderError], depth: int) -> Iterator[tuple[type[ProviderError], int]]:
    yield kind, depth
    for each in kind.__subclasses__():
        is_public = getattr(provider_sdk, each.__name__, None) is each
        if is_public and each.__bases__[0] is kind:
            yield from _tree(each, depth + 1)


def _row(kind: type[ProviderError], depth: int) -> tuple[str, str, str, str]:
    hint = default_hint(kind("")) or "-"
    name = f"{'→ ' * depth}{code(kind.__name__)}"
    return name, _meaning(kind), str(_code_of(kind)), prose(hint)


def _code_of(kind: type[BaseException]) -> int:
    return exit_code(kind.__new__(kind))


def _meaning(kind: type[BaseException]) -> str:
    if kind in OF_CLICK:
        return prose(OF_CLICK[kind])
    paragraph = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0]
    return prose(" ".join(paragraph.split()))
