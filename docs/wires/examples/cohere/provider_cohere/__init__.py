"""A provider for Cohere's own chat protocol, version 2."""

from provider_cohere._dialect import CohereDialect
from provider_cohere._provider import CohereProvider

__all__ = ["CohereDialect", "CohereProvider"]
