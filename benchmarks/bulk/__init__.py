"""Rows per second of a bulk run, against the least that any such run must do."""
