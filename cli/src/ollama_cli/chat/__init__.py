"""The chat: a conversation at a terminal, or line by line elsewhere.

``chat.py`` decides what an entry does, ``world.py`` holds what it works with, ``commands/`` has one
file per slash command, and a ``View`` shows it: ``screen/`` on a terminal, ``lines/`` elsewhere.
"""
