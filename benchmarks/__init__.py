"""Benchmarks of the SDK and other clients against one local service."""
