"""Writes results in the order of the input: JSON Lines, OpenAI's batch form, Parquet."""
