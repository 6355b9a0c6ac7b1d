"""The capabilities that a provider class may declare."""

from __future__ import annotations

from typing import Literal, get_args

Capability = Literal[
    "streaming",
    "system",
    "tools",
    "parallel_tools",
    "images",
    "json_schema",
    "json_object",
    "reasoning",
    "seed",
    "stop",
    "usage_in_stream",
    "model_listing",
    "token_counting",
]

CAPABILITIES: frozenset[Capability] = frozenset(get_args(Capability))
"""All capabilities."""
