"""What ``PreparedProvider`` does for a provider that only answers checked calls."""

import asyncio
import pickle
from dataclasses import replace
from typing import ClassVar

import pytest
from provider_sdk import (
    CAPABILITIES,
    ChatCall,
    ChatOptions,
    ChatResponse,
    ChatStream,
    Delta,
    ModelInfo,
    PreparedProvider,
    ProviderAuthError,
    ProviderError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderWarning,
    ScriptedSource,
    StreamEnd,
    StreamFailure,
    UnsupportedCapabilityError,
)

KEY = "secret-credential-1"
USER = [{"role": "user", "content": "Why is the sky blue?"}]


class Local(PreparedProvider):
    """A model in this process, which does what its test says."""

    name = "local"
    api_key_env = ("LOCAL_KEY",)
    default_model = "local-1"
    capabilities = CAPABILITIES

    def __init__(self, *acts, **config):
        super().__init__(**{"api_key": KEY, **config})
        self.acts = list(acts)
        self.asked: list[ChatCall] = []

    async def answer(self, call):
        """Do the next act."""
        self.asked.append(call)
        act = self.acts.pop(0)
        if callable(act):
            act = await act()
        if isinstance(act, Exception):
            raise act
        return act

    async def fetch_models(self):
        """List as the next act says."""
        act = self.acts.pop(0)
        if isinstance(act, Exception):
            raise act
        return [ModelInfo(id) for id in act]


def a_stream(*events):
    """A stream of these events, one at a time."""
    return ChatStream(ScriptedSource([[event] for event in events]), provider="", model="")


async def test_a_call_arrives_checked():
    """What is answered is one object: messages, options, model and deadline."""
    provider = Local(ChatResponse(text="Blue."))

    response = await provider.chat(USER, temperature=0.5, timeout=7)

    (call,) = provider.asked
    assert response.text == "Blue."
    assert [message.text for message in call.messages] == ["Why is the sky blue?"]
    assert (call.model, call.provider, call.stream) == ("local-1", "local", False)
    assert call.options == ChatOptions(temperature=0.5, timeout=7)
    assert call.deadline.seconds == 7
    assert 0 < call.deadline.left <= 7


async def test_the_timeout_of_the_provider_counts_without_one_of_the_call():
    """The deadline is seconds from now, by the provider's own timeout."""
    provider = Local(ChatResponse(), timeout=33)
    await provider.chat(USER)
    assert provider.asked[0].deadline.seconds == 33


async def test_an_answer_that_comes_late_is_a_timeout():
    """The call is cancelled at its deadline."""
    provider = Local(lambda: asyncio.sleep(60))
    with pytest.raises(ProviderTimeoutError, match=r"no answer within 0\.01 s"):
        await provider.chat(USER, timeout=0.01)


async def test_complete_asks_once_and_returns_the_text():
    """A prompt is a conversation of one message."""
    provider = Local(ChatResponse(text="Blue."))
    assert await provider.complete("Why?") == "Blue."
    assert provider.asked[0].messages[0].text == "Why?"


async def test_complete_returns_a_refusal():
    """What the model said instead of an answer is what it said."""
    assert await Local(ChatResponse(refusal="No.")).complete("Why?") == "No."


@pytest.mark.parametrize(
    ("options", "error"), [({"temprature": 1}, TypeError), ({"seed": "x"}, ProviderRequestError)]
)
async def test_wrong_options_are_refused_before_anything_else(options, error):
    """The messages are not looked at, and nobody is asked."""
    provider = Local()
    with pytest.raises(error):
        await provider.chat("no list", **options)
    assert provider.asked == []


async def test_what_the_provider_cannot_do_is_refused():
    """Capabilities are checked before it is asked."""

    class Plain(Local):
        capabilities: ClassVar[frozenset] = frozenset()

    provider = Plain()
    with pytest.raises(UnsupportedCapabilityError):
        await provider.chat(USER, stream=True)
    with pytest.raises(UnsupportedCapabilityError):
        await provider.list_models()
    assert provider.asked == []


async def test_forbidden_sampling_is_dropped_with_a_note():
    """The call goes on without the option, and says so."""

    class Strict(Local):
        def forbidden_sampling(self, model):
            return frozenset({"top_p"} if model == "strict" else ())

    provider = Strict(ChatResponse(), ChatResponse())
    with pytest.warns(ProviderWarning, match="top_p was dropped"):
        await provider.chat(USER, "strict", top_p=0.5)
    await provider.chat(USER, "lenient", top_p=0.5)

    strict, lenient = provider.asked
    assert "top_p" not in strict.options
    assert strict.notes == ("top_p was dropped: local does not accept it",)
    assert lenient.options["top_p"] == 0.5


async def test_an_error_is_completed_and_redacted_once():
    """Provider, model and the source of a rejected credential are filled in."""
    provider = Local(ProviderAuthError(f"bad key {KEY}", request_id=KEY, hint=f"Not {KEY}."))

    with pytest.raises(ProviderAuthError) as caught:
        await provider.chat(USER, "other")

    error = caught.value
    assert (error.provider, error.model) == ("local", "other")
    assert error.message == "bad key [redacted]"
    assert error.args == ("bad key [redacted]",)
    assert error.hint == "Not [redacted]. The credential came from the api_key argument."
    assert error.request_id == "[redacted]"


async def test_an_error_that_is_raised_twice_names_the_source_once():
    """A stored error that is raised again does not grow."""
    error = ProviderAuthError("no", hint="Ask.")
    provider = Local(error, error)
    for _ in range(2):
        with pytest.raises(ProviderAuthError) as caught:
            await provider.chat(USER)
    assert caught.value.hint == "Ask. The credential came from the api_key argument."


async def test_an_error_inside_a_stream_is_completed_too():
    """Also after the stream was returned."""
    events = [Delta("Bl"), StreamFailure(ProviderError(f"broken by {KEY}"))]
    provider = Local(a_stream(*events))

    async with await provider.chat(USER, stream=True) as stream:
        assert (await anext(stream)).text == "Bl"
        with pytest.raises(ProviderError, match=r"broken by \[redacted\]") as caught:
            await anext(stream)

    assert (caught.value.provider, caught.value.model) == ("local", "local-1")
    assert caught.value.partial.text == "Bl"


async def test_a_failure_is_explained_within_the_deadline():
    """A hint that takes too long is left out, and the error still raised in time."""

    class Slow(Local):
        async def explain(self, error):
            await asyncio.sleep(60)
            raise AssertionError

    with pytest.raises(ProviderError, match=r"^broken$"):
        await Slow(ProviderError("broken")).chat(USER, timeout=0.01)


async def test_a_rejected_request_for_usage_is_remembered_for_the_model():
    """The next call of that model does not ask again; another model's does."""

    class Relaxing(Local):
        def relax(self, call, error):
            return ChatCall(call.model, call.messages, call.options, include_usage=False)

    answers = [
        ProviderRequestError("no usage"),
        *(a_stream(Delta("."), StreamEnd()) for _ in range(3)),
    ]
    provider = Relaxing(*answers)
    for model in ("one", "one", "two"):
        await (await provider.chat(USER, model, stream=True)).aclose()

    asked = [(call.model, call.include_usage) for call in provider.asked]
    assert asked == [("one", True), ("one", False), ("one", False), ("two", True)]


async def test_a_rejection_without_a_way_out_is_raised():
    """Only what ``relax`` returns is tried."""
    with pytest.raises(ProviderRequestError):
        await Local(ProviderRequestError("no")).chat(USER)


async def test_models_are_listed_once_each():
    """In the order of the service."""
    assert await Local(["b", "a", "b"]).list_models() == ["b", "a"]


async def test_health_is_the_model_list_by_default():
    """A list is a yes; an error is a no, and the reason is kept without secrets."""
    provider = Local(["a"], ProviderAuthError(f"bad {KEY}"))

    assert await provider.health_check()
    assert provider.health_error is None
    assert not await provider.health_check()
    assert str(provider.health_error).startswith("bad [redacted]. ")


async def test_a_probe_says_why():
    """The reason is the provider's own."""

    class Sick(Local):
        async def check_health(self):
            raise ProviderError("out of order")

    assert (await Sick.probe()).reason == "out of order"


async def test_a_closed_provider_refuses_everything():
    """Nothing is asked any more."""
    provider = Local()
    await provider.aclose()
    for call in (
        provider.chat(USER),
        provider.complete("?"),
        provider.list_models(),
        provider.health_check(),
    ):
        with pytest.raises(ProviderError, match="this Local is closed"):
            await call
    assert provider.asked == []


def test_a_provider_cannot_be_pickled():
    """Its credential would be written down."""
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Local())


def test_the_credential_is_found_in_the_environment(monkeypatch):
    """The first variable that is set counts."""
    monkeypatch.setenv("LOCAL_KEY", "from-the-environment")
    assert Local(api_key=None).api_key == "from-the-environment"


def test_a_missing_credential_is_refused():
    """The error names the variable to set."""
    with pytest.raises(ProviderAuthError, match="LOCAL_KEY is not set"):
        Local(api_key=None)


def test_without_a_credential_the_key_is_empty():
    """A provider that needs none has none."""

    class Free(Local):
        credential = "none"

    assert Free().api_key == ""


async def test_a_relaxed_call_that_still_asks_for_usage_is_not_remembered():
    """Only a rejected request for usage is."""

    class Renaming(Local):
        def relax(self, call, error):
            return replace(call, model="renamed") if call.model == "old" else None

    provider = Renaming(ProviderRequestError("old name"), ChatResponse(), ChatResponse())
    await provider.chat(USER, "old")
    await provider.chat(USER, "old")

    assert [call.model for call in provider.asked] == ["old", "renamed", "old"]
    assert all(call.include_usage for call in provider.asked)


class Finding(Local):
    """Has no default model, and finds one."""

    default_model = ""

    async def missing_model(self):
        """Return a model, or whatever the next act says."""
        act = self.acts.pop(0)
        if isinstance(act, Exception):
            raise act
        return await act() if callable(act) else act


async def test_a_missing_model_is_found():
    """A call that names no model asks the one that the provider finds, and so do its errors."""
    provider = Finding("found-1", ChatResponse(text="a"), "found-1", ProviderError("no"))
    await provider.chat(USER)

    with pytest.raises(ProviderError) as caught:
        await provider.chat(USER)

    assert [call.model for call in provider.asked] == ["found-1", "found-1"]
    assert caught.value.model == "found-1"


async def test_a_named_model_is_not_looked_for():
    """A call that names its model, or a provider with a default, looks for none."""
    provider = Finding(ChatResponse(text="a"))
    await provider.chat(USER, "named")
    with_default = Finding(ChatResponse(text="a"), default_model="default")
    await with_default.chat(USER)

    assert [each.asked[0].model for each in (provider, with_default)] == ["named", "default"]


async def test_a_wrong_call_looks_for_no_model():
    """A call that is refused is refused before a model is looked for."""
    provider = Finding("found-1")

    with pytest.raises(ProviderRequestError):
        await provider.chat(USER, temperature="hot")

    assert provider.acts == ["found-1"]


async def test_a_search_for_a_model_ends_with_the_deadline():
    """The search for a model takes no longer than the call may."""
    provider = Finding(lambda: asyncio.sleep(10))

    with pytest.raises(ProviderTimeoutError):
        await provider.chat(USER, timeout=0.05)


async def test_a_failed_search_for_a_model_is_completed():
    """An error of the search names the provider."""
    with pytest.raises(ProviderError) as caught:
        await Finding(ProviderError("nothing is installed")).chat(USER)

    assert caught.value.provider == "local"


async def test_without_any_model_the_call_is_refused():
    """A provider that finds no model says that none was named."""

    class Bare(Local):
        default_model = ""

    with pytest.raises(ProviderRequestError, match="no model was named"):
        await Bare().chat(USER)
