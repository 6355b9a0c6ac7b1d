"""Mutants that END must kill."""
