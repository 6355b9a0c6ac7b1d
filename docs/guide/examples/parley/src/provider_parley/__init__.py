"""A provider for the language models of Parley."""

from provider_parley._dialect import ParleyDialect
from provider_parley._provider import ParleyProvider
from provider_parley._version import __version__

__all__ = ["ParleyDialect", "ParleyProvider", "__version__"]
