"""ERROR: every failure has its class, its words and its facts."""
