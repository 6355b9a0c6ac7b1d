"""What a protocol can express, beyond what all protocols can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from provider_conformance.wires._forms import require_declared_types

Count = Literal["prompt", "completion", "total", "cached", "reasoning"]
ALL_COUNTS: frozenset[Count] = frozenset({"prompt", "completion", "total", "cached", "reasoning"})
Choice = Literal["auto", "none", "required", "function"]
ALL_CHOICES: frozenset[Choice] = frozenset({"auto", "none", "required", "function"})
ALL_EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})
SchemaField = Literal["name", "description", "strict"]
ALL_SCHEMA_FIELDS: frozenset[SchemaField] = frozenset({"name", "description", "strict"})
OwnField = Literal["reasoning_content", "reasoning_details", "extra_content"]
ALL_OWN_FIELDS: frozenset[OwnField] = frozenset(
    {"reasoning_content", "reasoning_details", "extra_content"}
)


@dataclass(frozen=True)
class Traits:
    """Differences between protocols that checks must know; the defaults claim little.

    Attributes:
        finish_words: the protocol's word, or its words, for each finish reason of ``Answer`` that
            it has.
        other_finishes: whether a finish reason may be a word that the contract does not know.
        refusals: whether there is a field for a refusal (``Answer.refusal``).
        lone_refusals: whether a refusal comes without any other content.
        inline_thinking: whether models write reasoning into the text, between ``<think>`` tags.
        text_arguments: the forms of an answer in which a tool call's arguments are a text, which
            may be empty or cut off; in other forms they are an object.
        tool_choices: the values of ``tool_choice`` that a request can express.
        image_types: whether a request says of which media type an image is.
        counts: the counts of ``Tokens`` that an answer can report.
        split_completion: whether what was written is counted in two parts, reasoning and the rest;
            a part that is not sent is 0 then.
        usage_flag: the field with which a call requests usage in a stream; ``None`` if streams
            report it without request.
        running_usage: whether any event of a stream may report usage; the last report counts.
        forbidden: sampling parameters that the service rejects.
        always_sent: options that every request must hold, even if the caller gave none.
        keep_alive: bytes that may come between the events of a stream and are not an event.
        nonsense: by route, bodies that are well-formed and yet not valid as a successful reply.
        request_id_header: the response header with the id of the exchange.
        backend_header: the response header in which a router names the back end.
        names_model: whether an answer names the model. If not, ``response.model`` is the model
            that was asked.
        request_id_in_body: whether the id of the exchange is a field of the answer.
        returns_reasoning: whether an answer can hold reasoning.
        steers_reasoning: whether a request can say how much to reason.
        stream_error_kinds: whether an error inside a stream says of what kind it is.
        joined_finish: whether one event may hold pieces of several kinds, and the last piece the
            finish reason.
        interleaved_calls: whether the fragments of several calls may come in turns.
        anonymous_calls: whether a call may come without an id; the provider then makes one.
        repeated_ids: whether calls of different turns may have one id.
        float_counts: whether token counts are sent as numbers with a decimal point.
        state: whether an answer holds opaque state that the next request must bring back.
        system_anywhere: whether a system message may stand anywhere; if not, all of them lead.
        empty_turns: whether a turn may be empty; if not, the provider leaves it out.
        joined_turns: whether turns of one role that follow each other are one turn.
        strict_tools: whether a tool's definition can hold ``strict``.
        strict_unless_told: whether a tool, and a schema for the answer, is strict if it does not
            say ``strict``, so that a provider says of the others that they are not.
        image_details: whether a request can say in which ``detail`` to look at an image.
        image_addresses: whether a request can hold the address of an image in place of its bytes.
        own_fields: the fields of an assistant's dict, beyond the contract's, that a request can
            hold: ``extra_content`` is one of its calls.
        efforts: the words of ``reasoning_effort`` that a request can express.
        largest_seed: the largest seed that a request can hold.
        least_tokens: the smallest ``max_tokens`` that the service accepts.
        schema_fields: what a request can say of a JSON schema for the answer, besides the schema.
        model_facts: the fields of ``ModelInfo`` that a model list can state, in groups that it
            states together; empty if ``Wire.described`` is not implemented.
    """

    finish_words: Mapping[str, str | Sequence[str]] = field(
        default_factory=lambda: {"stop": "stop", "length": "length", "tool_calls": "tool_calls"}
    )
    other_finishes: bool = False
    refusals: bool = False
    lone_refusals: bool = False
    inline_thinking: bool = False
    text_arguments: frozenset[Literal["whole", "stream"]] = frozenset()
    tool_choices: frozenset[Choice] = ALL_CHOICES
    image_types: bool = True
    counts: frozenset[Count] = ALL_COUNTS
    split_completion: bool = False
    usage_flag: str | None = None
    running_usage: bool = False
    forbidden: frozenset[str] = frozenset()
    always_sent: frozenset[str] = frozenset()
    keep_alive: bytes = b""
    nonsense: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    request_id_header: str | None = None
    backend_header: str | None = None
    names_model: bool = True
    request_id_in_body: bool = False
    returns_reasoning: bool = True
    steers_reasoning: bool = True
    stream_error_kinds: bool = True
    joined_finish: bool = False
    interleaved_calls: bool = False
    anonymous_calls: bool = False
    repeated_ids: bool = False
    float_counts: bool = False
    state: bool = False
    system_anywhere: bool = True
    empty_turns: bool = True
    joined_turns: bool = False
    strict_tools: bool = False
    strict_unless_told: bool = False
    image_details: bool = False
    image_addresses: bool = False
    own_fields: frozenset[OwnField] = frozenset()
    efforts: frozenset[str] = frozenset({"low", "high"})
    largest_seed: int = 2**63 - 1
    least_tokens: int = 1
    schema_fields: frozenset[SchemaField] = frozenset()
    model_facts: Sequence[frozenset[str]] = ()

    def __post_init__(self) -> None:
        """Raise ``TypeError`` for a trait that is not of its type."""
        require_declared_types(self, "trait")

    @property
    def names_exchange(self) -> bool:
        """Whether the service gives an exchange an id, in a header or in a body."""
        return self.request_id_header is not None or self.request_id_in_body

    @property
    def unsaid_strict(self) -> bool | None:
        """What is sent as ``strict`` of what does not say it; ``None`` if nothing is."""
        return False if self.strict_unless_told else None

    def words_for(self, finish: str) -> Sequence[str]:
        """Return the protocol's words for a finish reason; empty if it has none."""
        words = self.finish_words.get(finish, ())
        return (words,) if isinstance(words, str) else tuple(words)
