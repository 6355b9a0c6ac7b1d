"""The OpenAI chat completions protocol, as OpenAI and the many compatible services speak it.

Sources: https://platform.openai.com/docs/api-reference/chat and what compatible servers (TGI,
vLLM, llama.cpp, Mistral, Groq, OpenRouter, Cerebras and others) were recorded to send.
"""

from provider_sdk._public import show_public_path
from provider_sdk.chat_completions._dialect import OpenAIDialect, foreign_error
from provider_sdk.chat_completions._error_classes import error_class
from provider_sdk.chat_completions._error_signs import says_error
from provider_sdk.chat_completions._errors import (
    ServiceError,
    read_error,
    read_error_body,
    read_error_event,
)
from provider_sdk.chat_completions._models import model_entries
from provider_sdk.chat_completions._provider import OpenAICompatibleProvider

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

show_public_path(__name__)
