"""A chat that lasts: memory and the work per turn do not grow with the number of turns."""

from .lasting import SETTINGS, Talkative, measure

TURNS = 160
NOISE = 300
"""Objects that come and go; the turns between two parts, if they were kept, would be more."""


def test_a_turn_costs_the_same_at_the_end(talk, fake, settings) -> None:
    """There are no more objects than after the first turns, and the file is asked as little."""
    fake(lambda **_: Talkative())
    settings(**SETTINGS)

    _, early, *_, late = measure(TURNS)

    assert late.objects - early.objects < NOISE
    assert late.instructions <= 1.05 * early.instructions
