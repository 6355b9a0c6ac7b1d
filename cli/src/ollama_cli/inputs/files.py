"""Files and images that go with a question."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from provider_sdk import Part

from ollama_cli.inputs.encodings import decoded
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.output import print_err, print_err_json
from ollama_cli.terminal.questions import can_ask, confirm

_KEY_FILES = re.compile(
    r"\.env(\..*)?|id_.*|\.netrc|\.pgpass|credentials(\..*)?|.*\.(pem|key|p12|pfx|jks|kdbx)",
    re.IGNORECASE,
)
_FENCES = re.compile(r"^ {0,3}(`{3,})", re.MULTILINE)
_IMAGES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as a part of the question: text, or an image."""

    text: str = ""
    part: Part | None = None


class Attachments:
    """Collects the files of one question, and names each on standard error with its size.

    Args:
        limit: the most bytes of all files together.
        output_format: the form of lines on standard error.

    Attributes:
        found: the files, in the order in which they were added.
    """

    def __init__(self, limit: int, output_format: str) -> None:
        self.found: list[Attachment] = []
        self._limit = limit
        self._left = limit
        self._format = output_format
        self._added: set[Path] = set()

    def add_named(self, path: str) -> None:
        """Add the file of ``-f``: any that can be read, also a pipe.

        Raises:
            click.UsageError: it cannot be read, is too long, or is neither text nor an image.
        """
        _refuse_dash(path, "-f")
        with _usage_errors(path):
            data = self._read(path, os.open(path, os.O_RDONLY))
        self._add(path, data)

    def add_image(self, place: str) -> None:
        """Add the image of ``--image``: a file, or an address that the service reads.

        Raises:
            click.UsageError: it cannot be read, is too long, or is not an image that models know.
        """
        _refuse_dash(place, "--image")
        if _ADDRESS.match(place):
            self._append(place, "an address", _image(place))
            return
        with _usage_errors(place):
            data = self._read(place, os.open(place, os.O_RDONLY))
        kind = _image_kind(data)
        if kind is None:
            raise click.UsageError(
                f"{on_one_line(place)} is not an image: PNG, JPEG, GIF and WebP are known"
            )
        self._append(place, _size(data), _image(_data_url(kind, data)))

    def add_if_image(self, source: str, data: bytes) -> bool:
        """Add what was read elsewhere, if it is an image; return whether it is."""
        kind = _image_kind(data)
        if kind is not None:
            self._append(source, _size(data), _image(_data_url(kind, data)))
        return kind is not None

    def add_mentioned(self, path: str) -> bool:
        """Add the file that ``@path`` names; return whether there is one.

        What people do not expect to be sent must be confirmed on a terminal: a file outside the
        working folder, a hidden one, and one that may hold a key.

        Raises:
            click.UsageError: it must not be attached, or as ``add_named``.
        """
        try:
            real = Path(path).expanduser().resolve(strict=True)
            if not real.is_file():
                return False
        except (OSError, ValueError, RuntimeError):
            return False
        if real in self._added:
            return True
        self._added.add(real)
        if reason := _reason_to_ask(path, real):
            _confirm(path, reason)
        # What was judged is what is read: the path without links, which must not become one.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with _usage_errors(path):
            descriptor = os.open(real, flags)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                return False
            data = self._read(path, descriptor)
        self._add(path, data)
        return True

    def _read(self, path: str, descriptor: int) -> bytes:
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(self._left + 1)
        if len(data) > self._left:
            raise click.UsageError(
                f"{on_one_line(path)} is too long: all files together may have {self._limit} "
                f"bytes ({self._limit >> 20} MiB)"
            )
        self._left -= len(data)
        return data

    def _add(self, path: str, data: bytes) -> None:
        if not self.add_if_image(path, data):
            text = decoded(data, on_one_line(path))
            self._append(path, _size(data), Attachment(_block(path, text)))

    def _append(self, path: str, size: str, attachment: Attachment) -> None:
        self.found.append(attachment)
        message = f"Attached: {on_one_line(path)} ({size})"
        if self._format == "text":
            print_err(message)
        else:
            print_err_json({"type": "warning", "message": message})


def _refuse_dash(path: str, option: str) -> None:
    """Raise ``click.UsageError`` for what stands for standard input elsewhere."""
    if path == "-":
        raise click.UsageError(
            f"standard input goes with the question anyway, text or image; leave out: {option} -"
        )


def _block(path: str, text: str) -> str:
    """Return the text in a fence that nothing within it ends."""
    longest = max((len(found) for found in _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    end = "" if text.endswith("\n") or not text else "\n"
    return f"File {on_one_line(path)}:\n{fence}\n{text}{end}{fence}"


def _image(url: str) -> Attachment:
    return Attachment(part={"type": "image_url", "image_url": {"url": url}})


def _image_kind(data: bytes) -> str | None:
    return next((kind for begin, kind in _IMAGES if begin.match(data)), None)


def _data_url(kind: str, data: bytes) -> str:
    import base64

    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _size(data: bytes) -> str:
    return f"{len(data)} bytes" if len(data) < 10_000 else f"{len(data) / 1000:.0f} kB"


def _reason_to_ask(path: str, real: Path) -> str | None:
    """Return why a file must be confirmed, ``None`` if it need not."""
    try:
        within = real.relative_to(Path.cwd().resolve())
    except (OSError, ValueError):
        return "it is outside the working folder"
    if any(_KEY_FILES.fullmatch(name) for name in (Path(path).name, real.name)):
        return "it may hold a key"
    names = [*within.parts, *(part for part in Path(path).parts if part.strip("./"))]
    if any(name.startswith(".") for name in names):
        return "it is hidden"
    return None


def _confirm(path: str, reason: str) -> None:
    shown = on_one_line(path)
    if can_ask():
        if confirm(f"Attach {shown}, although {reason}?"):
            return
        raise click.UsageError(f"{shown} is not attached, so nothing was sent")
    raise click.UsageError(
        f"{shown} is not attached, because {reason}; to attach it, give it by -f"
    )


@contextmanager
def _usage_errors(path: str) -> Iterator[None]:
    try:
        yield
        return
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
    raise click.UsageError(f"{on_one_line(path)} cannot be read: {reason}")
