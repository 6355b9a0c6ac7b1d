"""Mutants that TIMEOUT must kill."""
