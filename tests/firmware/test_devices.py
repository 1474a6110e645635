"""Mat and scanner as a whole and their parts, on the real MicroPython, with what is soldered to them played."""

from pathlib import Path
from typing import Any

from tests.firmware.board import says

FRAME = "bb02220011c934003075 1feb705c5904e3d50d703a76ef7e".replace(" ", "")
"""The example of the module's manual: RSSI -55 dBm, EPC 30751FEB705C5904E3D50D70."""
NO_CHIP = "bb01ff000115167e"


def frame(text: str, rssi: int) -> str:
    """Return what the module says when it has read a chip that carries a text."""
    epc = text.encode().ljust(12, b"\0")
    body = bytes((0x02, 0x22, 0, 17, rssi & 0xFF, 0x34, 0)) + epc + b"\0\0"
    return (b"\xbb" + body + bytes((sum(body) & 0xFF, 0x7E))).hex()


# --- antenna ----------------------------------------------------------------------------------------------------

ANTENNA = """
import binascii, json, sys
from antenna import INVENTORY, Antenna
pieces, is_text, every_ms = json.loads(sys.stdin.readline())

class Uart:
    def __init__(self):
        self.written = 0
    def read(self):
        return binascii.unhexlify(pieces.pop(0)) or None if pieces else None
    def write(self, data):
        assert data == INVENTORY
        self.written += 1

uart, reads, silent, now_ms = Uart(), [], [], 0
antenna = Antenna(uart, is_text)
while pieces:
    reads.extend(antenna.reads(now_ms))
    silent.append(antenna.silent)
    now_ms += every_ms
print(json.dumps({"reads": reads, "asked": uart.written, "silent": silent}))
"""


def antenna(*pieces: str, is_text: bool = False, every_ms: int = 10) -> Any:
    """Return what the antenna makes of pieces of bytes, one every so many ms."""
    return says(ANTENNA, pieces, is_text, every_ms)


def test_a_frame_of_the_module_is_a_read() -> None:
    assert antenna(FRAME)["reads"] == [["30751FEB705C5904E3D50D70", -55]]


def test_frames_may_be_cut_anywhere_with_anything_between_them() -> None:
    stream = "00bb7e" + FRAME + NO_CHIP + "bbbb" + FRAME + FRAME
    pieces = [stream[at : at + 6] for at in range(0, len(stream), 6)]
    assert antenna(*pieces)["reads"] == [["30751FEB705C5904E3D50D70", -55]] * 3


def test_a_frame_with_a_wrong_checksum_is_no_read() -> None:
    assert antenna(FRAME[:20] + "00" + FRAME[22:], FRAME)["reads"] == [["30751FEB705C5904E3D50D70", -55]]


def test_a_chip_may_carry_its_text() -> None:
    assert antenna(frame("12a", -60), FRAME, is_text=True)["reads"] == [["12A", -60], ["30751FEB705C5904E3D50D70", -55]]


def test_a_module_that_says_nothing_is_told_to_read_again_and_shown() -> None:
    """T14: it was restarted, or has come to the end of its order."""
    said = antenna(*[NO_CHIP] * 5, *[""] * 5, *[NO_CHIP] * 5, every_ms=1_000)
    assert said["silent"] == [False] * 6 + [True] * 4 + [False] * 5
    assert said["asked"] == 2


# --- keypad and codes -------------------------------------------------------------------------------------------

KEYPAD = """
import json, sys
from keypad import KEYS, Keypad, Typed
[downs] = json.loads(sys.stdin.readline())
places = {name: (row, column) for row, names in enumerate(KEYS) for column, name in enumerate(names)}
down = set()
keypad, typed, passages, texts = Keypad(lambda row, column: KEYS[row][column] in down), Typed(), [], []
for now_ms, names in downs:
    down = set(names)
    for key in keypad.keys(now_ms):
        passage = typed.press(key, now_ms)
        if passage:
            passages.append(passage)
    texts.append(typed.text)
print(json.dumps([passages, texts]))
"""


def typed(keys: str) -> Any:
    """Press keys one after another, a second apart; return the passages and what was left on the screen."""
    downs = [(1_000 * number + step * 200, key * (step < 3)) for number, key in enumerate(keys) for step in range(5)]
    passages, texts = says(KEYPAD, downs)
    return passages, texts[-1]


def test_a_bib_is_a_passage_at_the_instant_of_the_last_key() -> None:
    """T18: a bib is text; it is typed as the runner comes near, and sent as he crosses."""
    assert typed("007#") == ([{"bib": "007", "at_ms": 3_000}], "")


def test_a_letter_names_the_runner() -> None:
    assert typed("12AB#")[0] == [{"bib": "12", "runner": "B", "at_ms": 4_000}]
    assert typed("12A3#")[0] == [{"bib": "12", "runner": "A", "at_ms": 4_000}]


def test_a_star_takes_the_last_key_back() -> None:
    assert typed("12B**3#")[0] == [{"bib": "13", "at_ms": 6_000}]


def test_nothing_typed_is_no_passage() -> None:
    """T16: a second touch of the last key sends nothing."""
    passages, text = typed("#A12##*")
    assert ([each["bib"] for each in passages], text) == (["12"], "")


def test_contacts_that_bounce_are_one_key() -> None:
    downs = [(0, "1"), (5, ""), (10, "1"), (20, ""), (30, "1"), (200, ""), (300, "1"), (310, "1")]
    assert says(KEYPAD, downs)[1][-1] == "11"


CODES = """
import json, sys
from codes import Codes
[pieces] = json.loads(sys.stdin.readline())

class Uart:
    def read(self):
        return pieces.pop(0).encode() or None if pieces else None

codes, found = Codes(Uart()), []
while pieces:
    found.extend(codes.reads())
    assert len(codes._bytes) <= 128
print(json.dumps(found))
"""


def test_a_code_is_a_line_however_it_is_cut() -> None:
    assert says(CODES, ["12", "a\r", "", "13B\r\n\r", "14", "C"]) == ["12A", "13B"]


def test_a_code_that_cannot_be_a_chip_is_left_out() -> None:
    assert says(CODES, ["x" * 200, "x" * 200, "\r", "a b\r", "é\r", "12A\r"]) == ["12A"]


# --- the whole --------------------------------------------------------------------------------------------------

PLAYED = """
import binascii, json, sys, time
import device_config as config
given, script, pieces = json.loads(sys.stdin.readline())
for name, value in given.items():
    setattr(config, name, value)
config.BROKER_HOST, config.BROKER_PORT, config.BATTERY_PIN = "127.0.0.1", 1, None

class Uart:
    def read(self):
        return pieces.pop(0) if pieces else None
    def write(self, data):
        pass

class I2C:
    def __init__(self):
        self.frames = 0
    def writeto(self, address, data):
        assert address == 0x3C
        self.frames += len(data) == 1025

i2c = I2C()
"""
MAT = (
    PLAYED
    + """
from mat import Mat
pieces = [binascii.unhexlify(each) for each in pieces]
one = Mat(config, Uart(), i2c)
"""
)
SCANNER = (
    PLAYED
    + """
from keypad import KEYS
from scanner import Scanner
pieces = [each.encode() for each in pieces]
turns = 0
def pressed(row, column):
    keys = "12B#"
    at = turns // 60
    return turns % 60 < 30 and at < len(keys) and KEYS[row][column] == keys[at]
one = Scanner(config, pressed, Uart(), i2c)
"""
)
TURNS = """
turns = 0
while turns < 400:
    one.turn()
    turns += 1
    time.sleep_ms(1)
texts = []
while batch := one.device.outbox.take(0):
    texts.extend(json.loads(text) for text in batch[1])
print(json.dumps({"passages": texts, "frames": i2c.frames, "shown": one._screen._shown}))
"""


def test_a_mat_keeps_a_passage_for_each_chip_that_crosses(tmp_path: Path) -> None:
    given = {"OUTBOX_FOLDER": str(tmp_path / "outbox"), "CHIP_IS_TEXT": True, "QUIET_MS": 150, "POINT": "km1"}
    pieces = [frame("12A", -70), frame("12A", -50), frame("12A", -71), frame("12B", -55)]
    said = says(MAT + TURNS, given, "mat", pieces)
    found = [{name: each[name] for name in ("seq", "chip", "rssi", "reads", "point")} for each in said["passages"]]
    assert found == [
        {"seq": 1, "chip": "12A", "rssi": -50, "reads": 3, "point": "km1"},
        {"seq": 2, "chip": "12B", "rssi": -55, "reads": 1, "point": "km1"},
    ]
    assert said["shown"][:3] == ["mat-line", "OFFLINE", "2 not stored"]
    assert said["frames"] > 0


def test_a_scanner_keeps_codes_and_typed_bibs(tmp_path: Path) -> None:
    given = {"OUTBOX_FOLDER": str(tmp_path / "outbox"), "DEVICE": "hand-1"}
    said = says(SCANNER + TURNS, given, "scanner", ["7c\r", "7c\r"])
    found = [{name: value for name, value in each.items() if name != "at_ms"} for each in said["passages"]]
    assert found == [{"seq": 1, "chip": "7C", "reads": 1}, {"seq": 2, "bib": "12", "runner": "B"}]
    assert said["shown"][:3] == ["_", "last 12B", "2 not stored"]


def test_a_display_that_comes_loose_costs_no_passage(tmp_path: Path) -> None:
    broken = MAT.replace("self.frames +=", "raise OSError(19)\n        self.frames +=")
    given = {"OUTBOX_FOLDER": str(tmp_path / "outbox"), "CHIP_IS_TEXT": True, "QUIET_MS": 150}
    said = says(broken + TURNS, given, "mat", [frame("12A", -70)])
    assert [each["chip"] for each in said["passages"]] == ["12A"]


FULL = """
import json, sys
import device_config as config
import device
[folder] = json.loads(sys.stdin.readline())
config.OUTBOX_FOLDER, config.OUTBOX_PASSAGES, config.BATTERY_PIN = folder, 1_000, None
config.BROKER_HOST, config.BROKER_PORT = "127.0.0.1", 1
one = device.Device(config)
for number in range(1_300):
    one.step([{"chip": f"C{number}", "at_ms": 0}])
before = [one.lines(), one.lost, one.outbox.last_seq]
one.outbox.stored(one.outbox.epoch, 1_000)
one.step([])
print(json.dumps([before, one.lines(), one.lost, one.outbox.last_seq]))
"""


def test_a_device_whose_outbox_is_full_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """What the flash refuses waits in memory, as far as that goes; what is lost is counted."""
    before, lines, lost, last_seq = says(FULL, str(tmp_path / "outbox"))
    assert before == [["mat-line", "OFFLINE", "1200 not stored", "FLASH FULL 300"], 100, 1_000]
    assert (lost, last_seq) == (100, 1_200)
    assert lines[2] == "200 not stored"


WIPE = """
import json, sys
import device_config as config
from device import wipe
from outbox import Outbox
[config.OUTBOX_FOLDER, config.WIPE_UNSTORED, stored] = json.loads(sys.stdin.readline())
box = Outbox(config.OUTBOX_FOLDER)
box.put([{"chip": "12A", "at_ms": 0}])
box.stored(box.epoch, stored)
box.note_watermark()
try:
    print(json.dumps(wipe(config) != box.epoch))
except ValueError as error:
    print(json.dumps(str(error)))
"""


def test_wiping_spares_what_is_not_known_to_be_stored(tmp_path: Path) -> None:
    assert says(WIPE, str(tmp_path / "a"), False, 0) == "1 passages are not known to be stored"
    assert says(WIPE, str(tmp_path / "a"), False, 2) is True
    assert says(WIPE, str(tmp_path / "b"), True, 0) is True


WIFI = """
import json, sys
from wifi import WiFi

class Station:
    def __init__(self):
        self.up, self.tried = False, []
    def isconnected(self):
        return self.up
    def connect(self, name, password):
        self.tried.append([name, password])
    def disconnect(self):
        pass

station = Station()
wifi = WiFi([("field", "a"), ("phone", "b")], station)
said = [wifi.step(now_ms) for now_ms in range(0, 40_000, 1_000)]
station.up = True
said.append(wifi.step(40_000))
print(json.dumps([station.tried, said.count(True)]))
"""


def test_known_networks_are_tried_in_turn() -> None:
    assert says(WIFI) == [[["field", "a"], ["phone", "b"], ["field", "a"]], 1]


UPTIME = """
import json
import device

class Time:
    ticks = 2**30 - 500
    def ticks_ms(self):
        return self.ticks
    def ticks_diff(self, after, before):
        return (after - before + 2**29) % 2**30 - 2**29

device.time = time = Time()
uptime = device.Uptime()
said = []
for _ in range(4):
    time.ticks = (time.ticks + 400) % 2**30
    said.append(uptime())
print(json.dumps(said))
"""


def test_uptime_goes_on_when_the_counter_wraps() -> None:
    assert says(UPTIME) == [400, 800, 1_200, 1_600]
