"""The checks before a call, its deadline, and the completion of errors."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, Unpack, cast, overload

from provider_sdk._base import BaseProvider
from provider_sdk._completing import completed, explained
from provider_sdk._credentials import Credential, check_sendable, first_credential
from provider_sdk._dialect import ChatCall
from provider_sdk._errors import ProviderAuthError, ProviderError, ProviderRequestError
from provider_sdk._messages import Message, Messages, normalized, prompt_messages
from provider_sdk._observing import ObservedAttempt, Observer, observed
from provider_sdk._options import ChatOptions, checked_forms
from provider_sdk._redact import Redactor, secrets_in
from provider_sdk._requirements import (
    Needs,
    check_needs,
    check_supported,
    chosen_model,
    unsupported,
)
from provider_sdk._responses import ChatResponse, ProviderWarning
from provider_sdk._settings import count_setting, seconds_setting, text_setting
from provider_sdk._shapes import check_shapes
from provider_sdk._stream import ChatStream
from provider_sdk._timeouts import Deadline

if TYPE_CHECKING:
    from provider_sdk._models import ModelInfo

DEFAULT_TIMEOUT_S = 120.0
HEALTH_TIMEOUT_S = 10.0
DEFAULT_MAX_RETRIES = 2

_T = TypeVar("_T")


class PreparedProvider(BaseProvider):
    """Checks every call, bounds it in time and completes its errors; a subclass answers it.

    An adapter over a foreign client, or a model that runs in this process, subclasses it and
    implements ``answer`` and ``fetch_models``; a service over HTTP subclasses ``HttpProvider``,
    which does both with a dialect. A subclass that holds connections closes them in ``aclose``.

    Args:
        api_key: the credential; else it is read from ``api_key_env``.
        default_model: another default model.
        timeout: seconds for a call over all its attempts, for a stream up to its first event; 120
            by default.
        max_retries: further attempts after a failure that may pass, 2 by default. A retry after the
            request was sent can be billed twice; 0 turns retries off.

    Raises:
        ProviderAuthError: a required credential is missing, or cannot be sent in a header.
        ValueError: another argument makes no sense.

    Attributes:
        timeout: as the argument.
        max_retries: as the argument.
        api_credential: the credential in use and where it came from, ``None`` without one.
    """

    credential_hint: ClassVar[str | None] = None
    """Where to get a credential, in one sentence; the hint of errors about a missing one."""
    idle_limit_s: ClassVar[float] = 60.0
    """Seconds that a stream may be silent after its first event."""
    observer: Observer | None = None
    """Is told what becomes of each call, if it is set."""

    def __init__(
        self,
        *,
        api_key: str | None = None,
        default_model: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        max_retries: int = DEFAULT_MAX_RETRIES,
    ) -> None:
        self.api_credential: Credential | None = self._checked_credential(api_key)
        self.timeout: float = seconds_setting("timeout", timeout)
        self.max_retries: int = count_setting("max_retries", max_retries)
        chosen = text_setting("default_model", default_model)
        self.default_model: str = chosen or type(self).default_model
        self._redactor = Redactor([self.api_key])
        self._models_without_usage: set[str] = set()
        self._closed = False

    def __reduce__(self) -> str | tuple[Any, ...]:
        if self.api_key:
            raise TypeError(
                f"{type(self).__name__} holds a credential and cannot be pickled; "
                "build a new one instead"
            )
        return object.__new__, (type(self),), self.__dict__

    @property
    def api_key(self) -> str:
        """The credential itself, ``""`` without one."""
        return self.api_credential.value if self.api_credential else ""

    # What a subclass implements.

    @abstractmethod
    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Return the answer to a checked call.

        For ``call.stream`` it is a stream whose first event is here (``wait_first_event``). The
        call is cancelled at ``call.deadline``. It may leave provider and model out of its errors,
        and need not redact them. Retries are its own business (``max_retries``); begin ``warnings``
        with ``call.notes``; limit a stream's silence after its first event (``idle_limit_s``).

        Raises:
            ProviderError: no answer came, or it cannot be used.
        """

    @abstractmethod
    async def fetch_models(self) -> list[ModelInfo]:
        """Return what the service lists; an id that occurs twice counts once.

        Raises:
            ProviderError: no list came, or it cannot be used.
        """

    async def check_health(self) -> None:
        """Raise ``ProviderError`` unless the service accepts the credential.

        Reads the model list. A service whose list is public needs another check: the list proves
        nothing there. Never a billable call.
        """
        await self.fetch_models()

    # What a subclass may change.

    def find_credential(self, api_key: str | None) -> Credential | None:
        """Return the credential to use; a subclass may look in further places."""
        return first_credential(api_key, self.api_key_env)

    def forbidden_sampling(self, model: str) -> frozenset[str]:
        """Return the sampling options that the model rejects; they are dropped with a warning."""
        return frozenset()

    def checked_messages(self, messages: Messages) -> tuple[Message, ...]:
        """Return the conversation as ``Message`` objects, with the state of turns as its own.

        Raises:
            ProviderRequestError: a message is malformed.
            TypeError: a message has an unknown key.
        """
        return normalized(messages, self.name)

    async def missing_model(self) -> str:
        """Return the model for a call that names none, if the provider has no default either.

        Called after the checks of the call, and within its deadline.

        Raises:
            ProviderRequestError: always, unless a subclass finds a model.
        """
        return chosen_model(self, None, "")

    def redact(self, text: str, call: ChatCall | None = None) -> str:
        """Return a text without the credential, and without the secrets in a call's headers."""
        extra = list(secrets_in((call and call.options.get("extra_headers")) or {}))
        return (self._redactor.with_more(extra) if extra else self._redactor)(text)

    def relax(self, call: ChatCall, error: ProviderRequestError) -> ChatCall | None:
        """Return a reduced call to try after a rejection; see ``Dialect.relax``."""
        return None

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error of a call with a better hint, if one can be found.

        Called once for each failed call, after redaction and within the deadline of the call.
        """
        return error

    def completed(self, error: ProviderError) -> ProviderError:
        """Return an error of the service with the provider's name, and without the credential."""
        return self._completed(error)

    def require_open(self) -> None:
        """Raise ``ProviderError`` after ``aclose()``."""
        if self._closed:
            raise ProviderError(
                f"this {type(self).__name__} is closed", provider=self.name, hint="Build a new one."
            )

    # The contract.

    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: Literal[False] = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse: ...
    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        *,
        stream: Literal[True],
        **options: Unpack[ChatOptions],
    ) -> ChatStream: ...
    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream: ...
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream:
        """Answer a conversation; see ``BaseProvider.chat``."""
        self.require_open()
        call = self._checked_call(messages, model, stream, checked_forms(options))
        answering = self._answered(call)
        # A frame would show the headers of the call to debuggers and reports of crashes.
        del call, options
        return await answering

    async def complete(
        self, prompt: str, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> str:
        """Answer a single prompt with text; see ``BaseProvider.complete``."""
        response: ChatResponse = await self.chat(prompt_messages(prompt), model, **options)
        return response.text or response.refusal or ""

    async def health_check(self) -> bool:
        """Whether the service accepted this credential; see ``BaseProvider.health_check``."""
        self.require_open()
        try:
            await self._within(self.check_health(), min(self.timeout, HEALTH_TIMEOUT_S))
        except ProviderError as error:
            self.health_error = error
            return False
        self.health_error = None
        return True

    async def list_models(self) -> list[str]:
        """Return the ids of all models; see ``BaseProvider.list_models``."""
        return [model.id for model in await self.describe_models()]

    async def describe_models(self) -> list[ModelInfo]:
        """Return what the service says of its models; see ``BaseProvider.describe_models``."""
        self.require_open()
        if "model_listing" not in self.capabilities:
            raise unsupported(self, "model_listing", "a model list")
        unique: dict[str, ModelInfo] = {}
        for model in await self._within(self.fetch_models(), self.timeout):
            unique.setdefault(model.id, model)
        return list(unique.values())

    async def aclose(self) -> None:
        """Close it; afterwards every call raises ``ProviderError``."""
        self._closed = True

    # Before the call.

    def _checked_credential(self, api_key: str | None) -> Credential | None:
        if self.credential == "none":
            return None
        credential = self.find_credential(api_key)
        if credential is not None:
            check_sendable(credential, self.name)
        elif self.credential == "required":
            name = self.api_key_env[0] if self.api_key_env else "api_key"
            raise ProviderAuthError(
                f"{name} is not set", provider=self.name, hint=self.credential_hint
            )
        return credential

    def _checked_call(
        self, messages: Messages, model: str | None, stream: bool, options: ChatOptions
    ) -> ChatCall:
        conversation = self.checked_messages(messages)
        check_supported(self, conversation, options, stream=stream)
        check_shapes(options)
        deadline = Deadline.after(options.get("timeout") or self.timeout)
        return self._own_call(conversation, model, stream, options, deadline)

    def _own_call(
        self,
        messages: tuple[Message, ...],
        model: str | None,
        stream: bool,
        options: ChatOptions,
        deadline: Deadline,
    ) -> ChatCall:
        """Return a call with all that depends on this provider."""
        is_missing = model is None and not self.default_model
        name = "" if is_missing else chosen_model(self, model, self.default_model)
        options, notes = self._without_forbidden(name, options)
        usage = "usage_in_stream" in self.capabilities
        return ChatCall(name, messages, options, stream, usage, self.name, notes, deadline)

    def _without_forbidden(
        self, model: str, options: ChatOptions
    ) -> tuple[ChatOptions, tuple[str, ...]]:
        dropped = sorted(self.forbidden_sampling(model) & options.keys())
        if not dropped:
            return options, ()
        kept = {name: value for name, value in options.items() if name not in dropped}
        notes = tuple(f"{name} was dropped: {self.name} does not accept it" for name in dropped)
        for note in notes:
            warnings.warn(note, ProviderWarning, stacklevel=5)
        return cast("ChatOptions", kept), notes

    def _chat_again(
        self, call: ChatCall, model: str | None, needs: Needs, deadline: Deadline
    ) -> Awaitable[ChatResponse | ChatStream]:
        """Answer a call that a router has checked: what is the same for every provider is right.

        Args:
            call: the router's call.
            model: the model to ask; ``None`` for the provider's default.
            needs: the capabilities that the call needs.
            deadline: when it must be answered.
        """
        self.require_open()
        messages = self.checked_messages(call.messages)
        if needs:
            check_needs(self, needs)
        options: ChatOptions = {**call.options, "timeout": deadline.seconds}
        return self._answered(self._own_call(messages, model, call.stream, options, deadline))

    async def _answered(self, call: ChatCall) -> ChatResponse | ChatStream:
        try:
            if not call.model and (found := await self._found_model(call)):
                call = replace(call, model=found)
            answer = await self._answer_in_time(call)
        except ProviderError as error:
            failure = self._completed(error, call)
        else:
            if isinstance(answer, ChatStream):
                answer.on_error(partial(self._completed, call=call))
            return answer
        redact = partial(self.redact, call=call)
        failure = await explained(failure, self.explain, call.deadline, redact)
        del call, redact  # as in `chat`
        raise failure

    async def _found_model(self, call: ChatCall) -> str:
        return await call.deadline.bound(self.missing_model())

    async def _answer_in_time(self, call: ChatCall) -> ChatResponse | ChatStream:
        if self.observer is None:
            return await call.deadline.bound(self._answer_or_relaxed(call))
        return await observed(
            self.observer,
            ObservedAttempt(self.name, call.model, call.messages, call.options, call.stream),
            lambda: call.deadline.bound(self._answer_or_relaxed(call)),
            completed=partial(self._completed, call=call),
        )

    async def _answer_or_relaxed(self, call: ChatCall) -> ChatResponse | ChatStream:
        if call.model in self._models_without_usage:
            call = replace(call, include_usage=False)
        while True:
            try:
                return await self.answer(call)
            except ProviderRequestError as error:
                relaxed = self.relax(call, error)
                if relaxed is None:
                    raise
            if not relaxed.include_usage:
                self._models_without_usage.add(call.model)
            call = relaxed

    # After a failure.

    async def _within(self, work: Awaitable[_T], seconds: float) -> _T:
        try:
            return await Deadline.after(seconds).bound(work)
        except ProviderError as error:
            failure = self._completed(error)
        raise failure

    def _completed(self, error: ProviderError, call: ChatCall | None = None) -> ProviderError:
        return completed(
            error,
            provider=self.name,
            model=call.model if call else None,
            credential=self.api_credential,
            redact=partial(self.redact, call=call),
        )
