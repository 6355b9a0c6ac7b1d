"""The mutants, one module a group of checks; importing this package fills the registry."""

from provider_conformance.zoo.mutants import (
    auth,
    chat,
    chat_request,
    end,
    error,
    fuzz,
    health,
    life,
    models,
    options,
    retry,
    secret,
    stream,
    timeout,
    tools,
    usage,
)

__all__ = [
    "auth",
    "chat",
    "chat_request",
    "end",
    "error",
    "fuzz",
    "health",
    "life",
    "models",
    "options",
    "retry",
    "secret",
    "stream",
    "timeout",
    "tools",
    "usage",
]
