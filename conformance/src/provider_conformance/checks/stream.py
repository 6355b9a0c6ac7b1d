"""STREAM: the answer piece by piece is the answer."""
