"""What a worker in another process and the desk say to each other, as lines of JSON.

A worker asks: for a shard, for a grant, or that a shard be noted as ended. It gets one answer to
each question. Its last message says how it ended. No message holds a row or a credential.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from provider_sdk.bulk.engines.failures import Failure
from provider_sdk.bulk.limits.grants import Grant, Spent


class Take(Struct, frozen=True, tag=True):
    """Asks for a shard; the answer comes once there is one, or none is left."""

    number: int


class Renew(Struct, frozen=True, tag=True):
    """Reports what was used, and asks for a grant."""

    number: int
    spent: Spent


class ShardEnded(Struct, frozen=True, tag=True):
    """Reports that all rows of a shard have ended."""

    number: int
    shard: int


Question: TypeAlias = Take | Renew | ShardEnded
"""What a worker asks; ``number`` comes back with the answer."""


class Ended(Struct, frozen=True, tag=True):
    """The last message of a worker.

    Attributes:
        failure: why the run cannot go on; ``None`` if no shard is left.
    """

    failure: Failure | None = None


class Lost(Struct, frozen=True, tag=True):
    """A worker died, or has been silent for too long; told by what watches it.

    Attributes:
        why: what is known of it, in a few words.
    """

    why: str


class Answer(Struct, frozen=True):
    """What the desk answers.

    Attributes:
        number: of the question.
        shard: the shard to work at, to ``Take``.
        grant: what may be used, to ``Renew``.
        failure: why the run cannot go on.
    """

    number: int
    shard: int | None = None
    grant: Grant | None = None
    failure: Failure | None = None


Message: TypeAlias = Take | Renew | ShardEnded | Ended | Lost
"""What is told of or by a worker."""

_ENCODER = Encoder()
_MESSAGES: Decoder[Message] = Decoder(Message)
_ANSWERS: Decoder[Answer] = Decoder(Answer)


def to_line(message: Message | Answer) -> bytes:
    """Return a message as JSON without a line feed."""
    return _ENCODER.encode(message)


def message_of(line: bytes) -> Message:
    """Return the message of a worker.

    Raises:
        msgspec.DecodeError: it is not a message.
    """
    return _MESSAGES.decode(line)


def answer_of(line: bytes) -> Answer:
    """Return the answer of the desk.

    Raises:
        msgspec.DecodeError: it is not an answer.
    """
    return _ANSWERS.decode(line)
