"""Reads the list of installed models, and what the service says of one of them.

Sources: https://docs.ollama.com/api/tags, https://docs.ollama.com/api-reference/show-model-details
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from provider_sdk import HttpReply, ModelInfo, ProviderResponseError
from provider_sdk.chat_completions import read_error_body, says_error
from provider_sdk.decoding import (
    json_reply,
    list_of_mappings,
    list_of_texts,
    mapping_or_empty,
    text_or_none,
    token_count,
)

from provider_ollama._errors import make_error

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_DESCRIBING = frozenset(
    ("modelfile", "parameters", "template", "system", "license", "details", "model_info")
) | frozenset(("capabilities", "modified_at", "messages"))
_EMBEDDING_FAMILIES = frozenset({"bert", "nomic-bert", "nomic-bert-moe"})


def object_reply(reply: HttpReply) -> Mapping[str, Any]:
    """Return the JSON object of a successful reply.

    Raises:
        ProviderResponseError: it is not one.
        ProviderError: it reports an error despite its status.
    """
    body = json_reply(reply)
    if not isinstance(body, Mapping):
        raise ProviderResponseError("the service answered with JSON that is not an object")
    if says_error(body.get("error")):
        raise make_error(None, read_error_body(body))
    return body


def described(reply: HttpReply) -> Mapping[str, Any]:
    """Return the description of a model.

    Raises:
        ProviderResponseError: the body does not describe one.
        ProviderError: it reports an error despite its status.
    """
    body = object_reply(reply)
    if not body.keys() & _DESCRIBING:
        raise ProviderResponseError("the answer does not describe a model")
    return body


def done(reply: HttpReply) -> None:
    """Check the reply to an order, which is empty if it was carried out.

    Raises:
        ProviderResponseError: it is not empty, and not a JSON object either.
        ProviderError: it reports an error despite its status.
    """
    if reply.body.strip() not in (b"", b"null"):
        object_reply(reply)


def model_entries(reply: HttpReply) -> list[Mapping[str, Any]]:
    """Return the entries of a model list that have a name.

    Raises:
        ProviderResponseError: the body is not a model list.
        ProviderError: it reports an error despite its status.
    """
    body = object_reply(reply)
    entries = body.get("models")
    if entries is None and "models" in body:
        return []  # how servers in Go write an empty list
    if not isinstance(entries, list):
        raise ProviderResponseError("the answer is not a model list: it holds no models")
    named = [entry for entry in list_of_mappings(entries) if model_name(entry)]
    if entries and not named:
        raise ProviderResponseError("the answer is not a model list: no entry has a name")
    return named


def model_name(entry: Mapping[str, Any]) -> str:
    """Return the name under which a model is asked, ``""`` if the entry has none."""
    return text_or_none(entry.get("model")) or text_or_none(entry.get("name")) or ""


def read_model(entry: Mapping[str, Any]) -> ModelInfo:
    """Return what the list says of a model; old servers do not list capabilities."""
    able = capabilities(entry)
    return ModelInfo(
        model_name(entry),
        context_window=token_count(mapping_or_empty(entry.get("details")).get("context_length")),
        input_modalities=_modalities(able),
        output_modalities=("text",) if able and "completion" in able else (),
        tools="tools" in able if able else None,
        owned_by=text_or_none(entry.get("remote_host")),
    )


def capabilities(entry: Mapping[str, Any]) -> list[str]:
    """Return the service's words for what a model can do."""
    return list_of_texts(entry.get("capabilities"))


def newest_model(entries: list[Mapping[str, Any]]) -> str:
    """Return the name of the model that was modified last and can chat, ``""`` if none can.

    A model of the cloud, to which a server only passes calls on, counts if there is no other: who
    named no model did not ask for the conversation to leave the machine.
    """
    able = [entry for entry in entries if _can_chat(entry)]
    here = [entry for entry in able if not entry.get("remote_host")]
    return model_name(max(here or able, key=_modified_at)) if able else ""


def context_window(details: Mapping[str, Any]) -> int | None:
    """Return how many tokens a model reads at most, from the reply to ``show``."""
    facts = mapping_or_empty(details.get("model_info"))
    architecture = text_or_none(facts.get("general.architecture"))
    found = facts.get(f"{architecture}.context_length")
    if found is None:
        keys = (key for key in facts if key.endswith(".context_length"))
        found = facts.get(next(keys, ""))
    return token_count(found) or None


def _modalities(able: list[str]) -> tuple[str, ...]:
    return ("text", "image") if "vision" in able else ("text",) if able else ()


def _can_chat(entry: Mapping[str, Any]) -> bool:
    if able := capabilities(entry):
        return "completion" in able
    family = mapping_or_empty(entry.get("details")).get("family")
    return family not in _EMBEDDING_FAMILIES


def _modified_at(entry: Mapping[str, Any]) -> datetime:
    try:
        found = datetime.fromisoformat(str(entry.get("modified_at")))
    except ValueError:
        return _LONG_AGO
    return found if found.tzinfo else found.replace(tzinfo=UTC)
