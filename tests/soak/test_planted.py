"""A short run of the soak with something planted finds it."""

import asyncio
import os
from dataclasses import replace

import pytest
from provider_sdk import ChatResponse, ProviderRouter, Usage

from tests.soak.run import Soak, run
from tests.soak.stations import SETTINGS

SHORT = Soak(seed=1, calls=16, at_once=8, timeout=1)


class _Planted:
    """A router that does something wrong; subclasses say what."""

    def __init__(self, observer):
        self.router = ProviderRouter(SETTINGS, observer=observer)
        self.kept = []

    async def route(self, task, messages, **options):
        return self.spoil(await self.router.route(task, messages, **options))

    async def aclose(self):
        await self.router.aclose()

    def spoil(self, answer):
        return answer


class _WrongAnswer(_Planted):
    def spoil(self, answer):
        return replace(answer, text="made up") if isinstance(answer, ChatResponse) else answer


class _WrongUsage(_Planted):
    def spoil(self, answer):
        return replace(answer, usage=Usage(1, 1)) if isinstance(answer, ChatResponse) else answer


class _LostStream(_Planted):
    def spoil(self, answer):
        if isinstance(answer, ChatResponse):
            return answer
        raise KeyError("lost")


class _WithoutARoute(_Planted):
    def spoil(self, answer):
        return replace(answer, route=None) if isinstance(answer, ChatResponse) else answer


class _WithoutAWarning(_Planted):
    def spoil(self, answer):
        return replace(answer, warnings=()) if isinstance(answer, ChatResponse) else answer


class _Silent(_Planted):
    def __init__(self, observer):
        super().__init__(None)


class _LeakedTask(_Planted):
    def spoil(self, answer):
        self.kept.append(asyncio.create_task(asyncio.sleep(5)))
        return answer


class _LeakedMemory(_Planted):
    def spoil(self, answer):
        self.kept += [object() for _ in range(4000)]
        return answer


class _LeakedDescriptor(_Planted):
    def spoil(self, answer):
        self.kept.append(os.dup(0))
        return answer


class _NeverClosed(_Planted):
    async def aclose(self):
        pass


@pytest.mark.parametrize(
    ("router", "told"),
    [
        (_WrongAnswer, "a wrong answer, 'made up', is said to come from"),
        (_WrongUsage, "was reported"),
        (_LostStream, "KeyError: 'lost'"),
        (_WithoutARoute, "does not say by which route it came"),
        (_WithoutAWarning, "answered in place of soak-ollama, and no warning says so"),
        (_Silent, "was asked, and no observer heard of it"),
        (_LeakedTask, "tasks are left after"),
        (_LeakedMemory, "blocks of memory were added"),
        (_LeakedDescriptor, "descriptors are left"),
        (_NeverClosed, "are left after the router was closed"),
    ],
)
def test_what_is_planted_is_found(router, told):
    """A run over a router that does something wrong says so."""
    made = []

    def make(observer):
        made.append(router(observer))
        return made[0]

    found = run(SHORT, make).violations
    if router is _LeakedDescriptor:
        for descriptor in made[0].kept:
            os.close(descriptor)

    assert told in "\n".join(found)
