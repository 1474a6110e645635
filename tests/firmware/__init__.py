"""The devices' software, on the real MicroPython."""
