"""Facts about models: what the package knows, and what the service lists."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from provider_sdk import HttpReply, ModelInfo, ModelPage, ProviderResponseError
from provider_sdk.decoding import (
    json_reply,
    list_of_mappings,
    mapping_or_empty,
    text_or_none,
    token_count,
)

Thinking = Literal["level", "budget", "none"]
"""How a model is told to think: by a level, by a budget of tokens, or not at all."""

_DATA = tomllib.loads(files(__package__).joinpath("models.toml").read_text(encoding="utf-8"))
DEFAULT_MODEL: str = _DATA["default"]["model"]
_PREFIX = "models/"
_FIRST_BUDGET = 1


class ModelFacts(NamedTuple):
    """What is known of a model without asking the service.

    Attributes:
        thinking: how it is told to think.
        images_in_results: whether the result of a tool may hold images.
        can_stop: whether it can be told not to think.
        least_budget: the fewest tokens that it can be told to think.
        most_budget: the most.
    """

    thinking: Thinking
    images_in_results: bool = False
    can_stop: bool = False
    least_budget: int = _FIRST_BUDGET
    most_budget: int = _FIRST_BUDGET


_LATER = ModelFacts(**_DATA["later"])
_KNOWN = {
    name: ModelFacts(**{field: value for field, value in entry.items() if field != "names"})
    for entry in _DATA["models"]
    for name in entry["names"]
}


def short_name(model: str) -> str:
    """Return a model's name without the collection that the service puts before it."""
    return model.removeprefix(_PREFIX)


def path_of(model: str) -> str:
    """Return the collection and the name of a model; tuned models are in one of their own."""
    return model if model.startswith(("tunedModels/", _PREFIX)) else f"{_PREFIX}{model}"


@lru_cache(maxsize=1024)
def facts_of(model: str) -> ModelFacts:
    """Return what is known of a model, whatever stands before its name."""
    name = model.rpartition("/")[2].lower()
    known = [begin for begin in _KNOWN if name.startswith(begin)]
    return _KNOWN[max(known, key=len)] if known else _LATER


def read_models(reply: HttpReply) -> ModelPage:
    """Return a page of the model list.

    Raises:
        ProviderResponseError: the body is not a model list.
    """
    body = json_reply(reply)
    # The service leaves out what is empty.
    entries = [] if body == {} else mapping_or_empty(body).get("models")
    if not isinstance(entries, list):
        raise ProviderResponseError("the answer is not a model list: it holds no models")
    models = [
        _read_model(short_name(name), entry)
        for entry in list_of_mappings(entries)
        if (name := text_or_none(entry.get("name")))
    ]
    if entries and not models:
        raise ProviderResponseError("the answer is not a model list: no entry has a name")
    return ModelPage(models, text_or_none(body.get("nextPageToken")))


def _read_model(id: str, entry: Mapping[str, Any]) -> ModelInfo:
    return ModelInfo(id=id, context_window=token_count(entry.get("inputTokenLimit")))
