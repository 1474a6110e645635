"""`live doctor`: is this machine fit for the race? Each check in a room of its own; `examination` asks them all."""
