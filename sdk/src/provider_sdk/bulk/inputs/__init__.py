"""Reads rows from files: JSON Lines, OpenAI's batch form, CSV, Parquet and Arrow."""
