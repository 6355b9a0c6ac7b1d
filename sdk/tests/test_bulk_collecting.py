"""How often the interpreter looks for garbage while rows are asked."""

import gc

import pytest
from provider_sdk.bulk import BulkRun
from provider_sdk.bulk.running.collecting import collecting_seldom
from provider_sdk.testing import FakeProvider


@pytest.fixture
def threshold():
    """Sets what makes the collector look; it is as before after the test."""
    before = gc.get_threshold()
    yield gc.set_threshold
    gc.set_threshold(*before)


def test_it_looks_more_seldom_in_the_block_only(threshold):
    """Afterwards it looks as often as before."""
    threshold(700, 11, 12)
    with collecting_seldom():
        seldom = gc.get_threshold()

    assert seldom == (50_000, 11, 12)
    assert gc.get_threshold() == (700, 11, 12)


def test_it_looks_as_often_as_before_after_an_error(threshold):
    """The error goes on to the caller."""
    threshold(700, 11, 12)
    with pytest.raises(KeyError), collecting_seldom():
        raise KeyError

    assert gc.get_threshold() == (700, 11, 12)


@pytest.mark.parametrize("objects", [0, 50_000, 100_000])
def test_who_collects_more_seldom_already_is_left_alone(threshold, objects):
    """That somebody has turned it off counts too."""
    threshold(objects)
    with collecting_seldom():
        assert gc.get_threshold()[0] == objects
    assert gc.get_threshold()[0] == objects


async def test_a_run_asks_its_rows_so(threshold, tmp_path):
    """And leaves no trace in the process of its caller."""
    threshold(700, 10, 10)
    seen = []

    class Watching(FakeProvider):
        async def chat(self, *arguments, **options):
            seen.append(gc.get_threshold()[0])
            return await super().chat(*arguments, **options)

    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"prompt": "a"}\n{"prompt": "b"}\n')
    await BulkRun(rows, out=tmp_path / "out.jsonl", provider=Watching("x", repeat=True)).run()

    assert seen == [50_000, 50_000]
    assert gc.get_threshold() == (700, 10, 10)
