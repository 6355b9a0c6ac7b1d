"""The checks, one module a group; importing this package fills the registry."""

from provider_conformance.checks import auth, chat, health

__all__ = ["auth", "chat", "health"]
