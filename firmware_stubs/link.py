"""Wi-Fi and the broker: connects for ever, sends what the outbox has, hears the watermark and the time.

Nothing here blocks but the look-up of a host name: the antenna is read between two steps. Write the broker's address
as four numbers where that matters.
"""

import errno
import json
import random
import select
import socket

import mqtt
from outbox import MAX_PASSAGES
from wifi import open_wifi

BATCH_MS = 150  # so long passages wait for others to share their message, unless the line was quiet
MAX_IN_FLIGHT = 4  # messages without PUBACK
STATUS_EVERY_MS = 5_000
HANDSHAKE_MS = 10_000
PUBACK_MS = 10_000
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 500, 10_000
IN_TOPICS = "abcdefghijklmnopqrstuvwxyz0123456789-"  # a space in a topic ends the connection, again and again
REFUSALS = {1: "protocol", 2: "client id", 3: "not ready", 4: "token", 5: "token"}


class Link:
    """The connection of one device. Call `step` again and again; it never raises for the network's sake.

    `trouble` says in a few words why there is no connection; empty when there is one.
    """

    def __init__(self, config, outbox, clock, battery=lambda: None):
        self._config = config
        self._outbox = outbox
        self._clock = clock
        self._battery = battery
        self._wifi = open_wifi(config.WIFI)
        self._nameable = _fits(config.EVENT) and _fits(config.DEVICE)
        root = f"live/{config.EVENT}/"
        self._passages = f"{root}passages/{config.DEVICE}"
        self._status = f"{root}devices/{config.DEVICE}"
        self._stored = f"{root}stored/{config.DEVICE}"
        self._question = f"{root}clock/{config.DEVICE}"
        self._keepalive_ms = config.KEEPALIVE_S * 1000
        self._socket = None
        self._pause_ms = FIRST_PAUSE_MS
        self._open_at_ms = 0
        self._packet = 0
        self._reset(0)
        self.trouble = "no broker yet"

    def _reset(self, now_ms):
        self._incoming = mqtt.Incoming()
        self._out = b""
        self._in_flight = {}  # packet number: (first seq or None, sent at)
        self._stage = "connecting"  # then "greeted", "subscribed"
        self._opened_ms = self._heard_ms = self._spoke_ms = now_ms
        self._status_at_ms = self._batch_at_ms = now_ms

    @property
    def online(self):
        """Whether the broker took us and our subscriptions."""
        return self._stage == "subscribed"

    def step(self, now_ms):
        """Do what can be done without waiting."""
        if not self._nameable:  # what is seen is kept all the same, until somebody mends the settings
            self.trouble = "EVENT, DEVICE: a-z 0-9 -"
            return
        if self._wifi is not None and not self._wifi.step(now_ms):
            if self._socket is not None:
                self._lost("no Wi-Fi", now_ms)
            self.trouble = "no Wi-Fi"
            return
        try:
            if self._socket is None:
                self._open(now_ms)
            else:
                self._turn(now_ms)
        except OSError as error:
            self._lost(f"no broker: {errno.errorcode.get(error.errno, error.errno)}", now_ms)
        except mqtt.ProtocolError as error:
            self._lost(f"broker: {error}", now_ms)

    def _open(self, now_ms):
        if now_ms < self._open_at_ms:
            return
        self._reset(now_ms)
        address = socket.getaddrinfo(self._config.BROKER_HOST, self._config.BROKER_PORT, socket.AF_INET)[0][-1]
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN | select.POLLOUT)
        try:
            self._socket.connect(address)
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise

    def _lost(self, trouble, now_ms):
        """Give the connection up; what was under way is sent again on the next one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._stage = "connecting"
        self.trouble = trouble
        under_way = [seq for seq, _ in self._in_flight.values() if seq is not None]
        self._in_flight = {}
        if under_way:
            self._outbox.rewind(min(under_way))
        self._open_at_ms = now_ms + self._pause_ms // 2 + random.getrandbits(16) * self._pause_ms // 0x20000
        self._pause_ms = min(2 * self._pause_ms, LONGEST_PAUSE_MS)

    def _turn(self, now_ms):
        events = self._poll.poll(0)
        ready = events[0][1] if events else 0
        if self._stage == "connecting":
            if ready & (select.POLLERR | select.POLLHUP):
                raise OSError(errno.ECONNREFUSED)
            if ready & select.POLLOUT:
                self._greet(now_ms)
        elif ready & ~select.POLLOUT:
            self._receive(now_ms)
        if self._stage == "subscribed":
            self._speak(now_ms)
        self._send_out(now_ms)
        self._watch(now_ms)

    def _watch(self, now_ms):
        """Keep the connection alive, and give a dead one up."""
        if self._stage != "subscribed" and now_ms - self._opened_ms > HANDSHAKE_MS:
            raise mqtt.ProtocolError("no answer")
        if now_ms - self._heard_ms > 2 * self._keepalive_ms:
            raise mqtt.ProtocolError("silent")
        if any(now_ms - at_ms > PUBACK_MS for _, at_ms in self._in_flight.values()):
            raise mqtt.ProtocolError("no PUBACK")
        if self._stage == "subscribed" and now_ms - self._spoke_ms >= self._keepalive_ms // 2:
            self._out += mqtt.PINGREQ
            self._spoke_ms = now_ms

    # -- in -------------------------------------------------------------------------------------------------------

    def _receive(self, now_ms):
        data = self._socket.read(1024)
        if data == b"":
            raise OSError(errno.ECONNRESET)
        if data:
            self._heard_ms = now_ms
            self._incoming.feed(data)
        while packet := self._incoming.next_packet():
            self._take(packet, now_ms)

    def _take(self, packet, now_ms):
        kind, flags, body = packet
        if kind == mqtt.CONNACK:
            self._accepted(mqtt.number(body, 0) & 0xFF)
        elif kind == mqtt.SUBACK:
            self._subscribed(body)
        elif kind == mqtt.PUBACK:
            self._in_flight.pop(mqtt.number(body, 0), None)
        elif kind == mqtt.PUBLISH:
            topic, payload, number = mqtt.read_publish(flags, body)
            self._hear(topic, payload, now_ms)
            if number is not None:
                self._out += mqtt.puback(number)

    def _accepted(self, code):
        if code:
            raise mqtt.ProtocolError("refuses our " + REFUSALS.get(code, f"connection ({code})"))
        self._stage = "greeted"
        filters = ((self._stored, 1), (self._question + "/answer", 0))
        self._out += mqtt.subscribe(self._next_packet(), filters)

    def _subscribed(self, body):
        """Begin to speak. Without the right to hear its watermark a device speaks all the same: it is of use."""
        self._stage = "subscribed"
        self._pause_ms = FIRST_PAUSE_MS
        self.trouble = "not allowed to hear what is stored" if 0x80 in body[2:] else ""

    def _hear(self, topic, payload, now_ms):
        """Take a message; one that cannot be understood is none (T20)."""
        try:
            message = json.loads(payload)
        except ValueError:
            return
        if not isinstance(message, dict) or message.get("v") != 1:
            return
        if topic == self._stored:
            epoch, through = message.get("epoch"), message.get("through")
            if isinstance(epoch, str) and _is_whole(through):
                self._outbox.stored(epoch, through)
        else:
            instants = [message.get(name) for name in ("sent_ms", "heard_ms", "answered_ms")]
            if all(_is_whole(instant) for instant in instants):
                self._clock.hear(*instants, now_ms)

    # -- out ------------------------------------------------------------------------------------------------------

    def _greet(self, now_ms):
        config = self._config
        will = encoded({"v": 1, "state": "offline"})
        device = config.DEVICE
        self._out += mqtt.connect(device, device, config.TOKEN, self._status, will, config.KEEPALIVE_S)
        self._stage = "greeted"

    def _speak(self, now_ms):
        if now_ms >= self._status_at_ms:
            self._status_at_ms = now_ms + STATUS_EVERY_MS
            self._publish(self._status, encoded(self._state(now_ms)), None, now_ms, retain=True)
        sent_ms = self._clock.question(now_ms)
        if sent_ms is not None:
            self._out += mqtt.publish(self._question, encoded({"v": 1, "sent_ms": sent_ms}))
        self._send(now_ms)

    def _send(self, now_ms):
        """Publish passages: at once after silence, otherwise together with others."""
        if now_ms < self._batch_at_ms and self._outbox.unsent < MAX_PASSAGES:
            return
        while len(self._in_flight) < MAX_IN_FLIGHT:
            batch = self._outbox.take(now_ms)
            if batch is None:
                return
            seqs, texts = batch
            self._publish(self._passages, passages_message(self._outbox.epoch, texts), seqs[0], now_ms)
            self._batch_at_ms = now_ms + BATCH_MS

    def _publish(self, topic, payload, seq, now_ms, retain=False):
        packet = self._next_packet()
        self._in_flight[packet] = (seq, now_ms)
        self._out += mqtt.publish(topic, payload, packet, retain)

    def _next_packet(self):
        self._packet = self._packet % 0xFFFF + 1
        return self._packet

    def _state(self, now_ms):
        box = self._outbox
        return status_message(
            self._clock.utc(now_ms), box.epoch, box.last_seq, box.queued, self._clock.state(now_ms), self._battery()
        )

    def _send_out(self, now_ms):
        while self._out:
            sent = self._socket.write(self._out)
            if not sent:
                return
            self._out = self._out[sent:]
            self._spoke_ms = now_ms


def passages_message(epoch, texts):
    """Return the message of passages; each text is one passage, as the outbox has it."""
    return ('{"v":1,"epoch":"%s","passages":[%s]}' % (epoch, ",".join(texts))).encode()


def status_message(at_ms, epoch, last_seq, queued, clock, battery):
    """Return the members of a device's status; what it does not know it leaves out."""
    state = {"v": 1, "state": "online", "at_ms": at_ms, "epoch": epoch, "last_seq": last_seq, "queued": queued}
    if clock is not None:
        state["clock"] = clock
    if battery is not None:
        state["battery"] = battery
    return state


def encoded(message):
    """Return compact JSON."""
    return json.dumps(message, separators=(",", ":")).encode()


def _fits(name):
    return 0 < len(name) <= 64 and all(letter in IN_TOPICS for letter in name)


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
