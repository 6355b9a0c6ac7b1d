"""The protocols that are measured: a module each, which defines ``WIRE``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

NAMES = ("chat", "openai", "responses", "claude", "gemini", "ollama")
API_KEY = "hf_benchmark_key_000000000000"
MODEL = "bench/model"
QUESTION = {"role": "user", "content": "Why is the sky blue?"}
INSTRUCTION = "Answer in one short paragraph."
MESSAGES = [{"role": "system", "content": INSTRUCTION}, QUESTION]
"""What our providers are asked."""


@dataclass(frozen=True)
class Wire:
    """One protocol: what is asked, what comes back, and who takes part.

    Attributes:
        name: the name on the command line and in the service's paths.
        base_path: what the base URL of a client ends in.
        endpoint: what a client appends to it.
        headers: headers of a request that is written by hand.
        body: the body of a call.
        stream_body: the body of a call for a stream.
        stream_type: the content type of a stream.
        whole: the body of a whole answer, made of its text.
        begin: what a stream begins with.
        word: the event of a stream that holds a word.
        end: what a stream ends with.
        prefix: what precedes the JSON in a line of a stream.
        text_of_answer: reads the text of a decoded whole answer.
        text_of_event: reads the text of a decoded event.
        provider: module and class of our provider.
        contenders: the packages that each contender imports, by its name.
        stream_endpoint: what a client appends for a stream, if the body does not ask for one.
    """

    name: str
    base_path: str
    endpoint: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    stream_body: Mapping[str, Any]
    stream_type: str
    whole: Callable[[str], bytes]
    begin: bytes
    word: Callable[[str], bytes]
    end: bytes
    prefix: str
    text_of_answer: Callable[[Any], str]
    text_of_event: Callable[[Any], str]
    provider: tuple[str, str]
    contenders: Mapping[str, tuple[str, ...]]
    stream_endpoint: str = ""

    def is_installed(self, contender: str) -> bool:
        """Whether all packages that a contender imports are installed."""
        return all(find_spec(package) for package in self.contenders[contender])


def wire_named(name: str) -> Wire:
    """Import a protocol."""
    found: Wire = import_module(f"benchmarks.wires.{name}").WIRE
    return found
