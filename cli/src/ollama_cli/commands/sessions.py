"""``ollama-cli sessions``: list, show, search, fork, rename, export, import and delete sessions."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ollama_cli.choosing.routing import load_settings
from ollama_cli.command_line import options
from ollama_cli.commands._session_files import export_command, import_command
from ollama_cli.commands._session_views import (
    hit_fields,
    hit_text,
    list_text,
    session_fields,
    show_fields,
    show_text,
)
from ollama_cli.conversation.changing import delete, fork, outdated
from ollama_cli.conversation.records import Session
from ollama_cli.conversation.searching import search
from ollama_cli.conversation.store import Store
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.escapes import on_one_line, values_without_escapes
from ollama_cli.terminal.output import warn, write, write_json
from ollama_cli.terminal.questions import can_ask, confirm

_LIMIT = 20


class Verbs(click.Group):
    """Passes the options that stand before a verb on to it."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb."""
        before = {**(ctx.default_map or {}), **options.given_options(ctx)}
        ctx.default_map = dict.fromkeys(self.commands, before)
        return super().invoke(ctx)


_limit = click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    help=f"How many at most. Default: {_LIMIT}, and all with --format json.",
)


@click.group("sessions", cls=Verbs, invoke_without_command=True)
@_limit
@options.with_options(options.output_format, options.raw, options.verbose)
@click.pass_context
def command(
    ctx: click.Context, limit: int | None, output_format: str, raw: bool, verbose: bool
) -> None:
    """List, show, search and change the conversations that are stored.

    Without a command, they are listed.

    An ID is the whole id of a session, the beginning of it, or its part after the dash, as far as
    only one session has it.
    """
    if ctx.invoked_subcommand is None:
        _list(limit, output_format)


@command.command("list")
@_limit
@options.with_options(options.output_format, options.verbose)
def list_command(limit: int | None, output_format: str, verbose: bool) -> None:
    """List the sessions, the one that was used last first."""
    _list(limit, output_format)


def _list(limit: int | None, output_format: str) -> None:
    with Store.open(create=False) as store:
        found = store.sessions(_most(limit, output_format))
    if output_format == "text":
        write(list_text(found))
    else:
        rows = [session_fields(session) for session in found]
        write_json({"sessions": values_without_escapes(rows)})


def _most(limit: int | None, output_format: str) -> int | None:
    """Return how many to list; a program that did not ask for fewer gets all."""
    return _LIMIT if limit is None and output_format == "text" else limit


@command.command("show")
@click.argument("id", shell_complete=options.known_sessions)
@options.with_options(options.output_format, options.raw, options.verbose)
def show_command(id: str, output_format: str, raw: bool, verbose: bool) -> None:
    """Show a session: its system prompt, the questions and the answers."""
    with Store.open(create=False) as store:
        session = store.find(id)
        turns = store.turns(session.id)
    if output_format == "text":
        write(show_text(session, turns, raw=raw))
    else:
        found = show_fields(session, turns)
        write_json(found if raw else values_without_escapes(found))


@command.command("search")
@click.argument("words", nargs=-1, required=True)
@_limit
@options.with_options(options.output_format, options.verbose)
def search_command(
    words: Sequence[str], limit: int | None, output_format: str, verbose: bool
) -> None:
    """List the sessions in which all words occur in one turn.

    Small and capital letters are the same. Words in double quotes belong together: '"blue sky"'.
    """
    with Store.open(create=False) as store:
        found = search(store, " ".join(words), _most(limit, output_format))
    if output_format == "text":
        write("".join(map(hit_text, found)) or "No session has these words.\n")
    else:
        write_json({"sessions": values_without_escapes([hit_fields(hit) for hit in found])})


@command.command("fork")
@click.argument("id", shell_complete=options.known_sessions)
@click.option("--at", metavar="N", type=int, help="Copy the first N turns only.")
@click.option("--title", metavar="TEXT", default="", help="The title of the copy.")
@options.with_options(options.output_format, options.verbose)
def fork_command(id: str, at: int | None, title: str, output_format: str, verbose: bool) -> None:
    """Copy a session, which goes its own way from there."""
    with Store.open(create=False) as store:
        copy = fork(store, store.find(id), turns=at, title=title)
    _say_session(copy, output_format)


@command.command("rename")
@click.argument("id", shell_complete=options.known_sessions)
@click.argument("title")
@options.with_options(options.output_format, options.verbose)
def rename_command(id: str, title: str, output_format: str, verbose: bool) -> None:
    """Give a session another title."""
    if not title.strip():
        raise click.UsageError("a title is not empty")
    with Store.open(create=False) as store:
        session = store.find(id)
        store.rename(session.id, title)
        renamed = store.find(session.id)
    _say_session(renamed, output_format)


@command.command("delete")
@click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=options.known_sessions)
@click.option("--all", "everything", is_flag=True, help="Delete every session.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.with_options(options.output_format, options.verbose)
def delete_command(
    ids: Sequence[str], everything: bool, yes: bool, output_format: str, verbose: bool
) -> None:
    """Erase sessions. What their calls used stays, for 'usage', and holds no text."""
    if bool(ids) == everything:
        raise click.UsageError("name the sessions to delete, or use --all")
    with Store.open(create=False) as store:
        found = store.sessions() if everything else [store.find(id) for id in ids]
        _delete(store, list(dict.fromkeys(each.id for each in found)), output_format, yes=yes)


@command.command("prune")
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(min=0),
    help="Delete those that were not continued for N days. Default: the setting 'retention_days'.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.with_options(options.output_format, options.verbose)
def prune_command(days: int | None, yes: bool, output_format: str, verbose: bool) -> None:
    """Erase the sessions that were not continued for some days."""
    if days is None:
        days = load_settings(output_format).values.get("retention_days")
    if days is None:
        raise click.UsageError("use --days, or set 'retention_days' in the settings")
    with Store.open(create=False) as store:
        _delete(store, outdated(store, days), output_format, yes=yes)


def _delete(store: Store, ids: Sequence[str], output_format: str, *, yes: bool) -> None:
    """Delete sessions, after a question to the user unless ``yes``."""
    what = counted(len(ids), "session")
    if ids and not yes:
        if not can_ask():
            raise click.UsageError(f"this deletes {what} for good; add --yes")
        if not confirm(f"Delete {what} for good?"):
            raise click.ClickException("nothing is deleted")
    if ids and not delete(store, ids):
        warn(
            "another process is reading the sessions; until it ends, what was deleted is in "
            f"{store.database.path}-wal",
            output_format,
        )
    if output_format == "text":
        write(f"Deleted {what}.\n")
    else:
        write_json({"deleted": list(ids)})


def _say_session(session: Session, output_format: str) -> None:
    if output_format == "text":
        write(f"{session.id}\t{on_one_line(session.title)}\n")
    else:
        write_json(values_without_escapes(session_fields(session)))


command.add_command(export_command)
command.add_command(import_command)
