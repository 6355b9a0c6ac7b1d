"""The command ``ollama-cli``: any installed provider, asked from the shell."""

from ollama_cli._version import __version__

__all__ = ["__version__"]
