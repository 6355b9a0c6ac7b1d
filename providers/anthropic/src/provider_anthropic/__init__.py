"""A provider for Claude, over the Anthropic Messages API."""

from provider_anthropic._dialect import AnthropicDialect
from provider_anthropic._provider import AnthropicCompatibleProvider, ClaudeProvider
from provider_anthropic._version import __version__

__all__ = [
    "AnthropicCompatibleProvider",
    "AnthropicDialect",
    "ClaudeProvider",
    "__version__",
]

for _exported in (AnthropicCompatibleProvider, AnthropicDialect, ClaudeProvider):
    _exported.__module__ = __name__  # the path that people import
