"""A chat that lasts: memory and the work per turn do not grow with the number of turns."""

import pytest

from .lasting import SETTINGS, Talkative, measure

TURNS = 160
NOISE = 300
"""Objects that come and go; the turns between two parts, if they were kept, would be more."""


@pytest.fixture
def parts(talk, fake, settings):
    """What was measured over the parts of a chat."""
    fake(lambda **_: Talkative())
    settings(**SETTINGS)
    return measure(TURNS)


def test_memory_is_flat(parts) -> None:
    """There are as many objects at the end as after the first turns."""
    assert parts[-1].objects - parts[1].objects < NOISE


def test_work_of_a_turn_is_flat(parts) -> None:
    """The file is asked as little at the end as at the beginning."""
    assert parts[-1].instructions <= 1.05 * parts[1].instructions
