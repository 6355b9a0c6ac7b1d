"""Mutants that OPTIONS must kill."""
