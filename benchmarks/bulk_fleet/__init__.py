"""Simulates a bulk run on a fleet, with the real coordinator, limiter and leases."""
