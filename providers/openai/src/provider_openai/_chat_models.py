"""What is known of models by their names: how chat completions wants to be asked."""

from __future__ import annotations

import re

LIMITS = ("max_tokens", "max_completion_tokens")
"""The names of the field that limits the answer, the older one first."""

SAMPLING = frozenset({"temperature", "top_p"})

# All later models reject the older name.
_OLDER = re.compile(r"(ft:)?(chatgpt|gpt)-(3\.5|4)")
# Of later ones it depends on the effort; the service says so.
_WITHOUT_SAMPLING = re.compile(r"(ft:)?(o\d|gpt-5(?![.\w]|-chat|-search))")


def limit_of(model: str) -> str:
    """Return the name of the field that limits the answer of one of OpenAI's models."""
    return LIMITS[0] if _OLDER.match(model) else LIMITS[1]


def forbids_sampling(model: str) -> bool:
    """Whether one of OpenAI's models rejects ``temperature`` and ``top_p`` at any effort."""
    return bool(_WITHOUT_SAMPLING.match(model))
