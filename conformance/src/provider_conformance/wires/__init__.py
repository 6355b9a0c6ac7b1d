"""Wires: how a scripted service speaks a protocol. ``Wire`` is the port for further ones."""

from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._framing import Framing, sse_framings
from provider_conformance.wires._openai import OpenAIWire
from provider_conformance.wires._traits import Choice, Traits

__all__ = ["Choice", "Framing", "OpenAIWire", "Route", "Traits", "Wire", "sse_framings"]
