"""The OpenAI chat completions protocol, as OpenAI and the many compatible services speak it.

Sources: https://platform.openai.com/docs/api-reference/chat and what compatible servers (TGI,
vLLM, llama.cpp, Mistral, Groq, OpenRouter, Cerebras and others) were recorded to send.
"""

from typing import TYPE_CHECKING

from provider_sdk._public import imported_later, show_public_path
from provider_sdk.chat_completions._dialect import OpenAIDialect, foreign_error
from provider_sdk.chat_completions._error_signs import says_error
from provider_sdk.chat_completions._errors import (
    ServiceError,
    read_error,
    read_error_body,
    read_error_event,
)
from provider_sdk.chat_completions._provider import OpenAICompatibleProvider

if TYPE_CHECKING:
    from provider_sdk.chat_completions._error_classes import error_class
    from provider_sdk.chat_completions._models import model_entries

__all__ = [
    "OpenAICompatibleProvider",
    "OpenAIDialect",
    "ServiceError",
    "error_class",
    "foreign_error",
    "model_entries",
    "read_error",
    "read_error_body",
    "read_error_event",
    "says_error",
]

_LATER = {"_error_classes": ("error_class",), "_models": ("model_entries",)}

if not TYPE_CHECKING:  # pragma: no branch - with it, a type checker would accept every name
    __getattr__, __dir__ = imported_later(__name__, _LATER)

show_public_path(__name__, set(__all__).difference(*_LATER.values()))
