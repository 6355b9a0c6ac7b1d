"""The mutants, one module a group of checks; importing this package fills the registry."""

from provider_conformance.zoo.mutants import auth, chat, health

__all__ = ["auth", "chat", "health"]
