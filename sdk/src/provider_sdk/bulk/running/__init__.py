"""Asks the rows of a run: one row, one shard, one worker, and the whole run."""
