"""A provider for tagline, a protocol invented to be unlike those that the SDK knows."""

from tagline.dialect import TaglineDialect
from tagline.provider import TaglineProvider

__all__ = ["TaglineDialect", "TaglineProvider"]
