"""The router as a provider: what it passes on, and its health."""

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    ChatResponse,
    ProviderAuthError,
    ProviderRateLimitError,
)

from ._routes import asked, chain, foreign, known, outcomes, raising
from ._service import USER

pytestmark = pytest.mark.usefixtures("own_registrations")

REJECTED = ProviderAuthError("the key is not valid")


async def test_warnings_are_kept():
    """What the provider that answers warns of comes with the answer."""
    known("one", ChatResponse(text="Blue.", warnings=("seed was dropped",)))
    async with chain("one").as_provider() as face:
        answer = await face.chat(USER)

    assert answer.warnings == ("seed was dropped",)


async def test_state_of_a_turn_reaches_who_answers():
    """State that a turn brings along without a name is that of the provider that answers."""
    one = known("one")
    turn = {"role": "assistant", "content": "Blue.", "reasoning_content": "The sky …"}
    async with chain("one").as_provider() as face:
        await face.chat([*USER, turn, *USER])

    assert list(one.calls[0].messages[1].provider_data) == ["one"]


async def test_one_healthy_provider_is_enough():
    """The router is healthy if any of the chain is."""
    foreign("ill", health_check=raising(REJECTED))
    foreign("well")
    async with chain("ill", "well").as_provider() as face:
        assert await face.health_check()
        assert face.health_error is None


async def test_nobody_is_healthy():
    """If nobody is healthy, the error lists why each is not, and who could not be asked at all."""
    known("poor").has_credential = False
    foreign("ill", health_check=raising(REJECTED))
    async with chain("poor", "ill").as_provider() as face:
        assert not await face.health_check()

    assert isinstance(face.health_error, AllProvidersFailedError)
    assert outcomes(face.health_error) == [("poor", "skipped"), ("ill", "failed")]
    assert "poor: POOR_KEY is not set; ill: the key is not valid" in str(face.health_error)


async def test_an_error_of_nobody_names_no_model():
    """Its model is ``None``, as that of any error that knows none."""
    async with chain() as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)

    assert (caught.value.provider, caught.value.model) == ("router", None)


async def test_a_named_provider_is_not_healthy():
    """The health of a provider that the settings name is its own, error included."""
    foreign("ill", health_check=raising(REJECTED))
    foreign("well")
    async with chain("well", provider="ill").as_provider() as face:
        assert not await face.health_check()

    assert isinstance(face.health_error, ProviderAuthError)


async def test_a_foreign_health_check_may_raise_anything():
    """What a provider of others raises becomes the reason."""
    foreign("ill", health_check=raising(ValueError("no such file")))
    async with chain("well", provider="ill").as_provider() as face:
        assert not await face.health_check()

    assert "no such file" in str(face.health_error)


@pytest.mark.parametrize("seconds", [0.0, 7.0, None])
async def test_the_shortest_wait_is_told(seconds):
    """If nobody answers, ``retry_after`` is the shortest wait that one asks for, 0 included."""
    known("busy", ProviderRateLimitError("too many", retry_after=seconds))
    async with chain("busy") as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)

    assert caught.value.retry_after == seconds
