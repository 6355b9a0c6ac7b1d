"""Conversations: what is stored of them, and what of them a model reads."""
