"""Files and images that go with a question."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click
from provider_sdk import Part

from ollama_cli.inputs.encodings import decoded
from ollama_cli.terminal.escapes import on_one_line
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
_PASSWORD = re.compile(r"//[^/@\s]*@")
_LONGEST_NAME = 160


def is_there(path: str | Path) -> bool:
    """Whether a path leads to something; one that no file can have leads nowhere."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as a part of the question: text, or an image.

    Attributes:
        text: the text, with the name of the file.
        part: the image.
        name: what to call it, on one line.
        bytes: how long the file is; 0 for the address of an image.
        path: the file without links; ``None`` for what is not a file.
    """

    text: str = ""
    part: Part | None = None
    name: str = ""
    bytes: int = 0
    path: Path | None = None

    @property
    def shown(self) -> str:
        """Return its name and size."""
        is_address = self.part is not None and not self.bytes
        return f"{self.name} ({'an address' if is_address else _size(self.bytes)})"


Permit = Callable[[str, str], None]
"""Is told a path, and why people may not expect its file to be sent; raises ``click.UsageError`` if
it must not be attached."""


class Attachments:
    """Collects the files of one question.

    Args:
        limit: the most bytes of all files together.
        tell: is told each file with its size, in a line.
        permit: as ``Permit``; by default the terminal is asked.
        before: the files that go with the question already.

    Attributes:
        found: the files, in the order in which they were added.
    """

    def __init__(
        self,
        limit: int,
        tell: Callable[[str], None],
        permit: Permit | None = None,
        before: Sequence[Attachment] = (),
    ) -> None:
        self.found: list[Attachment] = []
        self._limit = limit
        self._left = limit - sum(each.bytes for each in before)
        self._tell = tell
        self._permit = permit or _ask_at_terminal
        self._added = {each.path for each in before if each.path is not None}

    def add_named(self, path: str) -> None:
        """Add the file of ``-f``: any that can be read, also a pipe.

        Raises:
            click.UsageError: it cannot be read, is too long, or is neither text nor an image.
        """
        _refuse_dash(path, "-f")
        with _usage_errors(path):
            data = self._read(path, os.open(path, os.O_RDONLY))
        self._add(path, data)

    def add_chosen(self, path: str, *, image: bool = False, is_expected: bool = True) -> bool:
        """Add a file that was chosen, also a hidden one; return whether it was not there already.

        Args:
            path: the file; a pipe is refused, because nobody may ever write to it.
            image: whether it must be an image.
            is_expected: whether a person chose it; else it is confirmed as by ``add_mentioned``.

        Raises:
            click.UsageError: it must not be attached, or as ``add_named`` or ``add_image``.
        """
        with _usage_errors(path):
            real = Path(path).resolve(strict=True)
        if not is_expected and (reason := _reason_to_ask(path, real)):
            self._permit(_named(path), reason)
        descriptor = _opened(path, real)
        with _usage_errors(path):
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise ValueError("it is not a file")
            if real in self._added:
                os.close(descriptor)
                return False
            data = self._read(path, descriptor)
        if image:
            self._add_image(path, data, real)
        else:
            self._add(path, data, real)
        self._added.add(real)
        return True

    def add_image(self, place: str) -> None:
        """Add the image of ``--image``: a file, or an address that the service reads.

        Raises:
            click.UsageError: it cannot be read, is too long, or is not an image that models know.
        """
        _refuse_dash(place, "--image")
        if _ADDRESS.match(place):
            self._append(_address(place), _image(place))
            return
        with _usage_errors(place):
            data = self._read(place, os.open(place, os.O_RDONLY))
        self._add_image(place, data)

    def add_if_image(self, source: str, data: bytes) -> bool:
        """Add what was read elsewhere, if it is an image; return whether it is."""
        kind = _image_kind(data)
        if kind is not None:
            self._append(source, _image(_data_url(kind, data)), data)
        return kind is not None

    def add_mentioned(self, path: str) -> bool:
        """Add the file that ``@path`` names; return whether there is one.

        What people do not expect to be sent must be confirmed on a terminal: a file outside the
        working folder, a hidden one, and one that may hold a key. Of a folder nothing is attached,
        and a line says so.

        Raises:
            click.UsageError: it must not be attached, or as ``add_named``.
        """
        try:
            real = Path(path).expanduser().resolve(strict=True)
            if not real.is_file():
                self._tell_of_folder(path, real)
                return False
        except (OSError, ValueError, RuntimeError):
            return False
        if real in self._added:
            return True
        self._added.add(real)
        if reason := _reason_to_ask(path, real):
            self._permit(_named(path), reason)
        descriptor = _opened(path, real)
        with _usage_errors(path):
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                return False
            data = self._read(path, descriptor)
        self._add(path, data, real)
        return True

    def _tell_of_folder(self, path: str, real: Path) -> None:
        if real.is_dir() and any(map(str.isalnum, path)):  # else it is rather punctuation
            self._tell(f"Not attached: {_named(path)} is a folder; name the files in it")

    def _read(self, path: str, descriptor: int) -> bytes:
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(self._left + 1)
        if len(data) > self._left:
            raise click.UsageError(
                f"{_named(path)} is too long: all files together may have {self._limit} "
                f"bytes ({self._limit >> 20} MiB)"
            )
        self._left -= len(data)
        return data

    def _add(self, path: str, data: bytes, real: Path | None = None) -> None:
        kind = _image_kind(data)
        if kind is not None:
            self._append(path, _image(_data_url(kind, data)), data, real)
            return
        text = decoded(data, _named(path))
        self._append(path, Attachment(_block(path, text)), data, real)

    def _add_image(self, place: str, data: bytes, real: Path | None = None) -> None:
        kind = _image_kind(data)
        if kind is None:
            raise click.UsageError(
                f"{_named(place)} is not an image: PNG, JPEG, GIF and WebP are known"
            )
        self._append(place, _image(_data_url(kind, data)), data, real)

    def _append(
        self, name: str, attachment: Attachment, data: bytes = b"", real: Path | None = None
    ) -> None:
        found = replace(attachment, name=_named(name), bytes=len(data), path=real)
        self.found.append(found)
        self._tell(f"Attached: {found.shown}")


def _opened(path: str, real: Path) -> int:
    """Open what was judged: the path without links, which must not have become one."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with _usage_errors(path):
        return os.open(real, flags)


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


def _address(url: str) -> str:
    """Return an address for people: a password and what is asked for may be credentials."""
    beginning, question, _ = url.partition("?")
    return _PASSWORD.sub("//", beginning) + ("?..." if question else "")


def _named(path: str) -> str:
    """Return a path on one line; of a very long one, both ends."""
    line = on_one_line(path)
    half = _LONGEST_NAME // 2
    return line if len(line) <= _LONGEST_NAME else f"{line[:half]}...{line[-half:]}"


def _image(url: str) -> Attachment:
    return Attachment(part={"type": "image_url", "image_url": {"url": url}})


def _image_kind(data: bytes) -> str | None:
    return next((kind for begin, kind in _IMAGES if begin.match(data)), None)


def _data_url(kind: str, data: bytes) -> str:
    import base64

    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _size(count: int) -> str:
    return f"{count} bytes" if count < 10_000 else f"{count / 1000:.0f} kB"


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


def _ask_at_terminal(shown: str, reason: str) -> None:
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
    except (OSError, ValueError, RuntimeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
    raise click.UsageError(f"{_named(path)} cannot be read: {reason}")
