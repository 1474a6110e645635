"""The fault campaign: one race after another, played by real processes, broken on purpose, judged by one judge."""
