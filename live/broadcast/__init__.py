"""Broadcast: what changed on a board, to every phone and screen."""
