"""Options of a chat call."""

import pytest
from provider_sdk import OPTION_NAMES, ProviderError, ProviderRequestError, ProviderWarning
from provider_sdk.testing import FakeProvider

from ._service import (
    USER,
    AcmeProvider,
    Reply,
    Service,
    StrictProvider,
    chunk,
    completion,
    sse,
    streamed,
)

ANSWER = Reply(completion())


def test_the_options_are_a_closed_set():
    """These twelve and no other."""
    words = (
        "temperature top_p max_tokens stop seed tools tool_choice response_format "
        "reasoning_effort timeout extra_headers extra_body"
    )

    assert set(words.split()) == OPTION_NAMES


@pytest.mark.parametrize(
    ("option", "nearest"),
    [("temprature", "temperature"), ("max_token", "max_tokens"), ("extra_header", "extra_headers")],
)
async def test_an_unknown_option_names_the_nearest(option, nearest):
    """A misspelled option is a ``TypeError``, and nothing is sent."""
    service = Service(ANSWER)

    with pytest.raises(TypeError, match=f"unknown option '{option}'; did you mean '{nearest}'?"):
        await service.provider().chat(USER, **{option: 1})

    assert service.requests == []


async def test_an_unknown_option_far_from_all_names_them_all():
    """Where nothing is near, there is a list to choose from."""
    with pytest.raises(TypeError, match=r"known are extra_body, .*, top_p"):
        await Service(ANSWER).provider().chat(USER, xyzzy=1)


async def test_complete_knows_the_same_options():
    """``complete`` refuses what ``chat`` refuses."""
    with pytest.raises(TypeError, match="did you mean 'seed'"):
        await Service(ANSWER).provider().complete("Why?", sed=1)


@pytest.mark.parametrize(
    "seconds",
    [0, -1, float("inf"), float("nan"), 10**400, "5", True, pytest.param(10**5000, id="huge")],
)
async def test_a_timeout_is_a_positive_number(seconds):
    """Any other is refused before anything is sent."""
    service = Service(ANSWER)

    with pytest.raises(
        ProviderRequestError, match="timeout must be a positive number of seconds, not"
    ):
        await service.provider().chat(USER, timeout=seconds)

    assert service.requests == []


@pytest.mark.parametrize(
    ("option", "value", "form"),
    [
        ("temperature", "hot", "a finite number"),
        ("temperature", True, "a finite number"),
        ("top_p", [1], "a finite number"),
        ("max_tokens", 1.5, "a whole number"),
        ("max_tokens", "5", "a whole number"),
        ("seed", object(), "a whole number"),
        ("stop", 5, "text or a list of texts"),
        ("stop", ["a", 5], "text or a list of texts"),
        ("tools", "abc", "a list of mappings"),
        ("tools", {"type": "function"}, "a list of mappings"),
        ("tools", ["abc"], "a list of mappings"),
        ("tool_choice", 5, "text or a mapping"),
        ("response_format", "json_object", "a mapping"),
        ("reasoning_effort", 3, "text"),
        ("extra_headers", "secret", "a mapping"),
        ("extra_body", ["secret"], "a mapping"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "fake"])
async def test_an_option_has_its_form(kind, option, value, form):
    """Any other value is refused before anything is sent, and not repeated."""
    service = Service(ANSWER)
    provider = service.provider() if kind == "http" else FakeProvider("Blue.")

    with pytest.raises(ProviderRequestError, match=f"^{option} must be {form}, not ") as caught:
        await provider.chat(USER, **{option: value})

    assert service.requests == []
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ({"model": ["a"]}, "model must be a name, not list"),
        ({"model": 5}, "model must be a name, not 5"),
        ({"model": ""}, "model must be a name, not empty"),
        ({"model": " "}, "model must be a name, not empty"),
        ({"stream": "no"}, "stream must be True or False, not str"),
        ({"stream": None}, "stream must be True or False, not NoneType"),
        ({"stream": 1}, "stream must be True or False, not 1"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "fake"])
async def test_model_and_stream_have_their_forms(kind, argument, problem):
    """Any other value is refused before anything is sent."""
    service = Service(ANSWER)
    provider = service.provider() if kind == "http" else FakeProvider("Blue.")

    with pytest.raises(ProviderRequestError, match=problem):
        await provider.chat(USER, **argument)

    assert service.requests == []


async def test_none_leaves_it_to_the_service():
    """An option that is ``None`` is not sent."""
    service = Service(ANSWER)

    await service.provider().chat(USER, temperature=None, seed=None, timeout=None)

    assert set(service.bodies[0]) == {"model", "messages", "stream"}


@pytest.mark.parametrize("empty", [[], ()])
async def test_an_empty_list_is_left_out(empty):
    """No tools and no texts to stop at are none, also for a provider that knows neither."""

    class Plain(AcmeProvider):
        capabilities = frozenset({"system"})

    service = Service(ANSWER)

    await service.provider(Plain).chat(USER, tools=empty, stop=empty)

    assert set(service.bodies[0]) == {"model", "messages", "stream"}


async def test_forbidden_sampling_is_dropped_with_a_warning():
    """The call goes through without it, and both the warning and the answer tell."""
    service = Service(ANSWER)

    with pytest.warns(ProviderWarning, match="temperature was dropped"):
        response = await service.provider(StrictProvider).chat(USER, temperature=0.2, seed=7)

    assert "temperature" not in service.bodies[0]
    assert service.bodies[0]["seed"] == 7
    assert response.warnings == ("temperature was dropped: acme does not accept it",)


async def test_the_warning_points_at_the_call():
    """Whoever reads it sees the line that passed the option."""
    with pytest.warns(ProviderWarning) as caught:
        await Service(ANSWER).provider(StrictProvider).chat(USER, top_p=0.2)

    assert caught[0].filename == __file__


async def test_forbidden_sampling_is_told_by_a_stream_too():
    """The aggregate of a stream holds the warnings."""
    service = Service(streamed(sse(chunk("Blue.", finish="stop"))))

    with pytest.warns(ProviderWarning):
        stream = await service.provider(StrictProvider).chat(
            USER, stream=True, temperature=0.2, top_p=0.5
        )

    assert len((await stream.collect()).warnings) == 2


async def test_allowed_sampling_gives_no_warning():
    """Only what a wire forbids is dropped."""
    service = Service(ANSWER)

    await service.provider().chat(USER, temperature=0.2)

    assert service.bodies[0]["temperature"] == 0.2


async def test_extra_headers_are_added():
    """They reach the service, and replace a header of the same name in any spelling."""
    service = Service(ANSWER)

    await service.provider().chat(USER, extra_headers={"X-Trace": "1", "User-Agent": "mine"})

    assert service.requests[0].headers["x-trace"] == "1"
    assert service.requests[0].headers.get_list("user-agent") == ["mine"]


async def test_extra_body_comes_last():
    """Its fields are merged over what the provider put there."""
    service = Service(ANSWER)

    await service.provider().chat(USER, seed=7, extra_body={"seed": 8, "top_k": 5})

    assert service.bodies[0]["seed"] == 8
    assert service.bodies[0]["top_k"] == 5


@pytest.mark.parametrize(
    "options",
    [
        {"extra_headers": {"x": "\u20ac"}},
        {"extra_body": {"x": object()}},
    ],
)
async def test_what_cannot_be_sent_is_a_request_error(options):
    """No exception of the HTTP or JSON library leaves the provider."""
    with pytest.raises(ProviderError) as caught:
        await AcmeProvider(api_key="k" * 9, base_url="http://127.0.0.1:9", max_retries=0).chat(
            USER, **options
        )

    assert type(caught.value) is ProviderRequestError


@pytest.mark.parametrize(
    "headers",
    [
        *({"x": 1}, {"x": None}, {"x": b"y"}, {1: "y"}, {"Content-Length": "3"}),
        *({"x": "a\r\nx-b: c"}, {"x\r\nx-b": "c"}, {"x": "l\u00f6we"}),
    ],
)
async def test_a_header_is_text_and_not_http_s_own(headers):
    """It is refused by name, before anything is sent."""
    service = Service(ANSWER)

    with pytest.raises(ProviderRequestError, match=r"^extra_headers must "):
        await service.provider().chat(USER, extra_headers=headers)

    assert service.requests == []


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
async def test_a_number_that_json_cannot_carry(number):
    """It is refused: JSON's ``null`` in its place would lose the option in silence."""
    service = Service(ANSWER)

    with pytest.raises(ProviderRequestError, match="temperature must be a finite number"):
        await service.provider().chat(USER, temperature=number)

    assert service.requests == []
