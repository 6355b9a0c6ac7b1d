"""A provider for tagline, a protocol that was invented to be unlike those that the SDK knows."""

from tagline._dialect import TaglineDialect
from tagline._provider import TaglineProvider

__all__ = ["TaglineDialect", "TaglineProvider"]
