"""The user's settings, and the folders and files that belong to the command."""
