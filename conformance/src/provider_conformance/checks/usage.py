"""USAGE: the service's numbers, never others."""
