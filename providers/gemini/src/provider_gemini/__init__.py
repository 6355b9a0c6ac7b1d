"""A provider for Gemini, over Google's generateContent protocol."""

from provider_gemini._dialect import GeminiDialect
from provider_gemini._provider import GeminiCompatibleProvider, GeminiProvider
from provider_gemini._version import __version__

__all__ = [
    "GeminiCompatibleProvider",
    "GeminiDialect",
    "GeminiProvider",
    "__version__",
]

for _exported in (GeminiCompatibleProvider, GeminiDialect, GeminiProvider):
    _exported.__module__ = __name__  # the path that people import
