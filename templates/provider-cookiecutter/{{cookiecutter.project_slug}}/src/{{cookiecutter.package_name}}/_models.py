"""The model list."""

from __future__ import annotations

from msgspec import Struct
from provider_sdk import HttpReply, ModelInfo, ModelPage

{{ imports((cookiecutter.package_name ~ "._errors", ["decoded"])) }}


class Models(Struct):
    """The body of a model list."""

    models: list[str]


def read_models(reply: HttpReply) -> ModelPage:
    """Return the models of the list, which has one page.

    Raises:
        ProviderResponseError: the body is not a model list.
    """
    return ModelPage([ModelInfo(id) for id in decoded(reply, Models).models])
