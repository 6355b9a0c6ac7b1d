"""Mutants that ERROR must kill."""
