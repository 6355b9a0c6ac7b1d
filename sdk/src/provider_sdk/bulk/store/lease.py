"""The right of one worker to a shard, among all workers that see the run directory."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.store.claims import BEAT_S, LIMIT_S, Claims, Silence
from provider_sdk.bulk.store.processes import Process

_watched = Silence()


class Lease:
    """A shard that this worker has.

    A worker that lost it, even one that wakes after hours, cannot write any more: the journal
    refuses its fencing number as soon as another has opened it with the next one.

    Attributes:
        shard: the number of the shard.
        fence: the fencing number, for ``Journal.open``.
    """

    def __init__(self, claims: Claims, shard: int, fence: int) -> None:
        self.shard = shard
        self.fence = fence
        self._claims = claims
        self._beats = 0

    @classmethod
    def take(
        cls,
        folder: Path,
        shard: int,
        *,
        owner: Process | None = None,
        force: bool = False,
        silence: Silence = _watched,
    ) -> Lease | None:
        """Take a shard that nobody has; return ``None`` if another worker has it, or just took it.

        Whose owner is dead, or was silent for a minute while this process asked again and again,
        has none.

        Args:
            folder: the run directory.
            shard: the number of the shard.
            owner: who takes it; this process by default.
            force: take it from its owner, who is known to be lost.
            silence: what was seen of other owners before.

        Raises:
            BulkInputError: the directory cannot be read or written.
        """
        name = f"{shard:06}.lease"
        claims = Claims(folder, name, owner or Process.current())
        found = claims.highest()
        if not (force or found.is_released):
            is_dead = found.owner is not None and found.owner.is_dead()
            # Asked in any case, as this is what begins to watch.
            is_silent = silence.of(str(folder / name), found) > LIMIT_S
            if not (is_dead or is_silent):
                return None
        fence = found.number + 1
        return Lease(claims, shard, fence) if claims.make(fence) else None

    def beat(self) -> None:
        """Show that this worker lives.

        Raises:
            LeaseLostError: another worker has the shard.
            BulkInputError: the file cannot be written.
        """
        self._beats += 1
        self._claims.write(self.fence, self._beats)

    async def keep_beating(self, every_s: float = BEAT_S) -> NoReturn:
        """Beat until this is cancelled, or raise as ``beat`` does."""
        while True:
            await asyncio.sleep(every_s)
            await asyncio.to_thread(self.beat)

    def release(self) -> None:
        """Give the shard back, unless another worker has it.

        If that cannot be written, as on a full disk, it ends with the process or the heartbeat.
        """
        with suppress(BulkError):
            self._claims.write(self.fence, self._beats + 1, is_released=True)
