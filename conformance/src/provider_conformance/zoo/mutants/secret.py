"""Mutants that SECRET must kill."""
