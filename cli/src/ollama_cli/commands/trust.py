"""``ollama-cli trust``: let a project set, run and send what it wants to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ollama_cli.command_line import options
from ollama_cli.command_line.exit_codes import OTHER
from ollama_cli.settings.enabling import SHORT, enabling
from ollama_cli.settings.files import read_user_settings
from ollama_cli.settings.project import find_project, offers_something
from ollama_cli.settings.snapshot import Snapshot, SnapshotError, take_snapshot
from ollama_cli.settings.trust import TrustError, revoke, trust, trusted_projects
from ollama_cli.terminal.output import print_err, write, write_json
from ollama_cli.terminal.questions import can_ask, confirm
from ollama_cli.terminal.tables import table
from ollama_cli.terminal.visible import visible


@click.command("trust")
@click.argument("path", required=False, type=click.Path())
@click.option("--list", "is_list", is_flag=True, help="List the projects that are trusted.")
@click.option("--revoke", "is_revoke", is_flag=True, help="Trust the project no longer.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.with_options(options.output_format)
def command(
    path: str | None, is_list: bool, is_revoke: bool, yes: bool, output_format: str
) -> int | None:
    """Let a project change settings and run commands.

    The project is that of PATH, by default of the working directory. What its .ollama folder and
    .env file would do is shown, and you are asked; if anything in them changes, you are asked
    again.
    """
    if is_list + is_revoke + yes > 1 or (is_list and path):
        raise click.UsageError("--list takes no path; use only one of --list, --revoke and --yes")
    if path == "":  # a variable of a script may be empty
        raise click.UsageError("the path is empty")
    if is_list:
        _list(output_format)
    elif is_revoke:
        _revoke(path, output_format)
    else:
        return _trust(_snapshot(path), yes, output_format)
    return None


def _snapshot(path: str | None) -> Snapshot:
    """Return the project as it is now.

    Raises:
        click.UsageError: the folder is no project, or cannot be trusted.
    """
    if path is not None and not Path(path).is_dir():
        raise click.UsageError(f"there is no folder {visible(path)}")
    root, note = find_project(path)
    if root is None:
        problem = note or (
            "there is no project here: neither this folder nor one above it, up to the root of the "
            "repository or the home folder, has a folder .ollama"
        )
        raise click.UsageError(problem)
    try:
        return take_snapshot(root)
    except SnapshotError as error:
        problem = f"the project {visible(root)} cannot be trusted, because {error}"
    raise click.UsageError(problem)


def _trust(snapshot: Snapshot, yes: bool, output_format: str) -> int | None:
    found = enabling(snapshot, read_user_settings().values)
    is_text = output_format == "text"
    if is_text:
        write("".join(f"{line}\n" for line in found.lines()))
    known = trusted_projects().get(str(snapshot.root))
    is_trusted = known is not None and known.digest == snapshot.digest
    is_open = not is_trusted and offers_something(snapshot.root)
    if is_open and is_text and not yes and can_ask() and sys.stdout.isatty():
        if not confirm("Trust it, as it is now?"):
            print_err("It is not trusted.")
            return OTHER
        yes = True
    if is_open and yes:
        _store(snapshot)
    if not is_text:
        write_json({**found.fields(), "trusted": is_trusted or (is_open and yes)})
    if is_open and not yes:
        raise click.UsageError("without a terminal, 'trust' does not ask; add --yes to trust it")
    if is_text:
        verdict = "It is trusted." if is_open else "There is nothing to trust."
        write(f"{'It was trusted already.' if is_trusted else verdict}\n")
    return None


def _store(snapshot: Snapshot) -> None:
    """Trust what was shown, unless it is another by now."""
    if _state(snapshot.root, snapshot.digest) != "trusted":
        raise TrustError(
            f"the project {visible(snapshot.root)} changed while it was shown, so it is not "
            "trusted; look at it again"
        )
    trust(snapshot)


def _list(output_format: str) -> None:
    rows = [
        {"project": name, "digest": found.digest[:SHORT], "at": found.at, "state": state}
        for name, found in trusted_projects().items()
        for state in [_state(Path(name), found.digest)]
    ]
    if output_format != "text":
        write_json({"projects": rows})
    elif rows:
        titles = ("STATE", "DIGEST", "TRUSTED AT", "PROJECT")
        cells = [(row["state"], row["digest"], row["at"], visible(row["project"])) for row in rows]
        write(table([titles, *cells]))
    else:
        write("No project is trusted.\n")


def _state(root: Path, digest: str) -> str:
    """Return whether a project still is what was trusted."""
    found = find_project(root).root
    if found != root:
        return "missing"
    try:
        return "trusted" if take_snapshot(root).digest == digest else "changed"
    except SnapshotError:
        return "changed"


def _revoke(path: str | None, output_format: str) -> None:
    folder = next(filter(revoke, _folders(path)), None)
    if output_format != "text":
        write_json({"project": folder and str(folder), "trusted": False})
    elif folder is None:
        write("It was not trusted.\n")
    else:
        write(f"{visible(folder)} is trusted no longer.\n")


def _folders(path: str | None) -> Iterator[Path]:
    """Yield what may be meant, nearest first; none of them has to be there any more."""
    here = Path(os.path.realpath(path or Path.cwd()))
    yield from (here, *here.parents)
