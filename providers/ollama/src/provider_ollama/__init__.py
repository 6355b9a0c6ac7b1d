"""A provider for Ollama: models on this machine, on another one, or in Ollama's cloud."""

from provider_ollama._dialect import OllamaDialect
from provider_ollama._provider import OllamaCompatibleProvider, OllamaProvider
from provider_ollama._version import __version__

__all__ = ["OllamaCompatibleProvider", "OllamaDialect", "OllamaProvider", "__version__"]

for _exported in (OllamaCompatibleProvider, OllamaDialect, OllamaProvider):
    _exported.__module__ = __name__  # the path that people import
