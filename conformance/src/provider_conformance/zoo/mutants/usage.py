"""Mutants that USAGE must kill."""
