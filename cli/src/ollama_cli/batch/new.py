"""A new run, or one that is asked for with the same command again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, cast

import click
from provider_sdk import ChatOptions
from provider_sdk.bulk import BulkRun, Form

from ollama_cli.asking.chat_options import parse_chat_options, with_effort
from ollama_cli.batch.going import Going
from ollama_cli.batch.how import How
from ollama_cli.batch.kept import Asked
from ollama_cli.batch.names import STDOUT, directory_of
from ollama_cli.batch.refusing import check_input, check_new, schema_format
from ollama_cli.batch.worker_provider import maker_of
from ollama_cli.batch.world import World


def ask(input: str, given: Mapping[str, Any]) -> int:
    """Ask the rows of a file that have no answer, and return the exit code.

    Args:
        input: the file.
        given: the options.

    Raises:
        click.ClickException: the options cannot be used, the user does not want it, or a hook
            denies it.
        ProviderError: the run cannot begin, or was stopped.
        click.Abort: a signal stopped it.
    """
    check_new(given)
    check_input(input)
    how = How.of(given)
    options = chat_options(given)
    form = Form(
        template=given["template"],
        prompt_column=given["prompt_column"],
        id_column=given["id_column"],
        system=given["system"],
        limit=given["limit"],
    )
    world = World.of(given)
    out = given["out"] or STDOUT
    directory = directory_of(given["directory"], out, input)
    asked = Asked(
        out if out == STDOUT else str(Path(out).absolute()),
        given["out_form"],
        how,
    )
    make = partial(make_run, Path(input), directory, world, form, options, asked)
    going = Going(world, how, make, directory, input, out, asked.form_of(out), given["yes"])
    if given["dry_run"]:
        from ollama_cli.batch.dry_run import show

        show(going, options)
        return 0
    return going.go()


def make_run(
    input: Path,
    directory: Path,
    world: World,
    form: Form,
    options: ChatOptions,
    asked: Asked,
    how: How,
    budget: Decimal | None,
) -> BulkRun:
    """Return the run.

    Args:
        input: the file with the prompts.
        directory: the run directory.
        world: who answers.
        form: how the input is read.
        options: the options of each call.
        asked: what the directory keeps for the next call.
        how: how fast and how far the run goes.
        budget: USD that the user's budgets leave; ``None`` for any amount.

    Raises:
        BulkInputError: an argument cannot be used.
    """
    return BulkRun(
        input,
        out=None if asked.out == STDOUT else Path(asked.out),
        out_format=asked.out_form,
        directory=directory,
        make_provider=maker_of(world.who),
        provider_name=world.who.name,
        model=world.choice.model,
        options=options,
        form=form,
        limits=how.limits(),
        caps=how.caps(budget),
        on_unknown="skip" if how.on_unknown == "skip" else "retry",
        engine=how.make_engine(),
        prices=world.settings.values.get("prices"),
        asked=asked.to_json(),
    )


def chat_options(given: Mapping[str, Any]) -> ChatOptions:
    """Return the options of each call.

    Raises:
        click.UsageError: one of them is not valid, or is given twice.
    """
    found = with_effort(parse_chat_options(given["chat_options"]), given["effort"])
    if path := given["schema"]:
        if "response_format" in found:
            raise click.UsageError("use --schema or -o response_format, not both")
        return cast("ChatOptions", {**found, "response_format": schema_format(path)})
    return found
