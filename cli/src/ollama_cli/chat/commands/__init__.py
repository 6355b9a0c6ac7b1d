"""The slash commands of the chat, one file each; ``slash.py`` says what such a file defines."""
