"""What an error says: its message, and a hint that adds to it."""

from __future__ import annotations

import re

import click
from provider_sdk import (
    AllProvidersFailedError,
    Health,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    StreamInterruptedError,
)

from ollama_cli.command_line.exit_codes import is_interrupt
from ollama_cli.processes.streams import OutputError
from ollama_cli.terminal.escapes import on_one_line

_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_CLAUSES = re.compile(r", or ")
_WORDS = re.compile(r"[\w']+")
_URLS = re.compile(r"https?://[^\s,;)>\"']+")
_TEXT_WITH_DASH = re.compile(r"-\d|-.*\s", re.DOTALL)
"""What no option is called, such as the beginning of a list: "- this"."""
_SEVERAL = 2
_WRITE_DASHES = "text that begins with a dash is taken for an option; write -- before it"
_LIST_MODELS = re.compile("list the models", re.IGNORECASE)


def message_of(error: BaseException) -> str:
    """Return what happened."""
    if isinstance(error, ProviderModelNotFoundError) and error.model:
        named = error.model in error.message
        return error.message if named else f"model {error.model!r}: {error.message}"
    if isinstance(error, ProviderError):
        return error.message
    if _is_text_with_dash(error):
        return _WRITE_DASHES
    if isinstance(error, click.MissingParameter):
        return " ".join(error.format_message().split())  # choices are a line each
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OutputError):
        return str(error)
    if is_interrupt(error):
        return "interrupted"
    return f"unexpected {type(error).__name__}: {error}"


def hint_of(error: BaseException, *, partial_shown: bool = True) -> str | None:
    """Return what to do next, without what the message says already.

    Args:
        error: the error.
        partial_shown: whether what had arrived of an answer was written.
    """
    if not isinstance(error, ProviderError):
        return _usage_hint(error)
    hint = error.hint or ""
    if isinstance(error, StreamInterruptedError) and "partial" in hint:
        hint = "Ask again."
        if partial_shown and error.partial is not None and error.partial.text:
            hint = "Ask again; what had arrived is on standard output."
    if _is_missing(error):
        store = f"store a key with 'ollama-cli login {error.provider}'."
        hint = f"{hint} Or {store}" if hint else f"Set it, or {store}"
    if isinstance(error, ProviderModelNotFoundError):
        hint = _with_command(hint, error.provider)
    return without_repetition(hint, error.message) or None


def sentence(error: BaseException) -> str:
    """Return message and hint as one text."""
    message, hint = message_of(error).rstrip(), hint_of(error)
    if not hint:
        return message
    stop = "" if message.endswith((".", "!", "?", ":")) else "."
    return f"{message}{stop} {hint}"


def lines(error: BaseException) -> list[str]:
    """Return it for people: if nobody could answer, a line for each who was asked."""
    if not isinstance(error, AllProvidersFailedError) or len(error.attempts) < _SEVERAL:
        return [sentence(error)]
    reasons = [
        f"  {each.provider}: {on_one_line(sentence(each.error))}"
        for each in error.attempts
        if each.error is not None
    ]
    return ["no provider could answer:", *reasons, error.hint or ""]


def health_reason(health: Health) -> str:
    """Return why a provider is not healthy."""
    return sentence(health.error) if isinstance(health.error, ProviderError) else health.reason


def without_repetition(hint: str, message: str) -> str:
    """Return the hint without the sentences, alternatives and addresses of the message."""
    kept = (_new_part(text, message) for text in _SENTENCES.split(hint) if text)
    return " ".join(text for text in kept if text)


def _new_part(text: str, message: str) -> str:
    urls = [url.rstrip(".") for url in _URLS.findall(text)]
    if urls and all(url in message for url in urls):
        return ""
    known = set(_WORDS.findall(message.lower()))
    clauses = _CLAUSES.split(text)
    new = [part for part in clauses if not set(_WORDS.findall(part.lower())) <= known]
    if len(new) == len(clauses):
        return text
    rest = ", or ".join(new)
    if rest and not rest.endswith((".", "!", "?")):
        rest += "."
    return rest[:1].upper() + rest[1:]


def _is_missing(error: ProviderError) -> bool:
    """Whether a provider has no credential; which variable it looked for, the message says."""
    is_missing = type(error) is ProviderAuthError and error.message.endswith(" is not set")
    return is_missing and bool(error.provider)


def _with_command(hint: str, provider: str | None) -> str:
    command = "ollama-cli models" + (f" --provider {provider}" if provider else "")
    if found := _LIST_MODELS.search(hint):
        return f"{hint[: found.end()]} with '{command}'{hint[found.end() :]}"
    return f"{hint} List the models with '{command}'.".lstrip()


def _is_text_with_dash(error: BaseException) -> bool:
    named = error.option_name if isinstance(error, click.NoSuchOption) else ""
    return _TEXT_WITH_DASH.match(named) is not None


def _usage_hint(error: BaseException) -> str | None:
    """Return a pointer to the help; our own usage errors already say what to do."""
    if _is_text_with_dash(error):
        return None
    if type(error) is not click.UsageError and isinstance(error, click.UsageError) and error.ctx:
        return f"Try '{error.ctx.command_path} --help'."
    return None
