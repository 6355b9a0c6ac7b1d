"""Mutants that MODELS must kill."""
