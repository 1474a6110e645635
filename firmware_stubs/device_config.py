"""What a device must know, with defaults. Your own goes into `device_config_local.py` beside this file, which stays
out of the repository: name there what differs, at least EVENT, DEVICE, TOKEN, WIFI and BROKER_HOST.
"""

# Who and where. `live token DIR device mat-line` makes the token; the device is one of `event.toml`.
EVENT = "my-race"
DEVICE = "mat-line"
TOKEN = ""
POINT = None  # only where this device serves several timing points: the id of the one it stands at

# The network: known Wi-Fi networks as (name, password), tried in turn; the machine on which `live serve` runs.
WIFI = []
BROKER_HOST = "192.168.1.10"  # four numbers: looking a name up holds the antenna up
BROKER_PORT = 1883
KEEPALIVE_S = 5  # a silent connection is given up after twice this

# Reads into passages, in ms: see reader.py. AGAIN_MS must be shorter than the shortest lap.
QUIET_MS = 1_000
WINDOW_MS = 3_000
AGAIN_MS = 30_000
CHIP_IS_TEXT = False  # True: the chips are written with text, as `12A`; otherwise the chip is its number in hex

# The outbox. 100 to 150 bytes of flash each; the oldest that are stored go first.
OUTBOX_FOLDER = "outbox"
OUTBOX_PASSAGES = 10_000
WIPE_UNSTORED = False  # whether wiping may throw away what is not known to be stored

# Pins, here of an ESP32; None: there is none.
ANTENNA_RX, ANTENNA_TX = 16, 17
CODES_RX, CODES_TX = 16, 17
KEYPAD_ROWS = (13, 14, 27, 26)
KEYPAD_COLUMNS = (25, 33, 32, 4)
SCREEN_SDA, SCREEN_SCL = 21, 22
BATTERY_PIN = 35

try:
    from device_config_local import *  # noqa: F403 - names from a file that is not in the repository
except ImportError:
    pass
