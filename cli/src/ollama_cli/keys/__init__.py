"""Keys that ``login`` stores, each for the addresses that it may be sent to."""
