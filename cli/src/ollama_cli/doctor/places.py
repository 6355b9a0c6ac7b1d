"""The folders and files of the command: whether they can be used, and whether others can."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ollama_cli.command_line.exit_codes import OTHER, USAGE
from ollama_cli.conversation.database import NAME as SESSIONS
from ollama_cli.conversation.database import LockedError, StoreError, damaged, open_database
from ollama_cli.doctor.findings import Finding
from ollama_cli.keys.stored import NAME as KEYS
from ollama_cli.keys.stored import KeysError, stored_keys
from ollama_cli.settings.folders import (
    DATA_VARIABLE,
    SETTINGS_VARIABLE,
    data_folder,
    settings_folder,
)
from ollama_cli.settings.own_files import NotOwnError, require_own
from ollama_cli.settings.parsing import NAME as SETTINGS
from ollama_cli.settings.trust import STORE as TRUST
from ollama_cli.settings.trust import TrustError, trusted_projects

_LOW = 100 << 20
"""Bytes of free space below which a line says so."""

_BRIEFLY = 2_000_000
"""Steps of SQLite's machine for the check of the sessions: a second or two."""


class Places(NamedTuple):
    """What was found.

    Attributes:
        folders: the two folders, as JSON.
        files: the files in them that there are, as JSON.
        sessions: whether the file of sessions is whole: ``"ok"``, ``"none"``, ``"damaged"``, or
            ``"not known"`` if a full check would take long.
        findings: what is wrong.
    """

    folders: list[dict[str, Any]]
    files: list[dict[str, Any]]
    sessions: str
    findings: list[Finding]


def places() -> Places:
    """Look at the folders and files; none is made."""
    found = Places([], [], "none", [])
    for what, folder, variable in (
        ("settings", settings_folder(), SETTINGS_VARIABLE),
        ("data", data_folder(), DATA_VARIABLE),
    ):
        if folder is None:
            problem = f"there is no home folder; set {variable}"
            found.findings.append(Finding(what, problem, OTHER if what == "data" else 0))
            continue
        found.folders.append(_folder(what, folder, found.findings))
        names = (SETTINGS, KEYS) if what == "settings" else (SESSIONS, f"{SESSIONS}-wal", TRUST)
        found.files.extend(_files(folder, names, found.findings))
    found.findings.extend(_lists())
    sessions, findings = _sessions()
    return found._replace(sessions=sessions, findings=[*found.findings, *findings])


def _folder(what: str, folder: Path, findings: list[Finding]) -> dict[str, Any]:
    # One that cannot be looked at counts as missing; for `Path.exists` that would be an error.
    nearest = next(each for each in (folder, *folder.parents) if os.access(each, os.F_OK))
    facts = nearest.stat()
    is_there = nearest == folder
    is_writable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    free = shutil.disk_usage(nearest).free
    code = OTHER if what == "data" else 0
    if not is_writable:
        kind = "you may not write to it" if nearest.is_dir() else f"{nearest} is not a folder"
        findings.append(Finding(what, f"the folder {folder} cannot be used: {kind}", code))
    elif is_there and (problem := _not_own(facts, "it")):
        findings.append(Finding(what, f"the folder {folder} is not used, because {problem}", code))
    if free < _LOW:
        findings.append(Finding(what, f"only {free >> 20} MiB are free at {nearest}"))
    return {
        "what": what,
        "path": str(folder),
        "exists": is_there,
        "writable": is_writable,
        "mode": f"{stat.S_IMODE(facts.st_mode):04o}" if is_there else None,
        "free_bytes": free,
    }


def _files(
    folder: Path, names: tuple[str, ...], findings: list[Finding]
) -> Iterator[dict[str, Any]]:
    for name in names:
        path = folder / name
        try:
            facts = path.lstat()
        except OSError:
            continue  # it does not exist
        mode = stat.S_IMODE(facts.st_mode)
        if name != SETTINGS and mode & 0o077:
            findings.append(Finding("files", f"others can read {path}; run: chmod 600 {path}"))
        yield {"path": str(path), "bytes": facts.st_size, "mode": f"{mode:04o}"}


def _lists() -> Iterator[Finding]:
    try:
        stored_keys()
    except KeysError as error:
        yield Finding("keys", error.message, USAGE)
    try:
        trusted_projects()
    except TrustError as error:
        yield Finding("trust", error.message)


def _sessions() -> tuple[str, list[Finding]]:
    folder = data_folder()
    if folder is None or not os.path.lexists(folder / SESSIONS):
        return "none", []
    try:
        database = open_database(create=False)
        try:
            rows = database.run_briefly("PRAGMA quick_check(1)", _BRIEFLY)
        finally:
            database.close()
    except LockedError:
        return "not known", []  # another process writes; that is no fault
    except StoreError as error:
        return "damaged", [Finding("sessions", str(error), OTHER)]
    if rows is None:
        return "not known", []
    if rows == [("ok",)]:
        return "ok", []
    message = f"{folder / SESSIONS}: {damaged(str(rows[0][0]).splitlines()[-1])}"
    return "damaged", [Finding("sessions", message, OTHER)]


def _not_own(facts: os.stat_result, what: str) -> str | None:
    try:
        require_own(facts, what)
    except NotOwnError as error:
        return str(error)
    return None
