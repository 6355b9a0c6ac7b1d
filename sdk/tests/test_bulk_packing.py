"""The job, on its way to a worker in another process."""

import base64
import functools
import pickle
import sys
import zlib
from pathlib import Path

import pytest
from provider_sdk import __version__
from provider_sdk.bulk import BulkError, BulkInputError, Form
from provider_sdk.bulk.engines.packing import pack_job, unpack_job
from provider_sdk.bulk.job import Job
from provider_sdk.bulk.shards import Shard
from provider_sdk.testing import FakeProvider


def job(make_provider, **more):
    """Return a job of two shards."""
    return Job(
        directory=Path("out.run"),
        input=Path("in.jsonl"),
        form=Form(template="{a}"),
        shards=(Shard(0, 0, 10, 0), Shard(1, 10, 10, 99)),
        make_provider=make_provider,
        **more,
    )


def test_a_job_comes_back():
    """With the options, and what makes the provider."""
    back = unpack_job(pack_job(job(functools.partial(FakeProvider, "Blue."), model="m")))

    assert back.make_provider().name == "fake"
    assert (back.model, back.form, back.shards[1].offset) == ("m", Form(template="{a}"), 99)


def test_a_packed_job_has_no_white_space():
    """So that it fits into a line, or into one argument."""
    assert pack_job(job(FakeProvider)).split() == [pack_job(job(FakeProvider))]


def test_what_cannot_be_sent_is_refused():
    """A function inside of a function exists in this process only."""
    with pytest.raises(BulkInputError, match=r"make_provider.*Define it at the top level"):
        pack_job(job(lambda: FakeProvider("Blue.")))


def test_another_version_of_the_sdk_is_refused():
    """Before anything is loaded that it may not understand."""
    with pytest.raises(BulkError, match=f"has version {__version__} .* the run 0.0.0"):
        unpack_job("0.0.0:!")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"cnowhere_at_all\nmake\n.", "No module named 'nowhere_at_all'"),
        (b"cprovider_sdk\nmake_nothing\n.", "AttributeError"),
    ],
)
def test_what_the_worker_lacks_is_told(content, told):
    """Such as the module of the function that makes the provider."""
    packed = zlib.compress(pickle.dumps(([], content)))

    with pytest.raises(BulkError, match=told):
        unpack_job(f"{__version__}:{base64.b64encode(packed).decode()}")


def test_modules_are_found_where_the_run_found_them(tmp_path, monkeypatch):
    """A script's own modules can be imported by its workers, after all others."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    packed = pack_job(job(FakeProvider))
    monkeypatch.setattr(sys, "path", sys.path[:-1])
    before = list(sys.path)
    unpack_job(packed)

    assert sys.path[: len(before)] == before
    assert str(tmp_path) in sys.path[len(before) :]
