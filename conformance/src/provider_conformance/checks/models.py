"""MODELS: the list is whole, unique, and never empty for a failure."""
