"""Finds the Hugging Face token, and remembers what the Hub said of it.

Source: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
"""

from __future__ import annotations

import codecs
import os
import stat
import time
from pathlib import Path
from typing import NamedTuple

from provider_sdk import Credential, ProviderAuthError

VARIABLES = {
    "HF_TOKEN_PATH": "the file that holds the token of Hugging Face; else it is in HF_HOME",
    "HF_HOME": "the folder in which hf auth login keeps the token; else ~/.cache/huggingface",
    "XDG_CACHE_HOME": "the folder that replaces ~/.cache, in which the token is if HF_HOME is not "
    "set",
}
"""The variables that are read here, and what they set."""

TOKEN_CHECK_KEPT_S = 300.0
"""How long the result of a token check is used; the Hub strictly limits how often it checks."""

_LARGEST_TOKEN_FILE = 64 * 1024


def token_file() -> Path:
    """Return the file to which ``hf auth login`` writes the token.

    It is ``HF_TOKEN_PATH`` if set, else ``token`` in ``HF_HOME``, which is ``~/.cache/huggingface``
    by default (``XDG_CACHE_HOME`` replaces ``~/.cache``).
    """
    if path := _set("HF_TOKEN_PATH"):
        return Path(path).expanduser()
    if home := _set("HF_HOME"):
        return Path(home).expanduser() / "token"
    cache = _set("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface" / "token"


class TokenFileError(Exception):
    """There is a token file, but no token can be read from it; the text says which, and why."""


def token_from_file() -> Credential | None:
    """Return the token in the file, or ``None`` if the file is missing or blank.

    Line breaks are dropped, as ``huggingface_hub`` does.

    Raises:
        TokenFileError: the file is not a regular one, too large, not text, or cannot be read.
    """
    try:
        path = token_file()
    except RuntimeError:
        return None  # there is no home directory
    try:
        data = _read(path)
        text = _text(data)
    except (FileNotFoundError, NotADirectoryError):
        if not _set("HF_TOKEN_PATH"):
            return None
        problem = "it does not exist"
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
    else:
        value = text.replace("\r", "").replace("\n", "").strip()
        return Credential(value, f"the token file {path}") if value else None
    raise TokenFileError(f"The token file {path} cannot be read: {problem}.")


def _read(path: Path) -> bytes:
    # Opening a device can have effects, and opening a pipe can block.
    _require_regular(path.stat())
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - Path.open takes no flags
        _require_regular(os.fstat(file.fileno()))
        data = file.read(_LARGEST_TOKEN_FILE + 1) or b""
    if len(data) > _LARGEST_TOKEN_FILE:
        raise ValueError(f"it is larger than {_LARGEST_TOKEN_FILE >> 10} KiB")
    return data


def _require_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a regular file")


def _text(data: bytes) -> str:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        pass  # its text would hold the token
    raise ValueError("it is not text in UTF-8 or UTF-16")


def _set(variable: str) -> str:
    return os.environ.get(variable, "").strip()


class TokenCheck(NamedTuple):
    """The result of the last token check by the Hub.

    Attributes:
        rejection: the error with which the Hub rejected the token; ``None`` if it accepted it.
        checked_at: the time of the check, on the monotonic clock.
    """

    rejection: ProviderAuthError | None
    checked_at: float

    @property
    def is_fresh(self) -> bool:
        """Whether the result is recent enough to be used."""
        return time.monotonic() - self.checked_at < TOKEN_CHECK_KEPT_S
