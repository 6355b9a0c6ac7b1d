"""Mutants that RETRY must kill."""
