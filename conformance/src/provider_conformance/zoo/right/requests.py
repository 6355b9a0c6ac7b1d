"""Right providers whose requests look otherwise and mean the same."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from provider_sdk import HttpRequest

from provider_conformance.zoo._right import right
from provider_conformance.zoo.reference import ReferenceProvider


class _OwnBody(ReferenceProvider):
    """Writes the body of each request itself."""

    @abstractmethod
    def written(self, body: dict[str, Any]) -> bytes:
        """Return the body to send."""

    async def open(self, request: HttpRequest) -> Any:
        """Send a request with the other body."""
        if request.body is not None:
            request = replace(request, body=self.written(json.loads(request.body)))
        return await super().open(request)


def _compact(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@right(warns=["PC-OPTIONS-024", "PC-TOOLS-035"])
class SortsKeys(_OwnBody):
    """Sends JSON indented, with sorted keys, and with every character outside ASCII escaped."""

    def written(self, body: dict[str, Any]) -> bytes:
        """Return other JSON of the same value."""
        return json.dumps(body, indent=2, sort_keys=True).encode()


@right()
class NewNameOfLimit(_OwnBody):
    """Sends max_tokens under OpenAI's later name for it."""

    def written(self, body: dict[str, Any]) -> bytes:
        """Rename the field, unless the caller's own stands in its place."""
        if "max_tokens" in body:
            body.setdefault("max_completion_tokens", body.pop("max_tokens"))
        return _compact(body)


@right()
class SendsDefaults(_OwnBody):
    """Sends a field that says what the service does anyway: one answer."""

    def written(self, body: dict[str, Any]) -> bytes:
        """Add the field."""
        return _compact({"n": 1, **body})


@right()
class LeavesOutFalse(_OwnBody):
    """Leaves out a field that says what the service does anyway: no stream."""

    def written(self, body: dict[str, Any]) -> bytes:
        """Drop the field."""
        if body.get("stream") is False:
            del body["stream"]
        return _compact(body)


@right()
class SendsParts(_OwnBody):
    """Sends the text of every user as a list of parts."""

    def written(self, body: dict[str, Any]) -> bytes:
        """Rewrite the messages."""
        for message in body["messages"]:
            if message["role"] == "user" and isinstance(message["content"], str):
                message["content"] = [{"type": "text", "text": message["content"]}]
        return _compact(body)


@right()
class SaysDeveloper(_OwnBody):
    """Sends system prompts under OpenAI's later name for them."""

    def written(self, body: dict[str, Any]) -> bytes:
        """Rename the role."""
        for message in body["messages"]:
            if message["role"] == "system":
                message["role"] = "developer"
        return _compact(body)


@right()
class SortsResults(_OwnBody):
    """Sends the results of parallel calls in the order of the calls, whatever the caller's was."""

    def written(self, body: dict[str, Any]) -> bytes:
        """Sort the results that stand next to each other."""
        places: dict[str, int] = {}
        sorted_messages: list[Any] = []
        results: list[Any] = []
        for message in [*body["messages"], None]:
            if message and message["role"] == "tool":
                results.append(message)
                continue
            results.sort(key=lambda result: places.get(result["tool_call_id"], -1))
            sorted_messages += [*results, message]
            results = []
            calls = (message or {}).get("tool_calls") or ()
            places = {call["id"]: place for place, call in enumerate(calls)}
        return _compact({**body, "messages": sorted_messages[:-1]})


@right()
class SpacesArguments(_OwnBody):
    """Writes the arguments of earlier calls anew, as JSON with blanks."""

    def written(self, body: dict[str, Any]) -> bytes:
        """Rewrite the arguments that are an object."""
        for message in body["messages"]:
            for call in message.get("tool_calls") or ():
                try:
                    arguments = json.loads(call["function"]["arguments"])
                except ValueError:
                    continue
                call["function"]["arguments"] = json.dumps(arguments, indent=1)
        return _compact(body)


@right()
class SendsMoreHeaders(ReferenceProvider):
    """Sends headers that tell the service of the program."""

    def request_headers(self) -> Mapping[str, str]:
        """Return them."""
        return {
            "user-agent": "acme/1.0 (right zoo)",
            "x-client-name": "right-zoo",
            "accept-language": "en",
            "x-priority": "normal",
        }
