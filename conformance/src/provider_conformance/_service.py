"""The scripted service: turns requests into replies, without any I/O."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from json import JSONDecodeError

from provider_conformance._text import clip, text_of
from provider_conformance.lab._exceptions import KIT, exception_line, place_outside
from provider_conformance.lab.payload import random_answer, random_ids
from provider_conformance.wires import Wire
from provider_conformance.wires._answer import Answer, Failure, SeenChat
from provider_conformance.wires._checked import FOREIGN, UNREADABLE, WireFaultError, checked
from provider_conformance.wires._script import Exchange, Reply, SeenRequest

Replyable = Reply | Answer | Failure
Scripted = Replyable | Callable[[SeenRequest], Replyable]
"""What a check can script: a finished reply, an answer or failure that the wire encodes, or a
function that returns one of these for a request."""

NO_SUCH_PATH = "there is nothing at this path"
UNKNOWN_CREDENTIAL = "the credential is not known"
UNREADABLE_REQUEST = "unreadable request"
"""What the service itself says of a request that no check has scripted a reply to."""


@dataclass(frozen=True, slots=True)
class OwnFault:
    """A fault that is not the provider's.

    Attributes:
        text: what is wrong, and where.
        is_wires: whether the wire is at fault, and not the kit.
    """

    text: str
    is_wires: bool


class Service:
    """A service that speaks one protocol, checks one credential, and records every exchange.

    A route (``"chat"``, ``"models"``, ``"token"``, ``"other"``) is what a request is for. A request
    gets the first reply that was queued for its route with ``reply_next``, else the one set with
    ``reply_always``, else the unscripted one: a random answer to a chat, random ids as the model
    list, an error for a wrong credential.

    Args:
        wire: the protocol.
        credential: the only credential that is accepted; ``None`` accepts every request.
        rng: the source of random answers.
        answering: makes the unscripted answers instead of ``rng``.
    """

    def __init__(
        self,
        wire: Wire,
        credential: str | None,
        rng: random.Random,
        answering: Callable[[SeenChat], Answer] | None = None,
    ) -> None:
        self.wire = checked(wire)
        self.credential = credential
        self.model_ids = random_ids(rng)
        self.exchanges: list[Exchange] = []
        self.own_errors: list[OwnFault] = []
        self._rng = rng
        self._answering = answering
        self._next_replies: dict[str, deque[Scripted]] = defaultdict(deque)
        self._lasting_replies: dict[str, Scripted] = {}

    def reply_next(self, *scripted: Scripted, route: str = "chat") -> None:
        """Queue replies for the next requests of a route, one request each."""
        self._next_replies[route].extend(scripted)

    def reply_always(self, scripted: Scripted, *routes: str) -> None:
        """Reply the same to every further request of these routes, or of all if none is named."""
        for route in routes or ("chat", "models", "token", "other"):
            self._lasting_replies[route] = scripted

    def handle(self, request: SeenRequest) -> Exchange:
        """Record a request and return its exchange, whose reply the driver plays."""
        exchange = Exchange(len(self.exchanges) + 1, request, Reply(), "other")
        self.exchanges.append(exchange)
        try:
            exchange.route = self.wire.route(request)
            exchange.reply = self._reply(request, exchange.route)
        except WireFaultError as fault:
            self.note_own_error(OwnFault(str(fault), is_wires=True))
            exchange.reply = self._own_failure(Failure("server", f"the wire {fault.did}"), 500)
        except FOREIGN as error:
            # It must not look like the provider's fault.
            problem = f"the kit raised {exception_line(error)} while answering {exchange.route}"
            self.note_own_error(OwnFault(problem, is_wires=False))
            exchange.reply = self._own_failure(Failure("server", "the kit is at fault"), 500)
        return exchange

    def played(self, exchange: Exchange) -> None:
        """Take note that a driver is done with an exchange; ``exchange.ended`` says how far."""

    def note_own_error(self, fault: OwnFault) -> None:
        """Note a fault of the wire, or of the kit or one of its checks."""
        self.own_errors.append(fault)

    def unreadable(self, problem: str) -> Reply:
        """Return the reply to a request that is not valid HTTP."""
        return self._own_failure(_unreadable(problem), 400)

    def _own_failure(self, failure: Failure, status: int) -> Reply:
        try:
            return self.wire.failure(failure)
        except WireFaultError:
            return Reply(status, {"content-type": "text/plain"}, (failure.message.encode(),))

    def requests(self, route: str = "chat") -> list[SeenRequest]:
        """Return the requests of a route so far, in order."""
        return [exchange.request for exchange in self.exchanges if exchange.route == route]

    def chats(self) -> list[SeenChat]:
        """Return the chat calls so far, decoded into the contract's terms."""
        return [self.wire.read_chat(request) for request in self.requests()]

    def reply_for(self, scripted: Scripted, request: SeenRequest) -> Reply:
        """Return the reply to a request that a scripted value stands for."""
        if isinstance(scripted, Reply):
            return scripted
        if isinstance(scripted, Failure):
            return self.identified(self.wire.failure(scripted), scripted)
        if isinstance(scripted, Answer):
            return self._reply_with(scripted, request)
        return self.reply_for(scripted(request), request)

    def accepts(self, request: SeenRequest) -> bool:
        """Whether a request carries the right credential."""
        return self.credential is None or self.wire.credential_of(request) == self.credential

    def _reply(self, request: SeenRequest, route: str) -> Reply:
        if self._next_replies[route]:
            return self.reply_for(self._next_replies[route].popleft(), request)
        if route in self._lasting_replies:
            return self.reply_for(self._lasting_replies[route], request)
        public = route == "models" and self.wire.public_models
        if not public and not self.accepts(request):
            return self.wire.failure(Failure("auth", UNKNOWN_CREDENTIAL))
        return self._unscripted_reply(request, route)

    def unscripted_reply(self, request: SeenRequest) -> Reply:
        """Return the reply that a request with a valid credential gets if nothing is scripted."""
        return self._unscripted_reply(request, self.wire.route(request))

    def _unscripted_reply(self, request: SeenRequest, route: str) -> Reply:
        if route == "chat":
            return self.reply_for(self._default_reply(request), request)
        if route == "models":
            return self.wire.models(self.model_ids, request)
        if route == "token":
            return self.wire.account()
        return Reply(404, {"content-type": "text/plain"}, (NO_SUCH_PATH.encode(),))

    def _default_reply(self, request: SeenRequest) -> Answer | Failure:
        if self._answering is None:
            return random_answer(self._rng)
        try:
            chat = self.wire.read_chat(request)
            for text in (chat.model, *(message.text for message in chat.messages)):
                text.encode()  # a lone surrogate, which JSON can hold, could not be repeated
        except UNREADABLE as error:
            return _unreadable(_reason(error))
        return self._answering(chat)

    def _reply_with(self, answer: Answer, request: SeenRequest) -> Reply:
        try:
            chat = self.wire.read_chat(request)
        except UNREADABLE as error:
            return self.wire.failure(_unreadable(_reason(error)))
        if not answer.model:
            answer = replace(answer, model=chat.model)
        if not chat.wants_state:
            answer = replace(answer, state=None)
        if chat.stream:
            reply = self.wire.stream(self.wire.frames(answer, chat))
        else:
            reply = self.wire.whole(answer)
        return self.identified(reply, answer)

    def identified(self, reply: Reply, scripted: Answer | Failure) -> Reply:
        """Return a reply with the headers that name the exchange and the back end."""
        traits = self.wire.traits
        names = (
            (traits.request_id_header, scripted.request_id),
            (traits.backend_header, scripted.served_by),
        )
        named = {header: name for header, name in names if header and name}
        return replace(reply, headers={**reply.headers, **named}) if named else reply


def _unreadable(problem: str) -> Failure:
    return Failure("bad_request", f"{UNREADABLE_REQUEST}: {problem}")


def _reason(error: Exception) -> str:
    """Return what could not be read, as a person understands it."""
    place = f" ({place_outside(error, KIT)})"
    if isinstance(error, KeyError):
        return f"{text_of(error)} is missing{place}, or the wire does not know it"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if type(error) in (ValueError, JSONDecodeError):
        return clip(text_of(error))
    return f"{type(error).__name__}: {clip(text_of(error))}{place}"
