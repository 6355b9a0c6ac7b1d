"""An event loop whose waits cost no time."""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any


class _Selector(selectors.DefaultSelector):
    skipped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("the test waits for something that never happens")
        if not ready:
            self.skipped += timeout
        return ready


class ClockLoop(asyncio.SelectorEventLoop):
    """Where nothing is ready it jumps to the next timer instead of waiting for it.

    Its time is made of these jumps alone, so that a test may compare it exactly.
    """

    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.skipped

    def skip(self, seconds: float) -> None:
        """Let time pass, and nothing happen."""
        self._clock.skipped += seconds


def now() -> float:
    """Seconds on the clock since the test began."""
    return asyncio.get_running_loop().time()


def be_busy(seconds: float) -> None:
    """Spend time without letting the event loop run."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ClockLoop)
    loop.skip(seconds)


def on_the_clock(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test on a ``ClockLoop``."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=ClockLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
