"""``ollama-cli sessions export`` and ``import``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO

import click

from ollama_cli.command_line import options
from ollama_cli.conversation.database import StoreError
from ollama_cli.conversation.portable import Imported, export, import_from
from ollama_cli.conversation.records import Session
from ollama_cli.conversation.store import Store
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.escapes import on_one_line, values_without_escapes
from ollama_cli.terminal.out_file import OutFile
from ollama_cli.terminal.output import print_err, write, write_json


@click.command("export")
@click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=options.known_sessions)
@click.option("--all", "everything", is_flag=True, help="Export every session.")
@click.option("--out", metavar="FILE", help="Write to a file, which only you can read.")
@options.with_options(options.verbose)
@click.pass_context
def export_command(
    ctx: click.Context, ids: Sequence[str], everything: bool, out: str | None, verbose: bool
) -> None:
    """Write sessions without loss, one JSON object per line; 'import' reads them.

    One that is damaged is left out and named, and the exit code is 1.
    """
    if bool(ids) == everything:
        raise click.UsageError("name the sessions to export, or use --all")
    written = 0
    with Store.open(create=False) as store, _output(out) as write_out:
        found = store.sessions() if everything else [store.find(id) for id in ids]
        for session in found:
            if line := _exported(store, session):
                write_out(f"{line}\n")
                written += 1
    if out is not None:
        print_err(f"Wrote {counted(written, 'session')} to {on_one_line(out)}.")
    ctx.exit(int(written < len(found)))


def _exported(store: Store, session: Session) -> str:
    """Return a session as a line, ``""`` if it is damaged."""
    try:
        return export(store, session)
    except StoreError as error:
        print_err(f"Warning: session {session.id} is left out. {on_one_line(error.message)}")
    return ""


@contextmanager
def _output(name: str | None) -> Iterator[Callable[[str], object]]:
    """Yield what writes to standard output, or to a file that is replaced once all is written."""
    if name is None:
        yield write
        return
    file = OutFile(name, mode=0o600)
    try:
        yield file.write
        file.complete()
    finally:
        if partial := file.abandon():
            partial.unlink()


@click.command("import")
@click.argument("file")
@options.with_options(options.output_format, options.verbose)
def import_command(file: str, output_format: str, verbose: bool) -> None:
    """Store the sessions that 'export' wrote to a FILE, or to standard input if it is '-'.

    All of them are stored, or none if a line is wrong. A session that is here already is left as it
    is. One whose id is taken by another gets a new one.
    """
    with _input(file) as opened, Store.open(create=True) as store:
        found = import_from(store, opened)
    if output_format == "text":
        write("".join(map(_line, found)) or "There is no session in it.\n")
    else:
        write_json({"sessions": values_without_escapes([each._asdict() for each in found])})


def _line(found: Imported) -> str:
    id, own = on_one_line(found.id), found.stored_as
    as_other = "" if own == found.id else f" as {own}"
    if not found.is_new:
        return f"{id} is already here{as_other}.\n"
    return f"Imported {id}{as_other and f'{as_other}, because its id cannot be used here'}.\n"


@contextmanager
def _input(name: str) -> Iterator[IO[bytes]]:
    """Yield the file; what comes through a pipe only once all of it is there.

    While sessions are stored, no other process can store any.
    """
    try:
        with _opened(name) as source:
            if source.seekable():
                yield source
                return
            with tempfile.TemporaryFile() as whole:
                shutil.copyfileobj(source, whole)
                whole.seek(0)
                yield whole
    except OSError as error:
        problem = f"{name!r} cannot be read: {error.strerror or error}"
    else:
        return
    raise click.UsageError(problem)


def _opened(name: str) -> AbstractContextManager[IO[bytes]]:
    if name != "-":
        return Path(name).open("rb")
    if sys.stdin is None:
        raise click.UsageError("standard input is closed; name a file")
    return nullcontext(sys.stdin.buffer)
