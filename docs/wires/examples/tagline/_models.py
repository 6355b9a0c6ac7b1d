"""The model list."""

from __future__ import annotations

from provider_sdk import HttpReply, ModelInfo, ModelPage, ProviderResponseError

from tagline._errors import decoded
from tagline._lines import Line


def read_models(reply: HttpReply) -> ModelPage:
    """Return the models of one page. Its last line is ``more`` with a cursor, or ``end``.

    Raises:
        ProviderResponseError: the body is not a model list.
        ProviderError: it reports an error.
    """
    lines = decoded(reply.body)
    last = lines[-1] if lines else Line("", "")
    if last.tag not in ("more", "end"):
        raise ProviderResponseError("the model list is not whole, or not in the protocol")
    models = [ModelInfo(line.words(1)[0]) for line in lines if line.tag == "model"]
    return ModelPage(models, last.words(1)[0] if last.tag == "more" else None)
