"""The model list, and the check of a key.

Sources: https://docs.cohere.com/reference/list-models and
https://docs.cohere.com/reference/check-api-key
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import HttpReply, HttpRequest, ModelInfo, ModelPage, ProviderResponseError
from provider_sdk.decoding import (
    json_reply,
    list_of_mappings,
    list_of_texts,
    mapping_or_empty,
    text_or_none,
    token_count,
)

KEY_CHECK = HttpRequest("POST", "/v1/check-api-key", headers={"accept": "application/json"})


def is_accepted(reply: HttpReply) -> bool:
    """Whether the service accepted the key: a successful reply may still say that it is not valid.

    Raises:
        ProviderResponseError: the reply does not say it.
    """
    valid = mapping_or_empty(json_reply(reply)).get("valid")
    if not isinstance(valid, bool):
        raise ProviderResponseError("the answer does not say whether the key is valid")
    return valid


def read_models(reply: HttpReply) -> ModelPage:
    """Return the models of one page.

    Raises:
        ProviderResponseError: the body is not a model list.
    """
    body = json_reply(reply)
    entries = body.get("models") if isinstance(body, Mapping) else None
    if not isinstance(entries, list):
        raise ProviderResponseError("the answer is not a model list: it holds no models")
    models = [
        _read_model(name, entry)
        for entry in list_of_mappings(entries)
        if (name := text_or_none(entry.get("name")))
    ]
    if entries and not models:
        raise ProviderResponseError("the answer is not a model list: no entry has a name")
    return ModelPage(models, text_or_none(body.get("next_page_token")))


def _read_model(name: str, entry: Mapping[str, Any]) -> ModelInfo:
    features = list_of_texts(entry.get("features"))
    modalities = ("text", "image") if "vision" in features else ("text",)
    return ModelInfo(
        id=name,
        context_window=token_count(entry.get("context_length")),
        input_modalities=modalities if features else (),
        tools="tools" in features if features else None,
        structured_output="json_schema" in features if features else None,
    )
