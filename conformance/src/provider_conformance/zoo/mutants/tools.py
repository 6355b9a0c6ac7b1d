"""Mutants that TOOLS must kill."""
