"""Model ids close to one that is not served."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from provider_huggingface._model_id import ModelId

_COUNT = 3


def close_ids(model: str, known: Sequence[str]) -> list[str]:
    """Return up to three known ids, best first; organisation, case and back end matter little."""
    wanted = _bare(model)
    by_name: dict[str, str] = {}
    for id in known:
        by_name.setdefault(_bare(id), id)
    return [by_name[name] for name in difflib.get_close_matches(wanted, by_name, _COUNT, 0.5)]


def _bare(model: str) -> str:
    return ModelId.parse(model).repo.rpartition("/")[2].lower()
