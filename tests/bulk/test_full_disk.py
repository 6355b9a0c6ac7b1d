"""A disk that fills stops the run before anything more is sent, and what was paid stays."""

import resource

from provider_conformance.traffic import Traffic, parse_latency

from tests.bulk._killing import durable_rows
from tests.bulk._refusing import refusal_of

AT_ONCE = 8
ROWS = 3_000


def test_full_disk_stops_the_run_and_loses_nothing(serve):
    """Rows that were in flight are all that is paid twice, and the run ends whole later."""
    slow = Traffic(latency=parse_latency("5ms"))
    batch, service = serve(slow, ROWS, ("--concurrency", str(AT_ONCE)))

    def fill():
        # A file that may not grow fails as one on a full disk does, without a disk of its own.
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))

    told = refusal_of(batch.run(preexec_fn=fill), 1)
    assert "journal" in told or "disk" in told
    received = service.settled()
    durable = durable_rows(batch.directory)
    assert 0 < len(durable) < ROWS
    assert len(set(received) - durable) <= AT_ONCE
    assert batch.run().returncode == 0
    assert [answer["error"] for answer in batch.answers()] == [None] * ROWS
    again = {row for row, times in service.counts.received.items() if times > 1}
    assert not again & durable
    assert len(again) <= AT_ONCE


def test_output_that_cannot_be_written_loses_nothing(serve):
    """If the output's folder is gone in the end, the answers are exported later, unpaid."""
    batch, service = serve(Traffic(latency=parse_latency("5ms")), 200, ("--concurrency", "8"))
    place = batch.folder / "place"
    place.mkdir()
    words = ("--run", str(batch.directory), "--out", str(place / "out.jsonl"))
    process = batch.start(*words)
    while not service.counts.requests:
        assert process.poll() is None
    place.rmdir()
    assert process.wait(60) not in (0, 9)
    assert (batch.folder / "said.txt").read_text().count("Error: ") == 1
    place.mkdir()
    assert batch.run(*words).returncode == 0
    assert len((place / "out.jsonl").read_text().splitlines()) == 200
    assert set(service.counts.received.values()) == {1}
