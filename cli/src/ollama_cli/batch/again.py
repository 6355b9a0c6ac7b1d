"""A run that goes on: by ``resume``, or with the rows that failed by ``retry``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import click
from provider_sdk import ChatOptions
from provider_sdk.bulk.running.opened import form_of

from ollama_cli.asking.chat_options import parse_chat_options
from ollama_cli.batch.going import Going
from ollama_cli.batch.how import How
from ollama_cli.batch.kept import KeptRun
from ollama_cli.batch.new import make_run
from ollama_cli.batch.world import World

_MAY_CHANGE = ("extra_headers", "timeout")
"""Options that the manifest does not bind: they decide nothing of what is asked."""


def go_on(run: str, given: Mapping[str, Any], *, retries: bool) -> int:
    """Ask the rows of a run that have no answer, and return the exit code.

    Where the service is, and the credential for it, the user's present settings say.

    Args:
        run: the folder of the run.
        given: the options.
        retries: whether rows that failed, or were left without an answer, are asked again.

    Raises:
        click.ClickException: as ``new.ask``.
        ProviderError: as ``new.ask``; or the manifest cannot be used.
        click.Abort: as ``new.ask``.
    """
    kept = KeptRun.open(run)
    options = _options(kept, given)
    how = How.of(given, kept.asked.how)
    world = World.of(given, kept.choice)
    asked, input = kept.asked, kept.manifest.input.path
    make = partial(make_run, Path(input), kept.path, world, form_of(kept.manifest), options, asked)
    form = asked.form_of(asked.out)
    return Going(
        world, how, make, kept.path, input, asked.out, form, given["yes"], retries=retries
    ).go()


def _options(kept: KeptRun, given: Mapping[str, Any]) -> ChatOptions:
    """Return the options of each call.

    Raises:
        click.UsageError: an option would ask something else than the run does, or one that is not
            kept is missing.
    """
    found = parse_chat_options(given["chat_options"])
    for name in found:
        if name not in _MAY_CHANGE:
            raise click.UsageError(
                f"-o {name} cannot change in a run that has begun; begin another with --run"
            )
    missing = next((name for name in kept.manifest.left_out if name not in found), None)
    if missing is not None:
        raise click.UsageError(
            f"this run was begun with -o {missing}, which is not kept; give it again"
        )
    return cast("ChatOptions", {**kept.manifest.options, **found})
