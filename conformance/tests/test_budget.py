"""A run of the kit stays small, however many checks there are."""

from dataclasses import replace

from provider_conformance import OpenAIWire, run
from provider_conformance.zoo import HARNESS

# On a machine of 2026 an exchange takes about a millisecond, and a run may take six seconds. It
# was 1,930 exchanges for 307 checks.
MOST_EXCHANGES = 4_000


class CountingWire(OpenAIWire):
    """Counts the requests that come to the service."""

    def __init__(self):
        super().__init__()
        self.requests = 0

    def route(self, request):
        """Count, as each request is asked for its route."""
        self.requests += 1
        return super().route(request)


def test_run_makes_few_exchanges():
    """A mock run asks the service so seldom that it takes seconds on any machine."""
    wire = CountingWire()
    report = run(replace(HARNESS, wire=wire))
    assert report.failed == []
    assert len(report.results) < wire.requests <= MOST_EXCHANGES
