"""Bulk runs: thousands of prompts from a file, resumable, within limits and a budget.

``BulkRun`` asks a provider once for each row of a file, and writes the answers in the same order.
What was sent and what was answered is in a journal on disk before anything else happens. So
a run that ends at any moment, by ``kill -9`` too, goes on where it was.
"""
