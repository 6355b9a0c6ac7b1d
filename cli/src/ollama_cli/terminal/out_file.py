"""``--out FILE``: the answer in a file, which is replaced once the answer is complete."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import click
from provider_sdk import ChatChunk, ObservedAttempt, ProviderError

from ollama_cli.processes.streams import OutputError
from ollama_cli.terminal.answers import Answer
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.output import print_err, print_err_json
from ollama_cli.terminal.renderer import Renderer


class OutFile:
    """A file that is either replaced by the whole result, or left as it is.

    Until then the result is in a file beside it. A device or a named pipe is written at once.

    Args:
        name: where it is to be; a link is followed.
        mode: the permissions of a file that is not there yet, as far as the umask leaves them.
        option: what names the file, for messages.

    Raises:
        click.UsageError: it is a folder, or cannot be written.
    """

    def __init__(self, name: str, mode: int = 0o666, option: str = "--out") -> None:
        self.name = name
        self._new_mode = mode
        self.size = 0
        self._option = option
        self._path = _real(name, option)
        self._mode = _mode_of(name, self._path, option)
        self._beside: Path | None = None
        self._descriptor = -1
        if self._mode is not None:
            self._try_folder()

    def write(self, text: str) -> None:
        """Write a part of the result.

        Raises:
            OutputError: it cannot be written, for example because the disk is full.
        """
        data = memoryview(text.encode("utf-8", "replace"))
        try:
            if self._descriptor < 0:
                self._open()
            while data:
                written = os.write(self._descriptor, data)
                self.size += written
                data = data[written:]
        except OSError as error:
            failure = self._failure(error)
        else:
            return
        raise failure

    def complete(self) -> None:
        """Put the result in place.

        Raises:
            OutputError: it cannot be put there.
        """
        try:
            if self._descriptor < 0:
                self._open()  # an empty answer replaces the file too
            if self._beside is not None:
                os.fsync(self._descriptor)
                self._beside.replace(self._path)
                self._beside = None
            self._close()
        except OSError as error:
            failure = self._failure(error)
        else:
            return
        raise failure

    def abandon(self) -> Path | None:
        """Leave a file that is not complete as it was; return where the partial result is."""
        self._close()
        beside, self._beside = self._beside, None
        if beside is not None and not self.size:
            beside.unlink(missing_ok=True)
            return None
        return beside

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _open(self) -> None:
        flags = os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        if self._mode is None:
            self._descriptor = os.open(self._path, flags | getattr(os, "O_NOCTTY", 0))
            return
        beside = self._partial_path()
        self._descriptor = os.open(beside, flags | os.O_CREAT | os.O_EXCL, self._new_mode)
        self._beside = beside
        if self._mode and os.name == "posix":
            os.fchmod(self._descriptor, self._mode)

    def _try_folder(self) -> None:
        """Find out before anything is asked and paid for whether a file can be made there."""
        beside = self._partial_path()
        try:
            os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
            beside.unlink()
        except OSError as error:
            problem = error.strerror or type(error).__name__
        else:
            return
        raise click.UsageError(
            f"{self._option} {on_one_line(self.name)!r}: no file can be made in its folder "
            f"({problem})"
        )

    def _partial_path(self) -> Path:
        return self._path.with_name(f"{self._path.name[:200]}.partial-{os.urandom(4).hex()}")

    def _failure(self, error: OSError) -> OutputError:
        return OutputError(f"{on_one_line(self.name)}: {error.strerror or type(error).__name__}")


class FileRenderer:
    """Shows an answer through another renderer, which writes to a file.

    Args:
        renderer: shows the answer.
        file: where it writes.
        output_format: the form of what is said about the file.
    """

    def __init__(self, renderer: Renderer, file: OutFile, output_format: str) -> None:
        self._renderer = renderer
        self._file = file
        self._format = output_format
        self._whole = False
        self._closed = False

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Show that another provider is asked."""
        self._renderer.fallback(attempt, error, to, note)

    def start(self, provider: str, model: str | None) -> None:
        """Note that a provider has begun to answer."""
        self._renderer.start(provider, model)

    def chunk(self, chunk: ChatChunk) -> None:
        """Write a piece."""
        self._renderer.chunk(chunk)

    def finish(self, answer: Answer) -> None:
        """Write what only the complete answer contains."""
        self._renderer.finish(answer)
        self._whole = True

    def close(self) -> None:
        """Put the whole answer in place, or leave the file as it was; say which."""
        if self._closed:
            return
        self._closed = True
        file = self._file
        try:
            self._renderer.close()
            if self._whole:
                file.complete()
                self._say(f"wrote {_bytes(file.size)} to {file.name}")
        finally:
            if partial := file.abandon():
                self._say(
                    f"the answer is not complete, so {file.name} is left as it was; "
                    f"what arrived is in {partial}"
                )

    def _say(self, message: str) -> None:
        message = on_one_line(message)
        if self._format == "text":
            print_err(message[:1].upper() + message[1:])
        else:
            print_err_json({"type": "warning", "message": message})


def _real(name: str, option: str) -> Path:
    """Return the path without links.

    Raises:
        click.UsageError: it is in the working folder, which was deleted.
    """
    try:
        return Path(os.path.realpath(name))
    except OSError as error:
        problem = error.strerror or type(error).__name__
    raise click.UsageError(
        f"{option} {on_one_line(name)!r} cannot be written, because the working folder cannot be "
        f"found ({problem})"
    )


def _mode_of(name: str, path: Path, option: str) -> int | None:
    """Return the permissions of the file, 0 if it does not exist, ``None`` if it is not a file.

    Raises:
        click.UsageError: it is a folder, or must not be written.
    """
    shown = on_one_line(name)
    try:
        facts = path.stat()
    except FileNotFoundError:
        if name and not name.endswith(os.sep):
            return 0
        problem = "it does not name a file"
    except OSError as error:
        problem = error.strerror or type(error).__name__
    else:
        if stat.S_ISDIR(facts.st_mode):
            problem = "it is a folder; name a file in it"
        elif os.access(path, os.W_OK):
            return stat.S_IMODE(facts.st_mode) if stat.S_ISREG(facts.st_mode) else None
        else:
            problem = "it is not allowed"
    raise click.UsageError(f"{option} {shown!r} cannot be written: {problem}")


def _bytes(count: int) -> str:
    return counted(count, "byte")
