"""One question from its options to the stored answer: the call, the turn, what listens."""
