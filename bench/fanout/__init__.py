"""One race, many phones: what a delivered update costs us, and what it costs each peer, on the same machine."""
