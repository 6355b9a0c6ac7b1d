"""Where the Hugging Face token is, and how long the Hub's check of it counts.

Source: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from provider_sdk import Credential, ProviderAuthError

TOKEN_CHECK_KEPT_S = 300.0
"""How long a token check counts: the Hub limits them strictly."""


def token_file() -> Path:
    """Return where ``hf auth login`` leaves the token.

    ``HF_TOKEN_PATH`` names it; else it is ``token`` in ``HF_HOME``, which is
    ``~/.cache/huggingface`` (``XDG_CACHE_HOME`` replaces ``~/.cache``).
    """
    if path := _set("HF_TOKEN_PATH"):
        return Path(path).expanduser()
    if home := _set("HF_HOME"):
        return Path(home).expanduser() / "token"
    cache = _set("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface" / "token"


def token_from_file() -> Credential | None:
    """Return the stored token; a missing, unreadable or blank file is none."""
    try:
        path = token_file()
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError, RuntimeError):
        return None  # RuntimeError: there is no home directory
    return Credential(value, f"the token file {path}") if value else None


def _set(variable: str) -> str:
    return os.environ.get(variable, "").strip()


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """What the Hub last said of the token.

    Attributes:
        rejection: the error that it answered with, ``None`` where it accepted the token.
        checked_at: when it was asked, on the monotonic clock.
    """

    rejection: ProviderAuthError | None
    checked_at: float

    @property
    def is_fresh(self) -> bool:
        """Whether it is too early to ask again."""
        return time.monotonic() - self.checked_at < TOKEN_CHECK_KEPT_S
