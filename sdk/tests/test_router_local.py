"""What is local, and what is told when a conversation leaves the user's own machines."""

from functools import partial

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    ProviderRequestError,
    ProviderRouter,
    ProviderUnavailableError,
    register_provider,
)

from ._clock import on_the_clock
from ._routes import Log, asked, chain, foreign, known, outcomes
from ._service import USER

pytestmark = pytest.mark.usefixtures("own_registrations")

DOWN = ProviderUnavailableError("down")
NEAR = {"local": True, "base_url": "http://127.0.0.1:11434"}
FAR = {"local": True, "base_url": "https://gpu.example.com"}
LEAVES = "near did not answer, so the conversation leaves your own machines: far is asked"

ADDRESSES = {
    "": True,
    "http://localhost:1/v1": True,
    "http://LOCALHOST.:1/v1": True,
    "http://app.localhost/v1": True,
    "http://127.0.0.1/v1": True,
    "http://127.8.9.10/v1": True,
    "http://[::1]:1/v1": True,
    "http://[::ffff:127.0.0.1]/v1": True,
    "http://10.1.2.3/v1": True,
    "https://172.16.0.1/v1": True,
    "https://172.31.255.255/v1": True,
    "http://192.168.1.1:11434": True,
    "http://[::ffff:192.168.1.1]/v1": True,
    "http://169.254.1.1/v1": True,
    "http://[fd00::1]/v1": True,
    "http://[fe80::1%25eth0]/v1": True,
    "unix:///run/ollama.sock": True,
    "http+unix://%2Frun%2Follama.sock/v1": True,
    "https://api.example.com/v1": False,
    "http://8.8.8.8/v1": False,
    "http://172.32.0.1/v1": False,
    "http://192.169.0.1/v1": False,
    "http://[2001:db8::1]/v1": False,
    "http://[::ffff:8.8.8.8]/v1": False,
    "http://localhost.example.com/v1": False,
    "http://127.0.0.1.example.com/v1": False,
    "http://127.0.0.1@example.com/v1": False,
    "http://192.168.1.1.nip.io": False,
    "http://nas/v1": False,
    "http://0x7f.1/v1": True,
    "http://[::1/v1": False,
    "//127.0.0.1/v1": True,
    "127.0.0.1:11434": False,
    "https://": False,
    "nonsense": False,
}


@pytest.mark.parametrize("address", ADDRESSES)
async def test_addresses(address):
    """Loopback, private addresses and Unix sockets are local; a name would need a resolver."""
    one = known("one", local=True, base_url=address)
    async with chain("one", local_only=True) as router:
        if ADDRESSES[address]:
            assert (await asked(router)).text == "one"
        else:
            with pytest.raises(AllProvidersFailedError, match="one is not local"):
                await asked(router)

    assert bool(one.calls) is ADDRESSES[address]


async def test_the_class_must_say_so():
    """A near address alone is not enough: it may be a proxy of a service far away."""
    one = known("one", base_url="http://127.0.0.1:1")
    async with chain("one", local_only=True) as router:
        with pytest.raises(AllProvidersFailedError, match="one is not local"):
            await asked(router)

    assert not one.made


async def test_the_configuration_may_say_so():
    """For a provider that the user runs."""
    known("one")
    settings = {"one": {"local": True, "base_url": "http://10.0.0.1"}}
    async with chain("one", local_only=True, providers=settings) as router:
        assert (await asked(router)).text == "one"


async def test_the_configuration_may_move_it():
    """With an address elsewhere it is local no more."""
    one = known("one", **NEAR)
    settings = {"one": {"base_url": "https://gpu.example.com"}}
    async with chain("one", local_only=True, providers=settings) as router:
        with pytest.raises(AllProvidersFailedError, match="one is not local"):
            await asked(router)

    assert not one.calls


# Local only.


async def test_local_only():
    """All others are refused before any request."""
    known("near", DOWN, **NEAR)
    far = known("far")
    async with chain("near", "far", local_only=True) as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)

    assert outcomes(caught.value) == [("near", "failed"), ("far", "skipped")]
    assert "far is not local, and the setting local_only permits no other" in str(caught.value)
    assert not far.made


@pytest.mark.parametrize("facts", [{}, FAR])
async def test_local_only_binds_a_named_provider(facts):
    """It is refused, with what to do."""
    far = known("far", **facts)
    known("near", **NEAR)
    async with chain("near", local_only=True) as router:
        with pytest.raises(ProviderRequestError) as caught:
            await asked(router, provider="far")
        with pytest.raises(ProviderRequestError):
            router.get_provider("far")

    assert str(caught.value) == (
        "far is not local, and the setting local_only permits no other; nothing was sent. "
        "Use a provider that is declared local and has a loopback or private address, or a "
        "Unix socket."
    )
    assert not far.calls


async def test_local_only_is_told_before_a_missing_credential():
    """Nobody sets a credential in vain."""
    far = known("far")
    far.has_credential = False
    async with chain("far", local_only=True) as router:
        for call in (router.get_provider, router.make_provider):
            with pytest.raises(ProviderRequestError, match="far is not local"):
                call("far")


@pytest.mark.parametrize("make", [lambda kind: lambda **config: kind(**config), partial])
@pytest.mark.parametrize("facts", [NEAR, FAR, {}])
async def test_local_only_permits_what_a_function_makes(make, facts):
    """The class of what it made says whether that is local."""
    kind = known("kind", **facts).kind
    register_provider("made", make(kind))
    async with chain("made", local_only=True) as router:
        if facts is NEAR:
            assert (await asked(router)).text == "kind"
        else:
            with pytest.raises(AllProvidersFailedError, match="made is not local"):
                await asked(router)


async def test_local_only_binds_lists():
    """Who is not local is not available."""
    known("near", **NEAR)
    known("far")
    async with chain("near", "far", local_only=True) as router:
        assert "far" not in (listed := router.list_available_providers())
        assert listed[0] == "near"
        health = await router.health_check_all()

    assert (health["near"].ok, health["far"].ok) == (True, False)
    assert health["far"].reason.startswith("far is not local")


# Leaving.


@pytest.mark.parametrize("stream", [False, True])
async def test_leaving_is_announced(stream):
    """A warning of the answer and an event of the observer say so, before anything is sent."""
    log = Log()
    known("near", DOWN, **NEAR)
    known("far")
    async with chain("near", "far", observer=log) as router:
        answer = await asked(router, stream=stream)
        response = await answer.collect() if stream else answer

    assert response.warnings == (LEAVES,)
    fallback = ("fallback", "near", ProviderUnavailableError, "far", LEAVES)
    assert log.told.index(fallback) == log.told.index(("started", "far", "far-default")) - 1


async def test_going_on_elsewhere_is_no_departure():
    """From far to far, or from near to near, nothing is left; the observer is told still."""
    log = Log()
    known("far", DOWN)
    known("other", DOWN)
    known("near", DOWN, **NEAR)
    known("nearer", **NEAR)
    async with chain("far", "other", "near", "nearer", observer=log) as router:
        answer = await asked(router)

    assert answer.warnings == ()
    assert [each[4] for each in log.told if each[0] == "fallback"] == [
        "far did not answer, so other is asked",
        "other did not answer, so near is asked",
        "near did not answer, so nearer is asked",
    ]


async def test_leaving_and_coming_back():
    """What was sent far away is not undone by a local answer."""
    known("near", DOWN, **NEAR)
    known("far", DOWN)
    known("nearer", **NEAR)
    async with chain("near", "far", "nearer") as router:
        answer = await asked(router)

    assert answer.warnings == (LEAVES,)


async def test_leaving_twice():
    """One line names who answered in the end."""
    known("near", DOWN, **NEAR)
    known("far", DOWN)
    known("other")
    async with chain("near", "far", "other") as router:
        answer = await asked(router)

    assert answer.warnings == (LEAVES.replace("far", "other"),)


@on_the_clock
async def test_passing_over_a_local_one_that_cools():
    """The user expects the local one, so that is announced too."""
    log = Log()
    known("near", DOWN, **NEAR)
    known("far")
    async with chain("near", "far", observer=log) as router:
        await asked(router)
        log.told.clear()
        answer = await asked(router)

    assert answer.warnings == (LEAVES,)
    assert [each[0] for each in log.told] == ["fallback", "started", "finished"]


@pytest.mark.parametrize("facts", [{"capabilities": frozenset()}, {}])
async def test_passing_over_a_local_one_that_cannot_be_asked(facts):
    """Whatever the reason is."""
    near, _ = known("near", **NEAR, **facts), known("far")
    near.has_credential = bool(facts)
    async with chain("near", "far") as router:
        answer = await asked(router, stop=["."])

    assert answer.warnings == (LEAVES,)


async def test_a_local_class_with_an_address_elsewhere():
    """Nothing is left when it fails, nor when it is passed over."""
    known("gone", DOWN, **FAR)
    known("unable", capabilities=frozenset(), **FAR)
    known("far")
    async with chain("gone", "unable", "far") as router:
        answer = await asked(router, stop=["."])

    assert answer.warnings == ()


async def test_a_named_provider_leaves_nothing():
    """The user has named it."""
    known("near", DOWN, **NEAR)
    known("far")
    async with chain("near", "far") as router:
        answer = await asked(router, provider="far")

    assert answer.warnings == ()


async def test_a_provider_that_a_function_makes():
    """Whether it is local is known once it is built, which is before any request."""
    near, far = known("near", DOWN, **NEAR), known("far")
    register_provider("made", lambda: near.kind())
    register_provider("made-far", lambda: far.kind())
    async with chain("made-far", "made", local_only=True) as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)
    async with chain("made", "far") as router:
        answer = await asked(router)

    assert outcomes(caught.value) == [("made-far", "skipped"), ("made", "failed")]
    assert answer.warnings == (LEAVES.replace("near", "made"),)
    assert len(far.calls) == 1


async def test_a_function_that_makes_nothing():
    """Nobody knows whether it would have been local, so nothing is left."""
    near, _ = known("near", **NEAR), known("far")
    near.has_credential = False
    register_provider("made", lambda: near.kind())
    async with chain("made", "far") as router:
        answer = await asked(router)

    assert answer.warnings == ()


async def test_a_provider_without_an_address():
    """A model that runs in this process is local if its class says so."""
    foreign("inside", local=True)
    async with ProviderRouter({"fallback_chain": ["inside"], "local_only": True}) as router:
        assert (await router.route("agent", USER)).text == "inside"
