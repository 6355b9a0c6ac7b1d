"""Facts about models: what the package knows, and what the service lists."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from provider_sdk import HttpReply, ModelInfo, ModelPage, ProviderResponseError
from provider_sdk.decoding import (
    flag_or_none,
    json_reply,
    list_of_mappings,
    mapping_or_empty,
    text_or_none,
    token_count,
)

from provider_anthropic._names import ModelName, read_name

Thinking = Literal["adaptive", "budget", "none"]
"""How a model is told to think: by effort, by a budget of tokens, or not at all."""

_DATA = tomllib.loads(files(__package__).joinpath("models.toml").read_text(encoding="utf-8"))
DEFAULT_MODEL: str = _DATA["default"]["model"]


class ModelFacts(NamedTuple):
    """What is known of a model without asking the service.

    Attributes:
        max_tokens: the most tokens that it writes; what is sent if the call sets no limit.
        thinking: how it is told to think.
        sampling: whether it accepts ``temperature`` and ``top_p``.
    """

    max_tokens: int
    thinking: Thinking
    sampling: bool

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> ModelFacts:
        """Return the facts in an entry of ``models.toml``."""
        return cls(entry["max_tokens"], entry["thinking"], entry["sampling"])


_KNOWN = {
    read_name(name): ModelFacts.of(entry) for entry in _DATA["models"] for name in entry["names"]
}
_LATER_CLAUDE = ModelFacts.of(_DATA["later_claude"])
_OTHER = ModelFacts.of(_DATA["other"])


@lru_cache(maxsize=1024)
def facts_of(model: str) -> ModelFacts:
    """Return what is known of a model, under whatever name a gateway offers it."""
    name = read_name(model)
    if name is None:
        return _OTHER
    minor = name.minor or 0
    # Of some generations all models are alike, of others each is listed.
    names = [
        ModelName(name.family, name.major, minor),
        ModelName(name.family, name.major, None),
        ModelName(None, name.major, minor),
        ModelName(None, name.major, None),
        ModelName(name.family, None, None),
    ]
    known = names if name.major is not None else names[-1:]
    return next((_KNOWN[each] for each in known if each in _KNOWN), _LATER_CLAUDE)


def read_models(reply: HttpReply) -> ModelPage:
    """Return a page of the model list.

    Raises:
        ProviderResponseError: the body is not a model list.
    """
    body = json_reply(reply)
    entries = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(entries, list):
        raise ProviderResponseError("the answer is not a model list: it holds no data")
    models = [
        _read_model(id, entry)
        for entry in list_of_mappings(entries)
        if (id := text_or_none(entry.get("id")))
    ]
    if entries and not models:
        raise ProviderResponseError("the answer is not a model list: no entry has an id")
    if body.get("has_more") is not True or not models:
        return ModelPage(models)
    return ModelPage(models, text_or_none(body.get("last_id")) or models[-1].id)


def _read_model(id: str, entry: Mapping[str, Any]) -> ModelInfo:
    can = mapping_or_empty(entry.get("capabilities"))
    reads_images = _supports(can, "image_input")
    return ModelInfo(
        id=id,
        context_window=token_count(entry.get("max_input_tokens")),
        input_modalities=("text", "image") if reads_images else ("text",) if can else (),
        structured_output=_supports(can, "structured_outputs"),
    )


def _supports(capabilities: Mapping[str, Any], name: str) -> bool | None:
    return flag_or_none(mapping_or_empty(capabilities.get(name)).get("supported"))
