"""Wires: each encodes the answers of the scripted service in one protocol.

Subclass ``Wire`` for a further protocol. Everything needed for that is exported here.
"""

from provider_conformance.wires._answer import (
    Answer,
    Call,
    ErrorKind,
    Failure,
    Finish,
    Frame,
    FrameKind,
    SeenChat,
    SeenMessage,
    SeenPart,
    Tokens,
    seen_arguments,
)
from provider_conformance.wires._anthropic import AnthropicWire
from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._documented import Documented
from provider_conformance.wires._framing import Framing, FramingKind, line_framings, sse_framings
from provider_conformance.wires._gemini import GeminiWire
from provider_conformance.wires._ollama import OllamaWire
from provider_conformance.wires._openai import OpenAIWire
from provider_conformance.wires._responses import ResponsesWire
from provider_conformance.wires._sample import sample
from provider_conformance.wires._script import (
    Close,
    Endless,
    Hang,
    Head,
    Pause,
    Reply,
    Reset,
    SeenRequest,
    Step,
)
from provider_conformance.wires._traits import Choice, Traits
from provider_conformance.wires._values import json_values

__all__ = [
    "Answer",
    "AnthropicWire",
    "Call",
    "Choice",
    "Close",
    "Documented",
    "Endless",
    "ErrorKind",
    "Failure",
    "Finish",
    "Frame",
    "FrameKind",
    "Framing",
    "FramingKind",
    "GeminiWire",
    "Hang",
    "Head",
    "OllamaWire",
    "OpenAIWire",
    "Pause",
    "Reply",
    "Reset",
    "ResponsesWire",
    "Route",
    "SeenChat",
    "SeenMessage",
    "SeenPart",
    "SeenRequest",
    "Step",
    "Tokens",
    "Traits",
    "Wire",
    "json_values",
    "line_framings",
    "sample",
    "seen_arguments",
    "sse_framings",
]
