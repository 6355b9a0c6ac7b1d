"""Providers for OpenAI's models."""

from provider_openai._chat_provider import OpenAIProvider
from provider_openai._dialect import ResponsesDialect
from provider_openai._provider import CodexProvider, ResponsesCompatibleProvider
from provider_openai._version import __version__

__all__ = [
    "CodexProvider",
    "OpenAIProvider",
    "ResponsesCompatibleProvider",
    "ResponsesDialect",
    "__version__",
]

for _exported in (CodexProvider, OpenAIProvider, ResponsesCompatibleProvider, ResponsesDialect):
    _exported.__module__ = __name__  # the path that people import
