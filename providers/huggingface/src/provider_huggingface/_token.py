"""Where the Hugging Face token is.

Source: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
"""

from __future__ import annotations

import os
from pathlib import Path

from provider_sdk import Credential


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
