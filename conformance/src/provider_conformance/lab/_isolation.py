"""Runs checks without the tester's own credentials, addresses and home, and captures output."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from provider_conformance._harness import ProviderFactory
from provider_conformance._text import text_of
from provider_conformance.lab._logging import every_record
from provider_conformance.lab._variables import declared_variables, registered_providers

_CREDENTIAL_OR_ADDRESS = re.compile(r"_(KEY|TOKEN|SECRET|URL|PROXY|ENDPOINT|HOST)$", re.IGNORECASE)
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_ACTIVE_MARK = "PROVIDER_CONFORMANCE_HOME"
VARIABLES = {
    _ACTIVE_MARK: "the empty home folder of a check that is running; set and read by the kit alone"
}
"""The variable that is read here, and what it says."""
_HOMES = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")


@contextmanager
def isolated_environment(
    *providers: ProviderFactory,
    home: Path | None = None,
    registered: Iterable[ProviderFactory] | None = None,
) -> Iterator[None]:
    """Hide the tester's own credentials, addresses and home until the block ends.

    Hidden are the variables that are named like a credential or an address, and those of the
    registered providers and of ``providers``: the ones that a class names, and all that begin
    with the same word.

    An inner block shares the home of the outer one, because a folder per check would cost more
    than most checks.

    Args:
        home: an empty folder to use as the home; by default one that exists only meanwhile.
        registered: the registered providers, for who knows them (``registered_once``).
    """
    before = dict(os.environ)
    try:
        _hide_variables(providers)
        if _ACTIVE_MARK in before:
            yield
            return
        _hide_variables(registered_providers() if registered is None else registered)
        with nullcontext(str(home)) if home else empty_home() as place:
            for name in filter(_CREDENTIAL_OR_ADDRESS.search, list(os.environ)):
                del os.environ[name]
            os.environ.update(dict.fromkeys((*_HOMES, _ACTIVE_MARK), place))
            yield
    finally:
        if dict(os.environ) != before:
            os.environ.clear()
            os.environ.update(before)


def empty_home() -> tempfile.TemporaryDirectory[str]:
    """Return a new folder that is removed when its block ends, as far as that is possible."""
    return tempfile.TemporaryDirectory(prefix="conformance-home-", ignore_cleanup_errors=True)


def _hide_variables(providers: Iterable[ProviderFactory]) -> None:
    declared = {name for provider in providers for name in declared_variables(provider)}
    prefixes = tuple({f"{name.partition('_')[0]}_" for name in declared if "_" in name})
    for name in list(os.environ):
        if name != _ACTIVE_MARK and (name in declared or name.startswith(prefixes)):
            del os.environ[name]


@dataclass(slots=True)
class CapturedOutput:
    """What was logged, warned and printed while a check ran."""

    logs: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    warnings: list[warnings.WarningMessage] = field(default_factory=list)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield every captured text, after a description of where it was found."""
        for line in self.logs:
            yield "a log record", line
        yield "what was printed", "".join(self.printed)
        for warning in self.warnings:
            yield "a warning", text_of(warning.message)


class _LogCollector(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        # `extra` values are not in the message, but structured loggers write them.
        extra = {
            name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS
        }
        try:
            self._lines.append(f"{self.format(record)} {extra or ''}")
        except Exception:  # noqa: BLE001 - a record that cannot be shown is no failed call
            self.handleError(record)


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
    """Capture all log records from DEBUG up, all warnings and prints, until the block ends.

    What is printed still reaches the terminal.
    """
    captured = CapturedOutput()
    with (
        every_record(_LogCollector(captured.logs)),
        redirect_stdout(_Tee(sys.stdout, captured.printed)),
        redirect_stderr(_Tee(sys.stderr, captured.printed)),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        captured.warnings = caught
        yield captured
