"""Settings of a constructor: arguments, and the environment variables that replace missing ones.

Each error is one sentence that says where the value came from: ``ValueError`` for an
argument, ``ProviderRequestError`` for a variable. A value that may be a credential in the wrong
place is never repeated.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from provider_sdk._errors import ProviderRequestError
from provider_sdk._validation import SECONDS, is_seconds, is_sendable, is_whole, safe_repr


class _Text(NamedTuple):
    value: str
    source: str
    is_from_variable: bool = False

    def error(self, problem: str) -> ValueError | ProviderRequestError:
        return ProviderRequestError(problem) if self.is_from_variable else ValueError(problem)


def text_setting(name: str, argument: object, variable: str | None = None) -> str:
    """Return the argument, else the variable, else ``""``; blank counts as unset.

    Raises:
        ValueError: the argument is not text.
    """
    return _argument_or_variable(name, argument, variable).value


def header_setting(name: str, argument: object, variable: str | None = None) -> str:
    """Return the argument, else the variable, else ``""``; the text will be sent in a header.

    Raises:
        ValueError: the argument is not text, or cannot be sent in a header.
        ProviderRequestError: the variable's value cannot be sent in a header.
    """
    found = _argument_or_variable(name, argument, variable)
    if not is_sendable(found.value):
        raise found.error(f"{found.source} holds a line break or a character outside ASCII")
    return found.value


def address_setting(
    name: str,
    argument: object,
    variable: str | None,
    default: str,
    complete: Callable[[str], str] = str,
) -> str:
    """Return a base URL without a trailing slash: the argument, the variable, or the default.

    Args:
        name: the argument's name.
        argument: its value.
        variable: the environment variable that replaces a missing argument.
        default: the base URL if neither is set.
        complete: makes a base URL of a value that is set, if users may leave parts of it out.

    Raises:
        ValueError: the argument is not a base URL; see ``checked_base_url``.
        ProviderRequestError: the variable's value is not a base URL.
    """
    found = _argument_or_variable(name, argument, variable)
    where = "" if found.source == "base_url" else f" in {found.source}"
    try:
        return checked_base_url(complete(found.value) if found.value else default, where)
    except ValueError as error:
        problem = str(error)
    raise found.error(problem)


def seconds_setting(name: str, value: object) -> float:
    """Return a time to wait.

    Raises:
        ValueError: it is not a positive number of seconds.
    """
    if is_seconds(value):
        return float(value)
    raise ValueError(f"{name} must be {SECONDS}, not {safe_repr(value)}")


def count_setting(name: str, value: object) -> int:
    """Return a whole number from 0 up.

    Raises:
        ValueError: it is not one.
    """
    if is_whole(value) and value >= 0:
        return value
    raise ValueError(f"{name} must be a whole number from 0 up, not {safe_repr(value)}")


def _argument_or_variable(name: str, argument: object, variable: str | None) -> _Text:
    if not isinstance(argument, str | None):
        raise ValueError(f"{name} must be text, not {type(argument).__name__}")
    if argument and argument.strip():
        return _Text(argument.strip(), name)
    if variable and (value := os.environ.get(variable, "").strip()):
        return _Text(value, f"the environment variable {variable}", is_from_variable=True)
    return _Text("", name)


def checked_base_url(url: str, where: str = "") -> str:
    """Return the URL without a trailing slash.

    Args:
        url: such as ``https://host/path``.
        where: where it came from, for the error, such as ``" in ACME_BASE_URL"``.

    Raises:
        ValueError: it is not an http or https URL with a host, or it has a user, a password, a
            query or a fragment.
    """
    address = str(url).strip()
    if not _is_base_url(address):
        # The value is not repeated: it may be a credential in the wrong place.
        raise ValueError(
            f"the base URL{where} must look like https://host/path, without user, password, query "
            "or spaces, and a port must be a number up to 65535"
        )
    return address.rstrip("/")


def _is_base_url(address: str) -> bool:
    try:
        parts = urlsplit(address)
        _ = parts.port  # read only here, and refused only where it is read
    except ValueError:
        return False
    extra = parts.username or parts.password or parts.query or parts.fragment
    plain = address.isprintable() and " " not in address
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and not extra
