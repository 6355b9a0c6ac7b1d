"""Models of the router: parsing ids, and suggesting ids for a wrong one.

Source: https://huggingface.co/docs/inference-providers/hub-api
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple, Self

KNOWN_MODELS: tuple[str, ...] = (
    "Qwen/Qwen3-235B-A22B-Instruct-2507",
    "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    "deepseek-ai/DeepSeek-V3.1",
    "meta-llama/Llama-3.3-70B-Instruct",
    "moonshotai/Kimi-K2-Instruct-0905",
    "openai/gpt-oss-120b",
    "openai/gpt-oss-20b",
    "zai-org/GLM-4.6",
    "zai-org/GLM-4.7-Flash",
)
"""What ``list_models`` returns if the router has no model list (HTTP 404): chat models that
Inference Providers have served. A call may still fail, because a model may have been withdrawn."""

_MOST_SUGGESTIONS = 3


class ModelId(NamedTuple):
    """A model id, split into the model and who should serve it.

    Attributes:
        repo: the model on the Hub, ``org/name``.
        suffix: a back end (``"groq"``), a policy (``"fastest"``, ``"cheapest"``, ``"preferred"``),
            or ``None`` for the router's own choice. It is sent as it is and not checked, because
            the router knows back ends that this code does not.
    """

    repo: str
    suffix: str | None

    @classmethod
    def parse(cls, model: str) -> Self:
        """Split an id at the last colon after the slash; an organisation may contain a colon."""
        org, slash, name = model.rpartition("/")
        repo, colon, suffix = name.rpartition(":")
        if not slash or not colon or not repo:
            return cls(model, None)
        return cls(f"{org}/{repo}", suffix or None)


def close_ids(model: str, known: Sequence[str]) -> list[str]:
    """Return up to three similar known ids, best first.

    Only the name counts, not the organisation, the case or the suffix.
    """
    wanted = _bare(model)
    by_name: dict[str, str] = {}
    for id in known:
        by_name.setdefault(_bare(id), id)
    return [
        by_name[name] for name in difflib.get_close_matches(wanted, by_name, _MOST_SUGGESTIONS, 0.5)
    ]


def _bare(model: str) -> str:
    return ModelId.parse(model).repo.rpartition("/")[2].lower()
