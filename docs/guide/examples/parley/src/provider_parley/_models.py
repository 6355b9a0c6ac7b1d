"""The model list."""

from __future__ import annotations

from provider_sdk import HttpReply, ModelInfo, ModelPage, ProviderResponseError
from provider_sdk.decoding import list_of_mappings, text_or_none

from provider_parley._errors import checked


def read_models(reply: HttpReply) -> ModelPage:
    """Return the models of one page, and where the next page begins.

    Raises:
        ProviderResponseError: the body is not a page of the list.
        ProviderError: it reports an error.
    """
    body = checked(reply)
    if not isinstance(body.get("engines"), list):
        raise ProviderResponseError("the reply is not a list of engines")
    names = [text_or_none(engine.get("name")) for engine in list_of_mappings(body["engines"])]
    return ModelPage([ModelInfo(name) for name in names if name], text_or_none(body.get("after")))
