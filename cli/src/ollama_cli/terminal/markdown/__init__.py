"""Markdown on a terminal: what is printed is never touched again."""
