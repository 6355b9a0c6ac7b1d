"""How an input is cut into shards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk.bulk.shards import ROWS_PER_SHARD, Shard, plan_shards


def marks(rows, stride=1):
    """Every row, or one of ``stride``, with an offset."""
    return [(row, 100 * row) for row in range(0, rows, stride)]


def test_an_empty_input_has_no_shards():
    """There is nothing to do."""
    assert plan_shards([], 0) == ()


def test_a_small_input_is_one_shard():
    """A second one would only cost another file."""
    assert plan_shards(marks(1000), 1000) == (Shard(0, 0, 1000, 0),)


def test_more_rows_are_two_shards_at_least():
    """So a worker that works at two never has one slow row left alone."""
    assert plan_shards(marks(1001), 1001) == (
        Shard(0, 0, 501, 0),
        Shard(1, 501, 500, 50_100),
    )


def test_a_large_input_has_shards_of_equal_size():
    """None is longer than asked where every row is a mark."""
    shards = plan_shards(marks(120_001), 120_001)

    assert [shard.rows for shard in shards] == [40_001, 40_001, 39_999]


def test_the_size_can_be_chosen():
    """For a test, or for rows that take minutes each."""
    assert [shard.rows for shard in plan_shards(marks(9), 9, 4)] == [3, 3, 3]


def test_a_hundred_million_rows_are_two_thousand_shards():
    """As few marks as a survey keeps are enough."""
    shards = plan_shards(marks(10**8, 16_384), 10**8)

    assert len(shards) == 10**8 // ROWS_PER_SHARD
    assert max(shard.rows for shard in shards) <= ROWS_PER_SHARD + 16_384


def test_marks_after_the_last_row_are_not_used():
    """As when fewer rows are asked than the input has."""
    assert plan_shards(marks(100), 10) == (Shard(0, 0, 10, 0),)


@given(
    rows=st.integers(1, 5000),
    stride=st.sampled_from([1, 2, 8, 64, 1024]),
    size=st.integers(1, 600),
)
def test_each_row_is_in_one_shard(rows, stride, size):
    """Shards follow each other without a gap, and begin at marks."""
    shards = plan_shards(marks(rows, stride), rows, size)

    covered = [
        row for shard in shards for row in range(shard.first_row, shard.first_row + shard.rows)
    ]
    assert covered == list(range(rows))
    assert all(shard.offset == 100 * shard.first_row for shard in shards)
    assert [shard.number for shard in shards] == list(range(len(shards)))


@pytest.mark.parametrize("stride", [1, 16])
def test_the_plan_depends_on_the_input_alone(stride):
    """A second start with other workers finds the same shards."""
    assert plan_shards(marks(5000, stride), 5000) == plan_shards(marks(5000, stride), 5000)
