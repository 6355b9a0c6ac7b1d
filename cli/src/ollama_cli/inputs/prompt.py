"""The question: words, files, images and standard input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click
from provider_sdk import Part

from ollama_cli.inputs.encodings import decoded
from ollama_cli.inputs.stdin import piped_bytes
from ollama_cli.terminal.output import print_err, print_err_json

if TYPE_CHECKING:
    from ollama_cli.inputs.files import Attachment, Attachments

MAX_INPUT_BYTES = 16 * 1024 * 1024
"""The most that is read of standard input, and of all files together; no model accepts so much."""

_WAITING = "waiting for standard input to end; to ask without it, add: </dev/null"
_STDIN = "-"
_STANDARD_INPUT = "standard input"


class Typed(NamedTuple):
    """What somebody typed as the arguments of a question.

    Attributes:
        words: the words of the prompt.
        files: the paths of ``-f``.
        images: the paths and addresses of ``--image``.
    """

    words: Sequence[str]
    files: Sequence[str] = ()
    images: Sequence[str] = ()


class Prompt(NamedTuple):
    """What is asked.

    Attributes:
        text: the words, followed by what was piped in.
        attached: the files and images that go with it.
    """

    text: str
    attached: Sequence[Attachment] = ()

    def content(self) -> str | list[Part]:
        """Return it as the content of a message: a text, or parts if there are images.

        Raises:
            click.UsageError: it is empty.
        """
        images = [each.part for each in self.attached if each.part is not None]
        text = _joined(self.text, *(each.text for each in self.attached))
        if not text and not images:
            raise click.UsageError("there is no prompt: write it as an argument, or pipe it in")
        if not images:
            return text
        return [*images, *([_text(text)] if text else [])]


def read_prompt(typed: Typed, timeout: float | None, output_format: str) -> Prompt:
    """Return the words, what is piped in, and the files; each is named on standard error.

    An image that is piped in is attached.

    Nothing but the words is searched for mentions of files: not standard input, and not a file.

    Args:
        typed: the arguments.
        timeout: the most seconds to wait for the end of standard input.
        output_format: the form of lines on standard error.

    Raises:
        click.UsageError: an input is too long, cannot be read, is not what it should be, or must
            not be attached, or standard input does not end.
    """
    words = list(typed.words)
    from_stdin = bool(words) and words[-1] == _STDIN
    text = " ".join(words[:-1] if from_stdin else words)
    attached: Attachments | None = None
    if typed.files or typed.images or "@" in text:
        text, attached = _with_files(text, typed, output_format)
    piped = _piped(timeout, output_format, typed=from_stdin)
    if piped:
        attached = attached or _none_attached(output_format)
        if not attached.add_if_image(_STANDARD_INPUT, piped):
            text = _joined(text, decoded(piped, _STANDARD_INPUT).rstrip("\r\n"))
    return Prompt(text, attached.found if attached else ())


def _with_files(text: str, typed: Typed, output_format: str) -> tuple[str, Attachments]:
    """Return the text, and the files that it mentions and that options name."""
    from ollama_cli.inputs.mentions import with_mentions

    attached = _none_attached(output_format)
    text = with_mentions(text, attached)
    for path in typed.files:
        attached.add_named(path)
    for place in typed.images:
        attached.add_image(place)
    return text, attached


def _none_attached(output_format: str) -> Attachments:
    from ollama_cli.inputs.files import Attachments  # a question of words alone needs it not

    def tell(message: str) -> None:
        if output_format == "text":
            print_err(message)
        else:
            print_err_json({"type": "warning", "message": message})

    return Attachments(MAX_INPUT_BYTES, tell)


def _text(text: str) -> Part:
    return {"type": "text", "text": text}


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part.strip())


def _piped(timeout: float | None, output_format: str, *, typed: bool) -> bytes:
    def say_what_it_waits_for() -> None:
        if output_format == "text":
            print_err(f"ollama-cli: {_WAITING}")
        elif timeout is None:  # otherwise standard error holds the error of the timeout alone
            print_err_json({"type": "warning", "message": _WAITING})

    return piped_bytes(MAX_INPUT_BYTES, timeout, say_what_it_waits_for, typed=typed)
