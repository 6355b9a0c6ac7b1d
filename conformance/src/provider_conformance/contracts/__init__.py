"""Frozen contracts and the rules behind them, with their readers."""
