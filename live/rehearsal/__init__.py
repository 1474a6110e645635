"""Rehearsal: simulated races and recorded passages, played by devices over real MQTT."""
