"""RETRY: what is tried again, how often, and after how long."""
