"""A world without the tester's own credentials, addresses and home."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TextIO

_PERSONAL = re.compile(
    r"(_KEY|_TOKEN|_SECRET|_URL|_PROXY|_ENDPOINT|_HOST)$"
    r"|^(HF|HUGGING_?FACE|OPENAI|ANTHROPIC|CLAUDE|GEMINI|GOOGLE|OLLAMA)_|^(ALL|HTTPS?|NO)_PROXY$",
    re.IGNORECASE,
)
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_ACTIVE_MARK = "PROVIDER_CONFORMANCE_HOME"
_HOMES = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")


@contextmanager
def isolated_environment() -> Iterator[None]:
    """Remove personal variables and give an empty home, until the block ends.

    Within another such block it shares that block's home: a folder for each check would cost more
    than most checks.
    """
    before = dict(os.environ)
    try:
        if _ACTIVE_MARK in before:
            yield
            return
        with tempfile.TemporaryDirectory(prefix="conformance-home-") as home:
            for name in filter(_PERSONAL.search, before):
                del os.environ[name]
            os.environ.update(dict.fromkeys((*_HOMES, _ACTIVE_MARK), home))
            yield
    finally:
        if dict(os.environ) != before:
            os.environ.clear()
            os.environ.update(before)


@dataclass(slots=True)
class CapturedOutput:
    """What was logged, warned and printed, as text."""

    logs: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    warnings: list[warnings.WarningMessage] = field(default_factory=list)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield where each text was found, and the text."""
        for line in self.logs:
            yield "a log record", line
        yield "what was printed", "".join(self.printed)
        for warning in self.warnings:
            yield "a warning", str(warning.message)


class _LogCollector(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        # Whatever was passed as `extra` stands beside the text, and structured loggers write it.
        extra = {
            name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS
        }
        self._lines.append(f"{self.format(record)} {extra or ''}")


class _Tee(io.TextIOBase):
    def __init__(self, beside: TextIO, parts: list[str]) -> None:
        self._beside = beside
        self._parts = parts

    def write(self, text: str) -> int:
        self._parts.append(text)
        return self._beside.write(text)

    def flush(self) -> None:
        self._beside.flush()


@contextmanager
def capture_output() -> Iterator[CapturedOutput]:
    """Collect all log records down to DEBUG, all warnings and prints, until the block ends."""
    heard = CapturedOutput()
    root = logging.getLogger()
    listener, level = _LogCollector(heard.logs), root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        with (
            redirect_stdout(_Tee(sys.stdout, heard.printed)),
            redirect_stderr(_Tee(sys.stderr, heard.printed)),
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("always")
            heard.warnings = caught
            yield heard
    finally:
        root.removeHandler(listener)
        root.setLevel(level)
