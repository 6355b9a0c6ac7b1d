"""What a candidate cannot do, it is not asked."""

import pytest
from provider_sdk import (
    CAPABILITIES,
    AllProvidersFailedError,
    ChatResponse,
    ProviderRequestError,
    ProviderRouter,
    ProviderUnavailableError,
    UnsupportedCapabilityError,
)

from ._routes import asked, chain, foreign, known, outcomes, raising
from ._service import USER

pytestmark = pytest.mark.usefixtures("own_registrations")

TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
SCHEMA = {"name": "s", "schema": {"type": "object"}}
CALL = {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
NEEDS = {
    "streaming": {"stream": True},
    "system": {"messages": [{"role": "system", "content": "Be brief."}, *USER]},
    "tools": {"tools": TOOLS},
    "parallel_tools": {
        "messages": [
            *USER,
            {"role": "assistant", "content": "", "tool_calls": [CALL, {**CALL, "id": "2"}]},
            {"role": "tool", "tool_call_id": "1", "content": "a"},
            {"role": "tool", "tool_call_id": "2", "content": "b"},
        ]
    },
    "images": {"messages": [{"role": "user", "content": [IMAGE]}]},
    "json_schema": {"response_format": {"type": "json_schema", "json_schema": SCHEMA}},
    "json_object": {"response_format": {"type": "json_object"}},
    "reasoning": {"reasoning_effort": "low"},
    "seed": {"seed": 1},
    "stop": {"stop": ["."]},
}


def without(capability):
    """All capabilities but one."""
    return CAPABILITIES - {capability}


@pytest.mark.parametrize("capability", NEEDS)
async def test_who_cannot_is_skipped(capability):
    """It is not asked, and the route says why."""
    one, _ = known("one", capabilities=without(capability)), known("two")
    arguments = {"messages": USER, **NEEDS[capability]}
    async with chain("one", "two") as router:
        answer = await router.route("agent", arguments.pop("messages"), **arguments)
        if capability == "streaming":
            await answer.aclose()

    assert outcomes(answer.route) == [("one", "skipped"), ("two", "answered")]
    assert isinstance(answer.route.attempts[0].error, UnsupportedCapabilityError)
    assert f"capability {capability!r}" in str(answer.route.attempts[0].error)
    assert not one.made


async def test_who_cannot_is_no_candidate_for_the_named_model():
    """The model is for the first that can take the call."""
    known("one", capabilities=without("tools"))
    two = known("two")
    async with chain("one", "two") as router:
        await asked(router, model="mine", tools=TOOLS)

    assert two.models == ["mine"]


async def test_nobody_can():
    """One error names each; nothing is sent."""
    one, two = known("one", capabilities=without("tools")), known("two", capabilities=frozenset())
    async with chain("one", "two") as router:
        with pytest.raises(UnsupportedCapabilityError) as caught:
            await asked(router, tools=TOOLS)

    message = str(caught.value)
    assert message.startswith("no provider can do what the call needs: one: one does not support")
    assert "; two: two does not support tools (capability 'tools')" in message
    assert one.calls == two.calls == []


async def test_who_can_is_down():
    """It is a failure of all, which another call may not meet."""
    known("one", capabilities=without("tools"))
    known("two", ProviderUnavailableError("down"))
    async with chain("one", "two") as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router, tools=TOOLS)

    assert outcomes(caught.value) == [("one", "skipped"), ("two", "failed")]


async def test_a_named_provider_that_cannot():
    """Its own refusal is raised."""
    one, two = known("one", capabilities=without("tools")), known("two")
    async with chain("two") as router:
        with pytest.raises(UnsupportedCapabilityError, match="one does not support tools"):
            await asked(router, provider="one", tools=TOOLS)

    assert one.calls == two.calls == []


async def test_capabilities_of_the_settings():
    """They count instead of those of the class."""
    one, _ = known("one"), known("two")
    async with chain("one", "two", providers={"one": {"capabilities": ["streaming"]}}) as router:
        answer = await asked(router, tools=TOOLS)

    assert answer.text == "two"
    assert not one.calls


async def test_a_provider_that_a_function_makes():
    """Its capabilities are known once it is built."""
    from provider_sdk import register_provider

    one = known("one", capabilities=without("tools"))
    register_provider("made", lambda: one.kind())
    known("two")
    async with chain("made", "two") as router:
        answer = await asked(router, tools=TOOLS)

    assert outcomes(answer.route) == [("made", "skipped"), ("two", "answered")]
    assert not one.calls


async def test_a_provider_that_finds_out_later():
    """One that refuses a call itself counts as skipped, and does not cool down."""
    refusals = [UnsupportedCapabilityError("no tools"), ChatResponse(text="now")]

    async def answer(self, stream):
        if isinstance(reply := refusals.pop(0), Exception):
            raise reply
        return reply

    foreign("one", answer=answer)
    known("two")
    async with chain("one", "two") as router:
        first, second = await asked(router), await asked(router)

    assert outcomes(first.route) == [("one", "skipped"), ("two", "answered")]
    assert (first.text, second.text) == ("two", "now")


async def test_all_find_out_later():
    """That is the error of a call that nobody can take."""
    foreign("one", answer=raising(UnsupportedCapabilityError("no tools")))
    async with chain("one") as router:
        with pytest.raises(UnsupportedCapabilityError, match=r"no provider can do .*one: no tools"):
            await asked(router)


async def test_a_call_that_is_not_valid():
    """It is refused before anybody is asked."""
    one = known("one")
    async with chain("one") as router:
        with pytest.raises(TypeError, match="did you mean 'temperature'"):
            await asked(router, temprature=1)
        with pytest.raises(ProviderRequestError, match="stream must be True or False"):
            await asked(router, stream="yes")
        with pytest.raises(ProviderRequestError, match="model must be a name"):
            await asked(router, model=" ")
        with pytest.raises(ProviderRequestError):
            await asked(router, tools="look")

    assert not one.made


async def test_the_default_chain(monkeypatch):
    """It has the five in their order, without those that are not there."""
    from provider_sdk._routing import registry

    monkeypatch.setattr(registry, "declared", lambda: ([], []))
    for name in ("hf", "codex", "claude", "other"):
        known(name)
    async with ProviderRouter() as router:
        assert router.list_available_providers() == ["claude", "codex", "hf", "other"]
        assert (await asked(router)).route.provider == "claude"
