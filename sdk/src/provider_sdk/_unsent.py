"""Looking at the requests of a call without sending them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from provider_sdk._dialect import HttpRequest
from provider_sdk._errors import ProviderRequestError
from provider_sdk._http.transport import UNSENT
from provider_sdk._redact import REDACTED, Redactor, is_secret_header, secrets_in


@dataclass(frozen=True, slots=True)
class UnsentRequest:
    """A request that was not sent, as it would have been, but without credentials.

    Attributes:
        provider: the provider's name.
        method: the HTTP method.
        url: the whole address.
        headers: names are in lower case; credentials are ``[redacted]``, here and everywhere.
        body: the body as text, ``None`` without one.
        is_call: whether it is the call itself, rather than a question that comes before it, such
            as which models there are.
    """

    provider: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None = field(repr=False)
    is_call: bool


class NotSent(ProviderRequestError):
    """A request was kept by ``unsent_requests``, and not sent."""


class Unsent:
    """Keeps requests.

    Attributes:
        requests: in the order in which they would have been sent.
        is_call: whether the next one is the call itself.
    """

    def __init__(self) -> None:
        self.requests: list[UnsentRequest] = []
        self.is_call = False

    def keep(self, provider: str, request: HttpRequest, redact: Callable[[str], str]) -> NotSent:
        """Keep a request whose ``path`` is the whole address; return what to raise."""
        with_headers = Redactor(secrets_in(request.headers))

        def clean(text: str) -> str:
            return redact(with_headers(text))

        headers = {name: _header(name, clean(text)) for name, text in request.headers.items()}
        body = None if request.body is None else clean(request.body.decode(errors="replace"))
        url = clean(request.path)
        kept = UnsentRequest(provider, request.method, url, headers, body, self.is_call)
        self.requests.append(kept)
        return NotSent("the request was kept and not sent")


@contextmanager
def unsent_requests() -> Iterator[list[UnsentRequest]]:
    """Keep the requests of calls in the block ``with``, instead of sending them.

    ```python
    with unsent_requests() as requests:
        await router.route("agent", messages)
    print(requests[-1].body)
    ```

    A call of an ``HttpProvider``, also through a router, ends the block where its request would be
    sent. A request that comes before it is refused, and the provider may go on without its answer.
    Providers of other kinds are not kept from sending.
    """
    unsent = Unsent()
    token = UNSENT.set(unsent)
    try:
        with suppress(NotSent):
            yield unsent.requests
    finally:
        UNSENT.reset(token)


def _header(name: str, text: str) -> str:
    # A value that is too short to be looked for in texts is a secret here.
    return REDACTED if is_secret_header(name) and REDACTED not in text else text
