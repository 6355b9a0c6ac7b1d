"""The keys that are stored: ``keys.json`` in the settings folder, which only the user can read.

A key is stored for the addresses to which its provider would send it at that moment. For other
addresses it is as if there were none, whoever set them. If the system has a keyring, the file
holds only which keys are there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import click

from ollama_cli.keys import keyrings
from ollama_cli.settings.folders import settings_folder
from ollama_cli.settings.own_files import NotOwnError, locked, read_own, write_own

NAME = "keys.json"
Place = Literal["file", "keyring"]

_VERSION = 1
_LARGEST = 1 << 20
_PORTS = {"http": 80, "https": 443}


class KeysError(click.ClickException):
    """The stored keys cannot be read or changed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key that is stored.

    Attributes:
        provider: the provider that it is for.
        addresses: the base URLs that it may be sent to.
        place: where it is.
        in_file: the key itself, if it is in the file.
    """

    provider: str
    addresses: tuple[str, ...]
    place: Place
    in_file: str | None = field(default=None, repr=False)

    @property
    def source(self) -> str:
        """Return where it is, for people."""
        return "the system keyring" if self.place == "keyring" else f"the key file {keys_file()}"

    def covers(self, addresses: Iterable[str]) -> bool:
        """Whether it may be sent to all of these base URLs."""
        return set(map(_normal, addresses)) <= set(map(_normal, self.addresses))

    def value(self) -> str:
        """Return the key.

        Raises:
            KeysError: the keyring does not return it.
        """
        if self.in_file is not None:
            return self.in_file
        try:
            found = keyrings.key_of(_account(self))
        except keyrings.KeyringError as error:
            problem = str(error)
        else:
            if found is not None:
                return found
            problem = "it is not there any more"
        raise KeysError(f"the key of {self.provider} cannot be read from {self.source}: {problem}")


def keys_file() -> Path | None:
    """Return the path of the file, which need not exist; ``None`` if there is no home folder."""
    folder = settings_folder()
    return folder / NAME if folder else None


def stored_keys() -> list[StoredKey]:
    """Return all keys that are stored.

    Raises:
        KeysError: the file is damaged, or somebody else could have written it.
    """
    path = keys_file()
    if path is None:
        return []
    try:
        content = read_own(path, _LARGEST, follow_links=False)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except NotOwnError as error:
        problem = f"{path} is not used, because {error}"
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror or error}"
    else:
        if (found := _listed(content)) is not None:
            return found
        problem = f"{path} is damaged; delete it, and store your keys again with 'ollama-cli login'"
    raise KeysError(problem)


def store(provider: str, addresses: Sequence[str], key: str) -> tuple[StoredKey, str | None]:
    """Store a key, in place of an earlier one for the same addresses.

    Returns:
        What was stored, and why it is not in the keyring although there is one.

    Raises:
        KeysError: it cannot be stored.
    """
    stored_keys()  # a damaged file is told before the keyring is changed
    new = StoredKey(provider, tuple(addresses), "keyring")
    why_not = None
    try:
        is_in_keyring = keyrings.keep(_account(new), key)
    except keyrings.KeyringError as error:
        is_in_keyring, why_not = False, str(error)
    if not is_in_keyring:
        new = StoredKey(provider, tuple(addresses), "file", key)
    try:
        _replace(_is_replaced_by(new), [new])
    except KeysError:
        if is_in_keyring:
            _forget(new)
        raise
    return new, why_not


def remove(provider: str | None) -> list[StoredKey]:
    """Remove the keys of a provider, or all keys; return those that were there.

    Raises:
        KeysError: that is not possible. Keys that are still in the keyring stay on the list.
    """
    removed = [each for each in stored_keys() if provider in (None, each.provider)]
    stay = [each for each in removed if not _forget(each)]
    gone = [each for each in removed if each not in stay]
    if gone:
        _replace(lambda each: each in gone, [])
    if stay:
        names = " and ".join(sorted({each.provider for each in stay}))
        raise KeysError(f"the system keyring does not remove the key of {names}; unlock it first")
    return removed


def _is_replaced_by(new: StoredKey) -> Callable[[StoredKey], bool]:
    return lambda each: (
        each.provider == new.provider and each.covers(new.addresses) and new.covers(each.addresses)
    )


def _forget(stored: StoredKey) -> bool:
    """Remove a key from the keyring; return whether it is not there any more."""
    if stored.place != "keyring":
        return True
    try:
        keyrings.forget(_account(stored))
    except keyrings.KeyringError:
        return False
    return True


def _account(stored: StoredKey) -> str:
    """Return the name of a key in the keyring, which has its addresses in it."""
    return " ".join((stored.provider, *sorted(map(_normal, stored.addresses))))


def _replace(is_replaced: Callable[[StoredKey], bool], added: Sequence[StoredKey]) -> None:
    path = keys_file()
    if path is None:
        raise KeysError("there is no home folder to store keys in; set OLLAMA_CLI_CONFIG_DIR")
    try:
        with locked(path):
            kept = [each for each in stored_keys() if not is_replaced(each)]
            write_own(path, _content([*kept, *added]))
    except NotOwnError as error:
        problem = str(error)
    except OSError as error:
        problem = error.strerror or str(error)
    else:
        return
    raise KeysError(f"{path} cannot be written: {problem}")


def _content(keys: Iterable[StoredKey]) -> bytes:
    found = [
        {
            "provider": each.provider,
            "addresses": list(each.addresses),
            **({"keyring": True} if each.in_file is None else {"key": each.in_file}),
        }
        for each in keys
    ]
    return json.dumps({"version": _VERSION, "keys": found}, indent=2).encode() + b"\n"


def _listed(content: bytes) -> list[StoredKey] | None:
    """Return what the content lists, ``None`` if it is not what ``_content`` returns."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, Mapping) or found.get("version") != _VERSION:
        return None
    entries = found.get("keys")
    keys = [_of_entry(entry) for entry in entries] if isinstance(entries, list) else [None]
    complete = [each for each in keys if each is not None]
    return complete if len(complete) == len(keys) else None


def _of_entry(entry: object) -> StoredKey | None:
    if not isinstance(entry, Mapping):
        return None
    provider, addresses, key = entry.get("provider"), entry.get("addresses"), entry.get("key")
    if not isinstance(provider, str) or not isinstance(addresses, list) or not addresses:
        return None
    if not all(isinstance(each, str) for each in addresses):
        return None
    if entry.get("keyring") is True:
        return StoredKey(provider, tuple(addresses), "keyring")
    if not isinstance(key, str) or not key:
        return None
    return StoredKey(provider, tuple(addresses), "file", key)


def _normal(address: str) -> str:
    """Return a base URL in the one form of those that mean the same service."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return address
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    own_port = "" if port in (None, _PORTS.get(parts.scheme)) else f":{port}"
    return f"{parts.scheme}://{host}{own_port}{parts.path.rstrip('/')}"
