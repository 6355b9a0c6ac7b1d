"""The windows of models, kept in a file, so that services are seldom asked.

The file holds names of providers and models and numbers. Addresses stand in it as hashes, without
the password that one may hold.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from provider_sdk import BaseProvider

from ollama_cli.settings.folders import data_folder
from ollama_cli.settings.own_files import NotOwnError, read_own, write_own

NAME = "windows.json"

DAY_S = 86_400.0
KEPT_S = 7 * DAY_S
"""How long a service's word counts."""
FAILED_S = 600.0
"""How long a service that did not answer is not asked again."""

_PASSWORD = re.compile(r"//[^/@]*@")
_LARGEST = 1 << 17
_MOST_ENTRIES = 200
_LONGEST_NAME = 200


class KnownWindows:
    """What is known; a file that cannot be read or written counts as an empty one.

    Args:
        clock: returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[str, dict[str, Any]] | None = None

    def get(self, provider: BaseProvider, model: str) -> int | None:
        """Return the window of a model; 0 if its service is known not to say it, else ``None``."""
        entry = self._read().get(_key(provider, model))
        if entry is None or not 0 <= entry["until"] - self._clock() <= KEPT_S:
            return None
        return entry["tokens"] or 0

    def put(
        self, provider: BaseProvider, model: str, tokens: int | None, *, failed: bool = False
    ) -> None:
        """Keep the window of a model, ``None`` if the service does not say it."""
        entries = _stored() | (self._entries or {})  # another process may have written meanwhile
        key = _key(provider, model)
        entries.pop(key, None)
        until = self._clock() + (FAILED_S if failed else KEPT_S)
        entries[key] = {"tokens": tokens, "until": until}
        self._entries = dict(list(entries.items())[-_MOST_ENTRIES:])
        path = _path()
        if path is not None:
            try:
                write_own(path, json.dumps(self._entries).encode())
            except (OSError, NotOwnError):
                return  # it is asked again next time

    def _read(self) -> dict[str, dict[str, Any]]:
        if self._entries is None:
            self._entries = _stored()
        return self._entries


def _stored() -> dict[str, dict[str, Any]]:
    path = _path()
    if path is None:
        return {}
    try:
        found = json.loads(read_own(path, _LARGEST, follow_links=False))
    except (OSError, NotOwnError, ValueError, RecursionError):
        return {}
    if not isinstance(found, Mapping):
        return {}
    return {key: entry for key, entry in found.items() if _is_entry(entry)}


def _is_entry(entry: object) -> bool:
    """Whether it is what ``put`` writes; another version may have written something else."""
    if not isinstance(entry, Mapping):
        return False
    tokens, until = entry.get("tokens"), entry.get("until")
    is_count = tokens is None or (type(tokens) is int and tokens > 0)
    return is_count and type(until) in (int, float)


def _key(provider: BaseProvider, model: str) -> str:
    address = _PASSWORD.sub("//", str(getattr(provider, "base_url", "")))
    digest = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{provider.name[:_LONGEST_NAME]} {digest} {model[:_LONGEST_NAME]}"


def _path() -> Path | None:
    folder = data_folder()
    return folder and folder / NAME
