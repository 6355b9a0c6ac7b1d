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
"""One thing that a provider can do, as its class declares it in ``capabilities``."""

CAPABILITIES: frozenset[Capability] = frozenset(get_args(Capability))
"""All capabilities."""
