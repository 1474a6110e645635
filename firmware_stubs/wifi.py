"""Wi-Fi, on boards that have it."""

TRY_MS = 15_000  # so long a network has to take us


def open_wifi(networks):
    """Return the Wi-Fi of the board; None where the system has the network, or none is named."""
    try:
        import network
    except ImportError:
        return None
    if not networks:
        return None
    station = network.WLAN(network.STA_IF)
    station.active(True)
    return WiFi(networks, station)


class WiFi:
    """The first of the known networks that takes us. MicroPython keeps it up; we try the next when it is down."""

    def __init__(self, networks, station):
        self._networks = networks
        self._station = station
        self._tried = 0
        self._try_at_ms = 0

    def step(self, now_ms):
        """Return whether there is Wi-Fi; see to it when there is none."""
        if self._station.isconnected():
            return True
        if now_ms >= self._try_at_ms:
            self._try_at_ms = now_ms + TRY_MS
            name, password = self._networks[self._tried % len(self._networks)]
            self._tried += 1
            self._station.disconnect()
            self._station.connect(name, password)
        return False
