"""``record``: records exchanges with the real service as cassettes."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from provider_sdk import ProviderError

from provider_conformance._find import find_harness
from provider_conformance._harness import Harness, declared
from provider_conformance._text import text_of
from provider_conformance.cassettes import (
    LeakingCassetteError,
    SecretSearch,
    UnreachableServiceError,
    credentials_of,
    record,
)
from provider_conformance.commands._say import say
from provider_conformance.lab._guards import EndedProcessError, no_exit

_SENTENCES = (
    EndedProcessError,
    LeakingCassetteError,
    OSError,
    ProviderError,
    UnreachableServiceError,
)

HELP = "record exchanges with the real service as cassettes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument("--model", required=True, help="the model to ask")
    parser.add_argument("--upstream", metavar="URL", help="base URL of the service")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where they go")


def main(options: argparse.Namespace) -> int:
    """Return 0 if the cassettes were written, 1 if the service or a leak forbids it."""
    harness, _ = find_harness(options.target)
    upstream = options.upstream or _default_address(harness)
    if not upstream:
        raise ValueError(f"{harness.name} has no usual address; name one with --upstream")
    try:
        with no_exit():
            written = record(harness, upstream, options.model, options.out)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a provider raises
        problem, is_usage = _problem(error), isinstance(error, ValueError | OSError)
    else:
        problem = ""
    problem = SecretSearch(credentials_of(harness, upstream)).redacted(problem)
    if problem and is_usage:
        raise ValueError(problem)
    if problem:
        say(f"not recorded: {problem}")
        return 1
    for file in written:
        say(file)
    say("Review the facts at the end of each file: replay holds the provider to them.")
    return 0


def _problem(error: BaseException) -> str:
    if isinstance(error, (*_SENTENCES, ValueError)):
        return text_of(error)
    return f"{type(error).__name__}: {text_of(error)}"


def _default_address(harness: Harness) -> str:
    variable = declared(harness.provider, "base_url_env") or ""
    return os.environ.get(variable, "") or str(getattr(harness.provider, "base_url", ""))
