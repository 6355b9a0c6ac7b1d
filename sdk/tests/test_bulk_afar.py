"""The desk, as a worker in another process reaches it."""

import asyncio

import pytest
from provider_sdk import ProviderQuotaError
from provider_sdk.bulk import BulkError
from provider_sdk.bulk.engines.afar import Clerk, DeskAfar
from provider_sdk.bulk.engines.messages import Answer, answer_of, message_of, to_line
from provider_sdk.bulk.limits import Grant, Spent

GRANT = Grant(seconds=1.0, concurrency=9)


class NearDesk:
    """A desk that lets `take` wait until it is told a shard."""

    def __init__(self, error=None):
        self.shards = asyncio.Queue()
        self.seen = []
        self.error = error

    async def take(self):
        """Return the next shard that the test puts."""
        return await self.shards.get()

    async def renew(self, spent):
        """Remember and grant, or fail."""
        self.seen.append(spent)
        if self.error is not None:
            raise self.error
        return GRANT

    async def ended(self, shard):
        """Remember."""
        self.seen.append(shard)


def connected(near):
    """Return both ends of a channel that loses nothing."""
    afar = DeskAfar(lambda line: clerk.receive(message_of(line)))
    clerk = Clerk(near, afar.receive)
    return afar, clerk


async def test_questions_are_answered_by_the_desk():
    """Each gets its own answer."""
    near = NearDesk()
    afar, _ = connected(near)
    near.shards.put_nowait(5)
    spent = Spent(worker="w", sent=1)

    assert await afar.take() == 5
    assert await afar.renew(spent) == GRANT
    await afar.ended(5)
    assert near.seen == [spent, 5]


async def test_a_worker_that_waits_for_a_shard_is_granted_meanwhile():
    """One question does not hold up the next."""
    near = NearDesk()
    afar, _ = connected(near)
    taking = asyncio.create_task(afar.take())
    await asyncio.sleep(0)

    assert await afar.renew(Spent(worker="w")) == GRANT
    assert not taking.done()
    near.shards.put_nowait(None)
    assert await taking is None


async def test_an_error_of_the_desk_is_raised_at_the_worker():
    """As the same error."""
    afar, _ = connected(NearDesk(ProviderQuotaError("used up", status=402)))

    with pytest.raises(ProviderQuotaError, match="used up"):
        await afar.renew(Spent(worker="w"))


async def test_an_answer_without_a_grant_is_an_error():
    """A worker never sends what nobody granted."""
    afar = DeskAfar(lambda line: afar.receive(to_line(Answer(message_of(line).number))))

    with pytest.raises(BulkError, match="without a grant"):
        await afar.renew(Spent(worker="w"))


async def test_a_closed_desk_answers_nothing():
    """Who waits is told, and who asks later too."""
    afar = DeskAfar(lambda line: None)
    taking = asyncio.create_task(afar.take())
    given_up = asyncio.create_task(afar.take())
    await asyncio.sleep(0)
    given_up.cancel()
    afar.close()

    for asking in (taking, afar.ended(1)):
        with pytest.raises(BulkError, match="has gone"):
            await asking
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def test_an_answer_that_nobody_waits_for_is_forgotten():
    """Such as a shard for a worker that stops."""
    lines = []
    afar = DeskAfar(lines.append)
    taking = asyncio.create_task(afar.take())
    await asyncio.sleep(0)
    taking.cancel()
    await asyncio.wait([taking])
    afar.receive(to_line(Answer(message_of(lines[0]).number, shard=1)))
    again = asyncio.create_task(afar.take())
    await asyncio.sleep(0)
    afar.receive(to_line(Answer(message_of(lines[1]).number, shard=2)))
    afar.receive(to_line(Answer(message_of(lines[1]).number, shard=3)))

    assert await again == 2


async def test_a_closed_clerk_answers_nothing_more():
    """A question that waits is given up."""
    near = NearDesk()
    answers = []
    clerk = Clerk(near, answers.append)
    afar = DeskAfar(lambda line: clerk.receive(message_of(line)))
    asking = [asyncio.create_task(afar.take()), asyncio.create_task(afar.ended(1))]
    await asyncio.sleep(0.01)
    clerk.close()
    near.shards.put_nowait(5)
    await asyncio.sleep(0.01)

    assert [answer_of(line).shard for line in answers] == [None]
    for each in asking:
        each.cancel()
