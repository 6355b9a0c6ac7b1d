"""Mutants that FUZZ must kill."""
