"""The command ``ollama-cli``: ask any installed provider from the shell."""

from ollama_cli._version import __version__

__all__ = ["__version__"]
