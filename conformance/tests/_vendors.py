"""The vendors' own clients, pointed at a scripted service.

Both follow the pattern ``client.chat.completions.create(…)``, so that one test asks both.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import openai
from huggingface_hub import InferenceClient, errors
from provider_conformance import OpenAIWire, Service
from provider_conformance.drivers import SocketDriver

TOKEN = "hf_scripted"
QUESTION = [{"role": "user", "content": "Warum ist der Himmel blau? 🙂"}]
_TIMEOUT_S = 10


@dataclass(frozen=True)
class Vendor:
    """How a vendor's client is made, and what it raises for each kind of failure.

    ``reasoning`` is the field in which its answers hold reasoning, ``cut`` what it raises for an
    error inside a stream.
    """

    connect: Callable[..., Any]
    raises: Mapping[str, type[Exception]]
    in_stream: type[Exception]
    reasoning: str

    @property
    def wire(self) -> OpenAIWire:
        """The wire as this vendor's services speak it."""
        return OpenAIWire(reasoning_field=self.reasoning)


def _openai(address: str, token: str = TOKEN) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key=token, max_retries=0, timeout=_TIMEOUT_S)


def _huggingface(address: str, token: str = TOKEN) -> InferenceClient:
    return InferenceClient(base_url=f"{address}/v1", api_key=token, timeout=_TIMEOUT_S)


_ANY_OF_HUB = dict.fromkeys(
    ("auth", "permission", "rate_limit", "quota", "model_not_found", "overloaded", "server"),
    errors.HfHubHTTPError,
)

VENDORS = {
    "openai": Vendor(
        _openai,
        {
            "auth": openai.AuthenticationError,
            "permission": openai.PermissionDeniedError,
            "rate_limit": openai.RateLimitError,
            "quota": openai.RateLimitError,
            "model_not_found": openai.NotFoundError,
            "bad_request": openai.BadRequestError,
            "context_length": openai.BadRequestError,
            "overloaded": openai.InternalServerError,
            "server": openai.InternalServerError,
        },
        openai.APIError,
        "reasoning_content",
    ),
    "huggingface_hub": Vendor(
        _huggingface,
        _ANY_OF_HUB
        | {"bad_request": errors.BadRequestError, "context_length": errors.BadRequestError},
        errors.TextGenerationError,
        "reasoning",
    ),
}


def counts(usage: Any) -> tuple[int, int, int, int, int]:
    """Return prompt, completion, total, cached and reasoning tokens."""
    read, written = usage.prompt_tokens_details, usage.completion_tokens_details
    details = (_field(read, "cached_tokens"), _field(written, "reasoning_tokens"))
    return (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens, *details)


def _field(part: Any, name: str) -> int:
    # The Hub's client has no type for the details and leaves them as they came.
    return part[name] if isinstance(part, dict) else getattr(part, name)


@dataclass(frozen=True)
class Desk:
    """A client and the service that it talks to."""

    vendor: Vendor
    client: Any
    service: Service

    def ask(self, messages: Any = None, **call: Any) -> Any:
        """Return a whole answer."""
        return self.client.chat.completions.create(
            model="org/model", messages=messages or QUESTION, **call
        )

    def chunks(self, **call: Any) -> list[Any]:
        """Return all chunks of a streamed answer."""
        return list(self.ask(stream=True, **call))

    def deltas(self, **call: Any) -> Iterator[Any]:
        """Yield the delta of each chunk of a streamed answer that has one."""
        for chunk in self.chunks(**call):
            for choice in chunk.choices:
                yield choice.delta


@contextmanager
def desk_of(name: str, rng: random.Random) -> Iterator[Desk]:
    """Give a vendor's client a service of its own, until the block ends."""
    vendor = VENDORS[name]
    service = Service(vendor.wire, TOKEN, rng)
    with SocketDriver(service) as driver, vendor.connect(driver.address) as client:
        yield Desk(vendor, client, service)
