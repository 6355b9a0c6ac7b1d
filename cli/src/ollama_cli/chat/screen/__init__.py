"""The chat on a terminal: the input stays at the bottom, and finished text scrolls up for good."""
