"""TOOLS: definitions go out, calls come back, answers go in."""
