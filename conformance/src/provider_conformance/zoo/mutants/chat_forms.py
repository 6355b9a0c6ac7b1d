"""Mutants that CHAT must kill for how they send what conversations may hold."""

from __future__ import annotations

from typing import Any

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.chat_request import Asked, Rewriting, dicts
from provider_conformance.zoo.reference import Mutable


@mutant("PC-CHAT-040", "the system messages and the turns")
class SendsOneSystemMessage(Rewriting):
    """Keeps the first system message."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        turns = dicts(messages)
        system = [turn for turn in turns if turn["role"] == "system"]
        return [turn for turn in turns if turn["role"] != "system" or turn is system[0]]


@mutant("PC-CHAT-040", "the system messages and the turns")
class PutsSystemFirst(Rewriting):
    """Moves every system message before the conversation."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return sorted(dicts(messages), key=lambda turn: turn["role"] != "system")


@mutant("PC-CHAT-041", "turns of which some repeat")
class DropsEqualTurns(Rewriting):
    """Takes a turn that was said before for a mistake."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        turns = dicts(messages)
        return [turn for n, turn in enumerate(turns) if turn not in turns[:n]]


@mutant("PC-CHAT-041", "turns of which some repeat")
class KeepsLastOfARow(Rewriting):
    """Makes turns alternate by leaving out all but the last of a row."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        turns = dicts(messages)
        following = [*(turn["role"] for turn in turns[1:]), ""]
        return [
            turn
            for turn, role in zip(turns, following, strict=True)
            if turn["role"] in ("tool", "system") or turn["role"] != role
        ]


@mutant("PC-CHAT-042", "turns of which some are empty")
class FillsEmptyTurns(Rewriting):
    """Puts words into a turn that has none."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [turn | {"content": turn["content"] or "(no content)"} for turn in dicts(messages)]


def _with_parts(turn: dict[str, Any], parts: list[Any]) -> dict[str, Any]:
    return turn | {"content": parts} if isinstance(turn["content"], list) else turn


@mutant("PC-CHAT-043", "parts in their order")
class PutsTextsFirst(Rewriting):
    """Sends the texts of a message before its images."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            _with_parts(turn, sorted(turn["content"], key=lambda part: part["type"] != "text"))
            if isinstance(turn["content"], list)
            else turn
            for turn in dicts(messages)
        ]


@mutant("PC-CHAT-043", "parts in their order")
class LooksCoarsely(Rewriting):
    """Sends images without their detail."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [_with_parts(turn, [*map(_plain, turn["content"])]) for turn in dicts(messages)]


def _plain(part: Any) -> Any:
    if not isinstance(part, dict) or part["type"] == "text":
        return part
    return part | {"image_url": {"url": part["image_url"]["url"]}}


@mutant("PC-CHAT-044", "an image by its address, whole")
class WritesAddressesAsText(Rewriting):
    """Sends the address of an image as a text."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [_with_parts(turn, [*map(_as_text, turn["content"])]) for turn in dicts(messages)]


def _as_text(part: Any) -> Any:
    if not isinstance(part, dict) or part["type"] == "text":
        return part
    url = part["image_url"]["url"]
    return part if url.startswith("data:") else {"type": "text", "text": url}


@mutant("PC-CHAT-045", "fields of the turns sent from dicts")
class DropsOwnFields(Rewriting):
    """Sends the fields of the contract alone."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        own = ("reasoning_content", "reasoning_details")
        return [{n: v for n, v in turn.items() if n not in own} for turn in dicts(messages)]


@mutant("PC-CHAT-050", "the state of the whole answer's turn in a call, streamed")
class StreamsWithoutState(Mutable):
    """Sends the state of turns in whole calls alone."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        if stream:
            messages = [{**turn, "provider_data": {}} for turn in dicts(messages)]
        return messages, model, stream, options


@mutant("PC-CHAT-045", "fields of the turns sent from dicts")
class SignsOneCall(Rewriting):
    """Sends what belongs to the first call of a turn, and forgets that of the others."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        turns = dicts(messages)
        for turn in turns:
            if calls := turn.get("tool_calls"):
                turn["tool_calls"] = [*calls[:1], *map(_unsigned, calls[1:])]
        return turns


def _unsigned(call: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in call.items() if name != "extra_content"}


@mutant("PC-CHAT-045", "fields of the turns sent from dicts")
class KeepsLastThoughts(Rewriting):
    """Sends the own fields of the last turn alone."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        turns = dicts(messages)
        thought = [turn for turn in turns if "reasoning_details" in turn]
        for turn in thought[:-1]:
            del turn["reasoning_details"]
        return turns


@mutant("PC-CHAT-043", "images")
class LooksAtEightImages(Rewriting):
    """Sends the first eight parts of a message."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [_with_parts(turn, list(turn["content"])[:8]) for turn in dicts(messages)]
