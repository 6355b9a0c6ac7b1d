"""Inputs, rows and results for the tests of ``provider_sdk.bulk``'s files."""

import json
import resource
from contextlib import contextmanager

import pytest
from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs import Form, read_rows, survey
from provider_sdk.bulk.rows import Result
from provider_sdk.bulk.shards import Shard


def written(folder, content, name="in.jsonl"):
    """Write an input: bytes, text, or objects for JSON Lines; return its path."""
    path = folder / name
    if not isinstance(content, str | bytes):
        content = "".join(json.dumps(row) + "\n" for row in content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def all_rows(path, form=None):
    """All rows of an input, read as one shard."""
    found = survey(path, form or Form())
    return list(read_rows(path, found.form, Shard(0, 0, found.rows, 0)))


def prompts(path, form=None):
    """The content of each row's last message."""
    return [row.messages[-1]["content"] for row in all_rows(path, form)]


def refusal(path, form=None):
    """What the survey of an input says against it."""
    with pytest.raises(BulkInputError) as caught:
        survey(path, form or Form())
    return str(caught.value)


def result(index=0, **values):
    """A result of a row; answered unless the values say otherwise."""
    given = {"id": f"r{index}", "input_hash": "0" * 64, "state": "done", "attempts": 1}
    return Result(index=index, **(given | values))


def names_in(folder):
    """The names of all files in a folder."""
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def most_bytes_of_a_file(count):
    """Let no file of this process become longer, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
