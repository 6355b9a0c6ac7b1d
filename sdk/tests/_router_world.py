"""Plays a world of the router's model with the router itself, on a virtual clock."""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import provider_sdk
from provider_sdk import (
    BaseProvider,
    ChatResponse,
    ChatStream,
    Delta,
    Observer,
    PreparedProvider,
    ProviderError,
    ProviderRouter,
    StreamEnd,
)

from ._clock import ClockLoop, now
from ._registering import registered
from ._router_scenes import Asked, Call, Cooled, Ending, Fake, Outcome, Round, Tried, World

TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
VARIABLES = ("OLLAMA_CLI_CODING_PROVIDER", "OLLAMA_CLI_CODING_MODEL")


class Play(Observer):
    """What happens when a router plays a world.

    Attributes:
        endings: how each call ended.
        asked: the requests that the providers received.
        cooled: the cool-downs that the router announced.
        told: what else it told its observer, and of whom.
        open: how many streams were opened and not closed.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.endings: list[Ending] = []
        self.asked: list[Asked] = []
        self.cooled: list[Cooled] = []
        self.told: list[tuple[str, ...]] = []
        self.open = 0
        self._requests: Counter[str] = Counter()

    def run(self) -> None:
        """Play all rounds."""
        classes = {fake.name: _class_of(self, fake) for fake in self.world.chain}
        with registered(classes), asyncio.Runner(loop_factory=ClockLoop) as runner:
            runner.run(self._play())

    async def _play(self) -> None:
        settings = {
            "fallback_chain": [fake.name for fake in self.world.chain],
            "local_only": self.world.local_only,
        }
        numbers = itertools.count()
        async with ProviderRouter(settings, observer=self) as router:
            for each in self.world.rounds:
                await asyncio.sleep(each.pause)
                with _environment(each):
                    calls = (self._call(router, next(numbers), call) for call in each.calls)
                    await asyncio.gather(*calls)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, f"tasks outlive their calls: {left}"

    async def _call(self, router: ProviderRouter, number: int, call: Call) -> None:
        await asyncio.sleep(call.at)
        task = asyncio.create_task(self._outcome(router, number, call))
        if call.cancelled_after is not None:
            asyncio.get_running_loop().call_later(call.cancelled_after, task.cancel)
        await asyncio.wait([task])
        how = Ending(number, 0, "cancelled") if task.cancelled() else task.result()
        self.endings.append(replace(how, at=now()))

    async def _outcome(self, router: ProviderRouter, number: int, call: Call) -> Ending:
        messages = [{"role": "user", "content": str(number)}]
        options = {"timeout": call.timeout, "tools": TOOLS if "tools" in call.needs else None}
        names = {"provider": call.provider, "model": call.model}
        stream = "streaming" in call.needs
        try:
            answer = await router.route(call.task, messages, stream=stream, **names, **options)
            response = await answer.collect() if isinstance(answer, ChatStream) else answer
        except ProviderError as error:
            attempts = _tried(getattr(error, "attempts", ()))
            return Ending(number, 0, type(error).__name__, error.provider, attempts)
        assert response.text == str(number), "the answer to another call"
        assert response.route is not None
        route, left = response.route, any("own machines" in each for each in response.warnings)
        return Ending(number, 0, "answered", route.provider, _tried(route.attempts), left)

    # What the providers do.

    async def answer(self, fake: Fake, messages, model, stream, seconds):
        """Answer a call of a provider, as its script says."""
        number = int(messages[-1].text)
        outcome = fake.script[self._requests[fake.name] % len(fake.script)]
        self._requests[fake.name] += 1
        self.asked.append(Asked(now(), number, fake.name, model, seconds))
        if outcome.kind == "is silent":
            await asyncio.sleep(1e6)
        await asyncio.sleep(outcome.after)
        if outcome.kind != "answers":
            error = getattr(provider_sdk, outcome.kind)
            raise error("it failed", provider=fake.name, retry_after=outcome.retry_after)
        if not stream:
            return ChatResponse(text=str(number), model=model)
        source = _Source(self, str(number), outcome)
        return await ChatStream(source, provider=fake.name, model=model).wait_first_event()

    # What the router tells.

    def attempt_started(self, attempt):
        """Note it."""
        self.told.append(("started", attempt.provider))

    def first_event(self, attempt):
        """Note it."""
        self.told.append(("first event", attempt.provider))

    def finished(self, attempt, response):
        """Note it."""
        self.told.append(("finished", attempt.provider))

    def failed(self, attempt, error, partial):
        """Note it."""
        self.told.append(("failed", attempt.provider))

    def fallback(self, attempt, error, to, note):
        """Note it."""
        self.told.append(("fallback", attempt.provider, to, note))

    def cool_down(self, provider, seconds, error):
        """Note it."""
        self.cooled.append(Cooled(now(), provider, seconds))


class _Source:
    """The events of a stream: half of the answer at once, the rest or a break later."""

    def __init__(self, play: Play, text: str, outcome: Outcome) -> None:
        self._play, self._text, self._outcome = play, text, outcome
        self._has_begun = False
        play.open += 1

    async def read(self):
        """Return the next half."""
        if not self._has_begun:
            self._has_begun = True
            return [Delta(self._text)]
        await asyncio.sleep(self._outcome.rest)
        return None if self._outcome.breaks else [Delta(finish_reason="stop"), StreamEnd()]

    async def drain(self):
        """Do nothing."""

    async def aclose(self):
        """Count it."""
        self._play.open -= 1


def _obedient(play: Play, fake: Fake) -> type[BaseProvider]:
    class Obedient(PreparedProvider):
        async def answer(self, call):
            seconds = call.deadline.seconds
            return await play.answer(fake, call.messages, call.model, call.stream, seconds)

        async def fetch_models(self):
            return []

    return Obedient


def _careless(play: Play, fake: Fake) -> type[BaseProvider]:
    class Careless(BaseProvider):
        """Does not look at its time, nor at anything else."""

        def __init__(self):
            if fake.credential and not os.environ.get(_variable(fake)):
                raise provider_sdk.ProviderAuthError("it has no credential", provider=fake.name)

        async def chat(self, messages, model=None, stream=False, **options):
            if (stream and "streaming" not in fake.can) or (
                options.get("tools") and "tools" not in fake.can
            ):
                raise provider_sdk.UnsupportedCapabilityError("it cannot", provider=fake.name)
            seconds = options.get("timeout")
            return await play.answer(fake, messages, model or self.default_model, stream, seconds)

        async def complete(self, prompt, model=None, **options):
            raise NotImplementedError

        async def health_check(self):
            return True

        async def list_models(self):
            return []

    return Careless


def _variable(fake: Fake) -> str:
    return f"{fake.name.upper()}_KEY"


def _class_of(play: Play, fake: Fake) -> type[BaseProvider]:
    base = _obedient(play, fake) if fake.obeys else _careless(play, fake)
    facts = {
        "name": fake.name,
        "credential": "required" if fake.credential else "none",
        "api_key_env": (_variable(fake),),
        "capabilities": fake.can,
        "default_model": fake.model,
        "local": fake.local,
        "base_url": "http://127.0.0.1:1" if fake.is_near else "https://api.example.com",
    }
    return type(base.__name__, (base,), facts)


@contextmanager
def _environment(each: Round) -> Iterator[None]:
    variables = dict(zip(VARIABLES, each.variables, strict=True))
    variables |= {f"{name.upper()}_KEY": "secret" for name in each.credentials}
    given = {name: value for name, value in variables.items() if value is not None}
    os.environ.update(given)
    try:
        yield
    finally:
        for name in given:
            del os.environ[name]


def _tried(attempts) -> tuple[Tried, ...]:
    return tuple(
        Tried(each.provider, "skipped")
        if each.outcome == "skipped"
        else Tried(
            each.provider, each.outcome, each.model, each.error and type(each.error).__name__
        )
        for each in attempts
    )
