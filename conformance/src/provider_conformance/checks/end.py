"""END: how a stream may end, one check for each cell of the truth table."""
