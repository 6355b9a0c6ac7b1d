"""Mutants that LIFE must kill."""
