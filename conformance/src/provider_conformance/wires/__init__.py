"""Wires: how a scripted service speaks a protocol. ``Wire`` is the port for further ones."""

from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._openai import OpenAIWire

__all__ = ["OpenAIWire", "Route", "Wire"]
