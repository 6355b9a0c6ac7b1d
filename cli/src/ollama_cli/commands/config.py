"""``ollama-cli config``: look at the settings, and change them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

import click

from ollama_cli.choosing.known_providers import KnownProviders
from ollama_cli.choosing.routing import load_settings
from ollama_cli.command_line import options
from ollama_cli.settings.credentials import credential_problem
from ollama_cli.settings.effective import DEFAULT, Row, effective, effective_value
from ollama_cli.settings.files import Settings, SettingsError, read_settings
from ollama_cli.settings.key_paths import (
    KeyPath,
    has_value,
    parse_path,
    require_known,
    schema_text,
    shown_path,
    with_value,
    without_value,
)
from ollama_cli.terminal.escapes import values_without_escapes, with_texts, without_escapes
from ollama_cli.terminal.output import print_err, warn, write, write_json
from ollama_cli.terminal.questions import can_ask, confirm
from ollama_cli.terminal.tables import table

_KEY_HELP = """A KEY is written as tasks.coding.model. A name with a dot in it stands in quotes, as
in prices."gpt-5.4".input; or write a JSON pointer: /prices/gpt-5.4/input."""


@click.group("config", invoke_without_command=True)
@options.with_options(options.output_format)
@click.pass_context
def command(ctx: click.Context, output_format: str) -> None:
    """Look at the settings, and change them."""
    if ctx.invoked_subcommand is None:
        write(f"{ctx.get_help()}\n")
    ctx.default_map = {verb: {"output_format": output_format} for verb in command.commands}


@command.command("get", epilog=_KEY_HELP)
@click.argument("key")
@options.with_options(options.output_format)
def _get(key: str, output_format: str) -> None:
    """Show what a file or a variable sets.

    Text is shown as it is, anything else as JSON. Exits with 1, without output, if it is not set.
    """
    path = parse_path(key)
    settings = load_settings(output_format)
    value = _redacted(effective_value(settings, path), settings)
    if value is None:
        raise click.ClickException(f"{shown_path(path)} is not set")
    if output_format != "text":
        write_json({"key": shown_path(path), "value": values_without_escapes(value)})
    elif isinstance(value, str):
        write(f"{without_escapes(value)}\n")
    else:
        write(f"{json.dumps(value, indent=2)}\n")


@command.command("set", epilog=_KEY_HELP)
@click.argument("key")
@click.argument("value")
@options.with_options(options.output_format)
def _set(key: str, value: str, output_format: str) -> None:
    """Change a setting in your file; VALUE is JSON, or else text.

    All settings are checked first. If one would be wrong, nothing is changed.
    """
    from ollama_cli.settings.editing import change_settings

    path = parse_path(key, known=False)
    if held := credential_problem(with_value({}, path, None)):
        raise click.UsageError(held)
    require_known(path)
    problem = None
    for found in _meanings(value):
        try:
            change_settings(partial(with_value, path=path, value=found))
        except SettingsError as error:
            problem = problem or error
        else:
            _tell(path, found, output_format)
            return
    assert problem is not None
    raise problem


@command.command("unset", epilog=_KEY_HELP)
@click.argument("key")
@options.with_options(options.output_format)
def _unset(key: str, output_format: str) -> None:
    """Remove a setting from your file.

    Exits with 1 if it is not there.
    """
    from ollama_cli.settings.editing import change_settings

    path = parse_path(key, known=False)

    def without(values: Mapping[str, Any]) -> Mapping[str, Any]:
        if not has_value(values, path):
            raise click.ClickException(f"{shown_path(path)} is not set in your settings file")
        return without_value(values, path)

    change_settings(without)
    _tell(path, None, output_format)


@command.command("list")
@click.option("--sources", is_flag=True, help="Show where each comes from.")
@options.with_options(options.output_format)
def _list(sources: bool, output_format: str) -> None:
    """List the settings that count: of files, of variables, and defaults."""
    settings = load_settings(output_format)
    rows = [row._replace(value=_redacted(row.value, settings)) for row in effective(settings)]
    if output_format == "text":
        titles = ("KEY", "VALUE", "SOURCE") if sources else ("KEY", "VALUE")
        write(table([titles, *(_cells(row)[: len(titles)] for row in rows)]))
    else:
        found = [
            {"key": shown_path(row.path), "value": row.value, "source": row.source} for row in rows
        ]
        write_json(values_without_escapes({"settings": found}))


def _redacted(value: Any, settings: Settings) -> Any:
    """Return a value without credentials; only the commands of hooks can have some in them."""
    if not settings.values.get("hooks"):
        return value
    from ollama_cli.processes.environment import ChildEnvironment

    return with_texts(value, ChildEnvironment(settings.values).redact)


@command.command("path")
@options.with_options(options.output_format)
def _path(output_format: str) -> None:
    """Show where your settings file is, or would be.

    If the project is trusted and has settings, the path of its file follows on a line of its own.
    """
    from ollama_cli.settings.editing import user_file

    paths = [user_file()]
    with suppress(SettingsError):  # a broken file is looked for, too
        paths += filter(None, [read_settings().project_path])
    if output_format == "text":
        write("".join(f"{without_escapes(str(path))}\n" for path in paths))
    else:
        found = [{"path": str(path), "exists": path.exists()} for path in paths]
        write_json(values_without_escapes({"paths": found}))


@command.command("schema")
def _schema() -> None:
    """Show the JSON schema of the settings file, for editors."""
    write(schema_text())


@command.command("edit")
def _edit() -> None:
    """Edit your settings file with the editor that VISUAL or EDITOR names.

    You edit a draft. It becomes the settings file if nothing is wrong with it.
    """
    from ollama_cli.settings.draft import edit_settings

    if not edit_settings(_ask_again):
        print_err(
            "Nothing is changed. If the editor returned at once, add the option with which it "
            "waits, such as EDITOR='code --wait'."
        )


@command.command("prompts")
@options.with_options(options.output_format)
def _prompts(output_format: str) -> None:
    """List the saved prompts, which 'ollama-cli -t NAME' asks with."""
    from ollama_cli.settings.prompts import list_prompts, user_folder

    prompts = list_prompts(load_settings(output_format).project)
    if output_format == "text" and not prompts:
        write(f"There are no saved prompts. One is a file NAME.md in {user_folder()}.\n")
    elif output_format == "text":
        rows = [(each.name, each.problem or each.description or "-") for each in prompts]
        write(table([("NAME", "DESCRIPTION"), *rows]))
    else:
        found = [{**each._asdict(), "path": str(each.path)} for each in prompts]
        write_json(values_without_escapes({"prompts": found}))


def _meanings(value: str) -> list[Any]:
    """Return what a value on the command line may mean; the first that is right counts."""
    try:
        found = json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return [value]
    return [found] if found is None or isinstance(found, str | list | dict) else [found, value]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _cells(row: Row) -> tuple[str, str, str]:
    value = row.value if isinstance(row.value, str) else json.dumps(row.value)
    return shown_path(row.path), value, row.source


def _tell(path: KeyPath, value: Any, output_format: str) -> None:
    """Tell of a change with JSON, and always if it has no effect here."""
    try:
        settings = read_settings()
    except SettingsError:
        settings = Settings()  # those of the project are broken, which others tell
    for row in effective(settings):
        if row.path[: len(path)] == path and row.source not in (str(settings.path), DEFAULT):
            warn(f"{row.source} sets {shown_path(row.path)}, and comes before it", output_format)
    if (
        path[-1] == "provider"
        and value is not None
        and value not in KnownProviders(settings.values)
    ):
        warn(f"no provider is called {value!r}; 'ollama-cli providers' lists them", output_format)
    if output_format != "text":
        write_json(values_without_escapes({"key": shown_path(path), "value": value}))


def _ask_again(problem: str) -> bool:
    """Tell what is wrong with a draft; ask on a terminal whether to edit it again."""
    if not can_ask():
        return False
    print_err(f"The settings would be broken: {without_escapes(problem)}")
    return confirm("Edit them again?", default=True)
