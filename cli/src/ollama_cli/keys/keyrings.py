"""The system's keyring, by the package ``keyring`` if that is installed.

It may ask the user to unlock it, or wait for ever where there is no desktop, so no call of it
lasts long. A backend that keeps keys where others can read them is not used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

PATIENCE_S = 5.0
"""How long a call may take. Many wait for ever for a password where there is no desktop."""

_SERVICE = "ollama-cli"
_NEVER = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
_LEAST = 1.0
"""The priority from which on the package recommends a backend."""

_T = TypeVar("_T")


class KeyringError(Exception):
    """The keyring does not do what it is asked for."""


def name() -> str | None:
    """Return the name of the keyring that is used; ``None`` if keys go into a file."""
    try:
        backend = _within(_backend)
    except KeyringError:
        return None
    return None if backend is None else str(getattr(backend, "name", type(backend).__name__))


def keep(account: str, key: str) -> bool:
    """Store a key; return whether there is a keyring.

    Raises:
        KeyringError: there is one, and it does not store the key.
    """

    def store() -> bool | None:
        backend = _backend()
        if backend is None:
            return None
        backend.set_password(_SERVICE, account, key)
        return bool(backend.get_password(_SERVICE, account) == key)

    stored = _within(store)
    if stored is False:
        raise KeyringError("it does not return what was stored")
    return stored is True


def key_of(account: str) -> str | None:
    """Return a key; ``None`` if it is not there.

    Raises:
        KeyringError: there is no keyring, or it does not answer.
    """

    def find() -> Any:
        return _required().get_password(_SERVICE, account)

    found = _within(find)
    return found if isinstance(found, str) and found else None


def forget(account: str) -> None:
    """Remove a key; do nothing if it is not there.

    Raises:
        KeyringError: there is no keyring, or it does not remove the key.
    """

    def remove() -> None:
        backend = _required()
        if backend.get_password(_SERVICE, account) is not None:
            backend.delete_password(_SERVICE, account)

    _within(remove)


def _required() -> Any:
    backend = _backend()
    if backend is None:
        raise KeyringError("there is no keyring now; install ollama-cli with the extra 'keyring'")
    return backend


def _backend() -> Any:
    """Return the first backend that may be used; ``None`` if no backend may."""
    if find_spec("keyring") is None:
        return None
    chosen: Any = import_module("keyring").get_keyring()
    backends = getattr(chosen, "backends", None) or [chosen]  # a chain of several, or one
    return next(filter(_is_safe, backends), None)


def _is_safe(backend: Any) -> bool:
    kind = type(backend)
    if kind.__module__.startswith(_NEVER) or "plaintext" in kind.__name__.lower():
        return False
    return float(backend.priority) >= _LEAST


def _within(call: Callable[[], _T]) -> _T:
    """Return the result of a call of the package, whatever it does.

    Raises:
        KeyringError: it failed, or takes too long.
    """
    results: list[_T] = []
    problems: list[str] = []

    def work() -> None:
        try:
            results.append(call())
        except KeyringError as error:
            problems.append(str(error))
        except BaseException as error:  # noqa: BLE001 - code of others; its text may hold the key
            problems.append(f"it failed ({type(error).__name__})")

    # Nobody waits for this thread at the end: what blocks in it cannot be stopped.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    for result in results:
        return result
    raise KeyringError(next(iter(problems), f"it did not answer within {PATIENCE_S:g} s"))
