"""Which models are asked by default; the data and its sources are in ``models.toml``."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_DATA = tomllib.loads(files(__package__).joinpath("models.toml").read_text(encoding="utf-8"))
CODEX_MODEL: str = _DATA["codex"]["model"]
CHAT_MODEL: str = _DATA["openai"]["model"]
