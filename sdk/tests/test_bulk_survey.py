"""One pass over an input: marks for shards, ids, memory."""

import gc
import json
import tracemalloc

import pytest
from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs import Form, read_rows, survey
from provider_sdk.bulk.inputs.ids import Ids
from provider_sdk.bulk.inputs.repeats import refuse_repeats
from provider_sdk.bulk.inputs.survey import MOST_MARKS
from provider_sdk.bulk.shards import Shard

from ._bulk_rows import all_rows, most_bytes_of_a_file, refusal, written


def _many(folder, count):
    path = folder / f"{count}.jsonl"
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"id": f"row-{number}", "prompt": f"What is {number}?"}) + "\n")
    return path


def test_marks_of_a_small_input(tmp_path):
    """A shard can begin at every row."""
    path = written(tmp_path, '{"prompt":"a"}\n\n{"prompt":"b"}\n{"prompt":"c"}')

    assert survey(path, Form()).marks == ((0, 0), (1, 16), (2, 31))


def test_marks_of_a_large_input(tmp_path):
    """There are never more than a fixed number; a shard read from any of them has its rows."""
    count = MOST_MARKS * 2 + 5
    path = _many(tmp_path, count)

    found = survey(path, Form())
    marks = found.marks

    assert found.stride == 4
    assert len(marks) <= MOST_MARKS
    for row, offset in marks[:: len(marks) // 7]:
        first = next(read_rows(path, found.form, Shard(0, row, 1, offset)))
        assert (first.index, first.id) == (row, f"row-{row}")


def test_shards_are_all_rows(tmp_path):
    """Read one after another they are what one shard over all would be."""
    path = _many(tmp_path, 100)
    found = survey(path, Form())
    firsts = found.marks[::9]

    rows = [
        row
        for number, (first, offset) in enumerate(firsts)
        for row in read_rows(
            path, found.form, Shard(number, first, min(9, found.rows - first), offset)
        )
    ]

    assert rows == all_rows(path)


def test_rows_are_read_without_a_format(tmp_path):
    """It is found again, if the form does not have it."""
    path = written(tmp_path, [{"prompt": "a"}])

    assert next(read_rows(path, Form(), Shard(0, 0, 1, 0))).index == 0


def test_an_input_that_became_shorter(tmp_path):
    """Reading a shard says so, and what to do."""
    path = written(tmp_path, [{"prompt": "a"}] * 3)
    found = survey(path, Form())
    written(tmp_path, [{"prompt": "a"}])

    with pytest.raises(BulkInputError, match="ends after 1 rows, and had more when the run began"):
        list(read_rows(path, found.form, Shard(0, 0, 3, 0)))


def test_an_input_that_became_another(tmp_path):
    """A broken row in a shard is named by line and byte."""
    path = written(tmp_path, [{"prompt": "a"}] * 3)
    found = survey(path, Form())
    path.write_text('{"prompt":"a"}\n{"prompt":"a"}\nbroken\n')

    with pytest.raises(BulkInputError, match="line 1 after byte 30: it is not JSON"):
        list(read_rows(path, found.form, Shard(0, 2, 1, 30)))


def test_the_hash_of_a_row(tmp_path):
    """It is of conversation, model and options alone, and is the same for ever."""
    messages = [{"role": "user", "content": "\u00e9"}]
    rows = [
        {"prompt": "\u00e9", "id": "a"},
        {"messages": messages, "note": "x"},
        {"prompt": "\u00e9", "model": "m"},
        {"prompt": "\u00e9", "options": {"seed": 1}},
        {"prompt": "e"},
    ]

    hashes = [row.hash for row in all_rows(written(tmp_path, rows))]

    assert hashes[0] == "e70f70734a9a8a003e8a5cd4756b16f19a4e1cf08992a2dbfa29cc387619b9bf"
    assert hashes[1] == hashes[0]
    assert len(set(hashes)) == 4


def test_many_ids_are_compared(tmp_path):
    """A repetition is found among more ids than are kept in memory."""
    path = _many(tmp_path, 150_000)
    with path.open("a") as file:
        file.write('{"id":"row-77","prompt":"a"}\n')

    with pytest.raises(BulkInputError, match="line 78 and line 150001 have the same id 'row-77'"):
        survey(path, Form(), tmp_path)


def test_ids_whose_hashes_are_the_same(tmp_path):
    """They are suspects together, and any number of others is not."""
    ids = Ids(tmp_path, hasher=lambda id: len(id) % 2)

    for number, id in enumerate(["a", "b", "cc"]):
        ids.add(id, number)

    assert ids.suspects() == {1}


def test_ids_that_differ_are_accepted_in_spite_of_their_hashes(tmp_path):
    """The ids themselves decide; one that is a number need not be written."""
    path = written(tmp_path, [{"id": "a", "prompt": "x"}, {"prompt": "x"}, {"prompt": "x"}])
    ids = Ids(tmp_path, hasher=len)
    for number, id in enumerate(["a", None, None]):
        ids.add(id, number)

    assert refuse_repeats(path, Form(format="jsonl"), ids) is None


def test_hashes_come_back_from_the_file(tmp_path):
    """What was written to it is compared with what was not."""
    ids = Ids(tmp_path, hasher=int)
    for number in range(1024 * 300):
        ids.add(str(number), number)
    ids.add("5", 1024 * 300)

    assert ids.suspects() == {5}
    ids.close()


def test_no_room_for_hashes(tmp_path):
    """One sentence says what is missing, and where."""
    path = _many(tmp_path, 200_000)

    with pytest.raises(BulkInputError, match="the ids cannot be compared: No such file") as caught:
        survey(path, Form(), tmp_path / "missing")

    assert "TMPDIR" in str(caught.value)


def test_a_disk_that_is_too_full_for_hashes(tmp_path):
    """One sentence says so, and not that the input cannot be read."""
    path = _many(tmp_path, 200_000)

    with most_bytes_of_a_file(100_000):
        said = refusal(path)

    assert said.startswith("the ids cannot be compared: File too large")


def _peak(path):
    gc.collect()
    tracemalloc.start()
    found = survey(path, Form(), path.parent)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found.rows, peak


def test_memory_does_not_grow_with_rows(tmp_path):
    """Ten times the rows need the same, up to what is kept of marks and ids."""
    small, first = _peak(_many(tmp_path, 10_000))
    large, second = _peak(_many(tmp_path, 100_000))

    assert (small, large) == (10_000, 100_000)
    assert second < first + 2 * 2**20
