"""The peers: each a broadcast as its own documentation shows it."""
