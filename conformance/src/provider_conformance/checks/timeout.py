"""TIMEOUT: one deadline over all attempts, then an idle limit."""
