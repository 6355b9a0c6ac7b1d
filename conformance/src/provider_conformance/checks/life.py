"""LIFE: connections, tasks and state end when they should."""
