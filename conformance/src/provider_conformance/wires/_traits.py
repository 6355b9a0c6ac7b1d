"""What a protocol can say beyond what all protocols can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Count = Literal["prompt", "completion", "total", "cached", "reasoning"]
ALL_COUNTS: frozenset[Count] = frozenset({"prompt", "completion", "total", "cached", "reasoning"})
Choice = Literal["auto", "none", "required", "function"]
ALL_CHOICES: frozenset[Choice] = frozenset({"auto", "none", "required", "function"})


@dataclass(frozen=True)
class Traits:
    """What differs between protocols so much that a check must know; the defaults claim little.

    Attributes:
        finish_words: the protocol's word for each finish reason of ``Answer`` that it can say.
        other_finishes: whether a finish reason may be a word that nobody knows yet.
        refusals: whether a refusal has a place of its own (``Answer.refusal``).
        inline_thinking: whether models write reasoning into the text, between ``<think>`` tags.
        text_arguments: the forms of an answer in which a tool call's arguments are text, which can
            be empty or cut; elsewhere they are an object.
        tool_choices: the forms of ``tool_choice`` that it has a place for.
        counts: which counts of ``Tokens`` an answer can report.
        usage_flag: the field by which a call asks for usage in a stream; ``None`` where a stream
            reports it unasked.
        running_usage: whether a stream may report usage with any event, the last report counting.
        forbidden: sampling parameters that the service rejects.
        always_sent: options that a request must hold even where the caller gave none.
        keep_alive: bytes that may stand between the events of a stream and are none.
        nonsense: by route, bodies of a successful reply that are well-formed and yet no answer.
        request_id_header: where the service names the exchange.
        backend_header: where a router names the back end that answered.
    """

    finish_words: Mapping[str, str] = field(
        default_factory=lambda: {"stop": "stop", "length": "length", "tool_calls": "tool_calls"}
    )
    other_finishes: bool = False
    refusals: bool = False
    inline_thinking: bool = False
    text_arguments: frozenset[Literal["whole", "stream"]] = frozenset()
    tool_choices: frozenset[Choice] = ALL_CHOICES
    counts: frozenset[Count] = ALL_COUNTS
    usage_flag: str | None = None
    running_usage: bool = False
    forbidden: frozenset[str] = frozenset()
    always_sent: frozenset[str] = frozenset()
    keep_alive: bytes = b""
    nonsense: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    request_id_header: str | None = None
    backend_header: str | None = None
