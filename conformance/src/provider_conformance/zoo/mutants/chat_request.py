"""Mutants that CHAT must kill for what they send."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from provider_sdk import ChatResponse, ChatStream, Message, ProviderRequestError

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable

Asked = tuple[Any, str | None, bool, dict[str, Any]]


def dicts(messages: Any) -> list[dict[str, Any]]:
    """Return the messages as dicts, each a new one."""
    return [m.to_dict() if isinstance(m, Message) else dict(m) for m in messages]


class Rewriting(Mutable):
    """Sends other messages than it was given."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        raise NotImplementedError

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        return self.rewritten(messages), model, stream, options


@mutant("PC-CHAT-002", "messages that the service received")
class StripsWords(Rewriting):
    """Takes the white space off the ends of what the user wrote."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [m | {"content": Message.from_dict(m).text.strip()} for m in dicts(messages)]


@mutant("PC-CHAT-002", "messages that the service received")
class IgnoresMessages(Rewriting):
    """Asks the same whatever it is asked."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [{"role": "user", "content": "Hello"}]


@mutant("PC-CHAT-002", "messages that the service received")
class SendsAscii(Rewriting):
    """Replaces characters that it cannot encode."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            m | {"content": Message.from_dict(m).text.encode("ascii", "replace").decode()}
            for m in dicts(messages)
        ]


@mutant("PC-CHAT-003", "turns that the service received")
class SendsLastTurnOnly(Rewriting):
    """Sends the last message and forgets the conversation."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return messages[-1:]


@mutant("PC-CHAT-003", "turns that the service received")
class GroupsByRole(Rewriting):
    """Sends the user's turns before the assistant's."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return sorted(dicts(messages), key=lambda m: m["role"] != "user")


@mutant("PC-CHAT-003", "turns that the service received")
class CutsHistory(Rewriting):
    """Sends no more than ten messages."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return messages[-10:]


@mutant("PC-CHAT-004", "the system prompt and the turns")
class DropsSystemPrompt(Rewriting):
    """Sends the turns without the system prompt."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [m for m in dicts(messages) if m["role"] != "system"]


@mutant("PC-CHAT-004", "the system prompt and the turns")
class SystemPromptIsUsers(Rewriting):
    """Sends the system prompt as if the user had written it."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [m | {"role": "user"} if m["role"] == "system" else m for m in dicts(messages)]


@mutant("PC-CHAT-004", "the system prompt and the turns, streamed")
class StreamsWithoutSystemPrompt(Mutable):
    """Drops the system prompt on the way to a stream."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        turns = [m for m in dicts(messages) if not stream or m["role"] != "system"]
        return turns, model, stream, options


@mutant("PC-CHAT-005", "the joined parts")
class SendsFirstPart(Rewriting):
    """Sends the first part of a message in parts."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            m if isinstance(m["content"], str) else m | {"content": m["content"][:1]}
            for m in dicts(messages)
        ]


@mutant("PC-CHAT-006", "the images")
class DropsImages(Rewriting):
    """Sends the text of a message and leaves its images out."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            m | {"content": Message.from_dict(m).text} if m["role"] == "user" else m
            for m in dicts(messages)
        ]


@mutant("PC-CHAT-007", "the conversation sent from objects")
class SpellsObjects(Rewriting):
    """Sends the repr of a message that is not a dict."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            {"role": "user", "content": str(m)} if isinstance(m, Message) else m for m in messages
        ]


@mutant("PC-CHAT-008", "the caller's messages after a call")
class CleansMessagesInPlace(Rewriting):
    """Takes what it does not send out of the caller's own dicts."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        for message in messages:
            if isinstance(message, dict):
                message.pop("provider_data", None)
        return messages


@mutant("PC-CHAT-009", "the model in the request")
class AsksDefaultModel(Mutable):
    """Asks its default whatever the call names."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        return messages, None, stream, options


@mutant("PC-CHAT-009", "the model in the request")
class LowersModel(Mutable):
    """Asks for the model in small letters."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        return messages, model and model.lower(), stream, options


@mutant("PC-CHAT-010", "the model in the request: reference/default")
class AsksOwnModel(Mutable):
    """Has another default than it says."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        return messages, model or "auto", stream, options


@mutant("PC-CHAT-011", "the request: to hold no foreign provider_data")
class SendsForeignData(Mutable):
    """Sends whatever a message carries."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        state = [m["provider_data"] for m in dicts(messages) if m.get("provider_data")]
        extra = {"extra_body": {"provider_data": state}} if state else {}
        return messages, model, stream, options | extra


class _UsersWords(ChatResponse):
    @property
    def message(self) -> Message:
        return Message("user", self.text)


@mutant("PC-CHAT-012", "the conversation with the answer appended")
class AnswersAsUser(Mutable):
    """Makes a message of the answer as if the user had said it."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return _UsersWords(**{f.name: getattr(response, f.name) for f in fields(response)})


@mutant("PC-CHAT-013", "the result of complete()")
class CompletesStripped(Mutable):
    """Strips what complete() returns."""

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Answer a prompt."""
        return (await super().complete(prompt, model, **options)).strip()


@mutant("PC-CHAT-013", "messages of complete()")
class CompletesWithInstructions(Mutable):
    """Gives complete() a system prompt of its own."""

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Answer a prompt."""
        system = {"role": "system", "content": "You are a helpful assistant."}
        response = await self.chat([system, {"role": "user", "content": prompt}], model, **options)
        assert isinstance(response, ChatResponse)
        return response.text


@mutant("PC-CHAT-008", "the caller's messages after a call")
class TidiesStateInPlace(Rewriting):
    """Takes the index out of the state in the caller's own dicts."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        for message in messages:
            turn = message if isinstance(message, dict) else {}
            for detail in turn.get("reasoning_details", ()):
                detail.pop("index", None)
        return messages


@mutant("PC-CHAT-008", "the caller's messages in another form")
class TidiesImages(Mutable):
    """Rewrites an image that is only an address, in the caller's own part."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        contents = [m["content"] for m in messages if isinstance(m, dict) and "content" in m]
        for part in (p for c in contents if isinstance(c, list) for p in c):
            if isinstance(part.get("image_url"), str):
                part["image_url"] = {"url": part["image_url"]}
        return messages, model, stream, options


@mutant("PC-CHAT-008", "the caller's messages after a rejected call")
class DropsRejectedMessage(Mutable):
    """Drops the last message from the caller's list if the service rejects it."""

    async def _changed_chat(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> ChatResponse | ChatStream:
        try:
            return await super()._changed_chat(messages, model, stream, options)
        except ProviderRequestError as error:
            if error.status and isinstance(messages, list):
                messages.pop()
            raise


@mutant("PC-CHAT-003", "turns that the service received")
class KeepsAHundredTurns(Rewriting):
    """Sends the last hundred messages."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return list(messages)[-100:]


@mutant("PC-CHAT-013", "the result of complete()")
class CompletesShortly(Mutable):
    """Returns the first 64 KiB of a text."""

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Complete a prompt."""
        return (await super().complete(prompt, model, **options))[:65536]
