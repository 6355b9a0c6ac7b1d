"""The local day, which the system is asked for once per day."""

import datetime

import pytest
from provider_sdk._accounting.days import LocalDay, local_day


def test_today():
    """It is the system's local day."""
    before = datetime.date.today()

    assert before <= local_day() <= datetime.date.today()


@pytest.mark.parametrize("start", [datetime.datetime(2026, 3, 27), datetime.datetime(2026, 10, 23)])
@pytest.mark.parametrize("step", [900, -900, 86_399, -200_000])
def test_the_day_follows_the_clock(start, step):
    """At every moment it is what the system says, also if the clock is set back."""
    moments = [start.timestamp() + n * step for n in range(400)]
    days = LocalDay(iter(moments).__next__)

    assert [days() for _ in moments] == [datetime.date.fromtimestamp(each) for each in moments]
