"""Mutants that STREAM must kill."""
