"""Bulk runs on a Ray cluster: what is sent, what is told, and what is not."""

import dataclasses
import tempfile
from pathlib import Path

import pytest

from tests.bulk._batch import Batch
from tests.bulk._judging import violations
from tests.bulk._service import TOKEN
from tests.bulk_ray._running import ended
from tests.bulk_ray.conftest import OPTIONS, ROWS

OTHER_TOKEN = "hf_canaryDriver7Qp2secret"


def test_each_row_is_sent_once(batch, service, head):
    """All rows are answered, each once, and Ray says nothing to the user."""
    done = batch.run()

    assert done.returncode == 0, done.stderr
    assert violations(ended(batch, service)) == []
    assert set(service.settled().values()) == {1}
    assert "ray" not in f"{done.stdout}{done.stderr}".lower().replace(str(batch.folder), "")
    assert head.actors() == []


def test_workers_have_credentials_of_their_own(batch, service, head):
    """They ask with that of their environment, and no file holds that or the command's."""
    own = {
        name: OTHER_TOKEN if value == TOKEN else value for name, value in batch.environment.items()
    }
    done = dataclasses.replace(batch, environment=own).run()

    assert OTHER_TOKEN in own.values()
    assert done.returncode == 0, done.stderr
    assert len(service.settled()) == ROWS
    folders = (head.folder, batch.folder)
    files = [path for each in folders for path in each.rglob("*") if path.is_file()]
    assert any(path.name.startswith("python-core-worker") for path in files)
    for path in files:
        content = path.read_bytes()
        assert TOKEN.encode() not in content, path
        assert OTHER_TOKEN.encode() not in content, path


@pytest.fixture
def scratch():
    """An empty folder with a name that is short enough for Ray."""
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:
        yield Path(folder)


def test_a_cluster_is_started_for_the_run_and_ended(tmp_path, service, scratch):
    """Without an address; nothing of it is left, neither a process nor a file."""
    batch = Batch(tmp_path, {**service.environment, "TMPDIR": str(scratch)}, OPTIONS)
    batch.write_rows(ROWS)
    done = batch.run()

    assert done.returncode == 0, done.stderr
    assert violations(ended(batch, service)) == []
    assert set(service.settled().values()) == {1}
    assert list(scratch.iterdir()) == []
    assert not (batch.folder / ".ray").exists()


def test_an_address_without_a_cluster_is_told_in_a_sentence(batch, service):
    """Nothing is sent, and the command says where it looked."""
    nowhere = {**batch.environment, "RAY_ADDRESS": "127.0.0.1:9"}
    done = dataclasses.replace(batch, environment=nowhere).run()

    assert done.returncode not in (0, 130)
    assert "the Ray cluster 127.0.0.1:9 cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert service.settled() == {}
