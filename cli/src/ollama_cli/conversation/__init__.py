"""Conversations that are kept: sessions of turns, and what their calls used."""
