"""Completing what is typed in a shell, from what is known here; nothing is sent."""
