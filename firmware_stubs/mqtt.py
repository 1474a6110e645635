"""As much of MQTT 3.1.1 as a device needs, as bytes: no sockets here."""

CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9
PINGREQ = b"\xc0\x00"
MAX_PACKET = 2048  # bytes: whatever a device is sent is far shorter


class ProtocolError(Exception):
    """The other side does not speak MQTT 3.1.1, or says more than a device can hold."""


def connect(client, user, password, will_topic, will, keepalive_s):
    """Return CONNECT for a clean session whose will is retained, QoS 1."""
    flags = 0x80 | 0x40 | 0x20 | 0x08 | 0x04 | 0x02  # user, password, will: retained, QoS 1; clean session
    head = _text("MQTT") + bytes((4, flags)) + _two(keepalive_s)
    return _packet(0x10, head + _text(client) + _text(will_topic) + _text(will) + _text(user) + _text(password))


def subscribe(packet, filters):
    """Return SUBSCRIBE for `filters`, pairs of topic and QoS."""
    return _packet(0x82, _two(packet) + b"".join([_text(topic) + bytes((qos,)) for topic, qos in filters]))


def publish(topic, payload, packet=None, retain=False):
    """Return PUBLISH, at QoS 1 where it has a packet number, otherwise at QoS 0."""
    if packet is None:
        return _packet(0x30 | retain, _text(topic) + payload)
    return _packet(0x32 | retain, _text(topic) + _two(packet) + payload)


def puback(packet):
    """Return PUBACK."""
    return b"\x40\x02" + _two(packet)


def read_publish(flags, body):
    """Return (topic, payload, packet number or None).

    Raises:
        ProtocolError: it is cut short, or its topic is no text.
    """
    end = 2 + number(body, 0)
    packet = None if flags & 0x06 == 0 else number(body, end)
    try:
        topic = bytes(body[2:end]).decode()
    except UnicodeError:
        raise ProtocolError("a topic that is no text")
    return topic, bytes(body[end if packet is None else end + 2 :]), packet


def number(body, at):
    """Return the two-byte number there."""
    if len(body) < at + 2:
        raise ProtocolError("cut short")
    return body[at] << 8 | body[at + 1]


class Incoming:
    """Cuts what the socket gives into packets."""

    def __init__(self):
        self._bytes = b""

    def feed(self, data):
        """Take some bytes, cut anywhere."""
        self._bytes += data

    def next_packet(self):
        """Return (kind, flags, body) of the next whole packet, or None.

        Raises:
            ProtocolError: it is none, or too long.
        """
        data, length, at = self._bytes, 0, 1
        while True:
            if at >= len(data):
                return None
            length |= (data[at] & 0x7F) << 7 * (at - 1)
            at += 1
            if data[at - 1] < 0x80:
                break
            if at == 5:
                raise ProtocolError("no MQTT")
        if length > MAX_PACKET:
            raise ProtocolError("a packet of %d bytes" % length)
        if len(data) < at + length:
            return None
        self._bytes = data[at + length :]
        return data[0] >> 4, data[0] & 0x0F, data[at : at + length]


def _packet(head, body):
    length, digits = len(body), []
    while True:
        length, digit = length >> 7, length & 0x7F
        digits.append(digit | 0x80 if length else digit)
        if not length:
            return bytes([head] + digits) + body


def _text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return _two(len(data)) + data


def _two(value):
    return bytes((value >> 8, value & 0xFF))
