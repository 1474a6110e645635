"""Lines of nats-server 2.15.1 as it wrote them."""

import pytest

from live.broker_log import Complaint, complaints, topic_of

FROM = '[1] 2026/11/28 03:42:24.858241 [ERR] 127.0.0.1:49447 - mid:27 - "mat-line" - '
STORE = "[1] 2026/11/28 03:47:42.040655 [ERR] "


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            FROM + 'Publish Violation - Subject "live.test-race.passages.mat-km1"',
            Complaint("publish", 27, "mat-line", "live/test-race/passages/mat-km1"),
        ),
        (
            FROM + "JetStream failed a pipelined QoS1/2 operation (pi=102): maximum messages per subject exceeded"
            " (10077); closing the connection",
            Complaint("flood", 27, "mat-line"),
        ),
        (FROM + "maximum payload exceeded: 9000040 vs 8388608", Complaint("size", 27, "mat-line", "9,000,040 bytes")),
        (
            FROM + "JetStream failed a pipelined QoS1/2 operation (pi=1): maximum bytes exceeded (10077); closing",
            Complaint("full"),
        ),
        (
            STORE + "JetStream failed to store a msg on stream '$G > $MQTT_msgs': write 2.blk: no space left on device",
            Complaint("write error"),
        ),
        (STORE + "JetStream stream '$G > $MQTT_msgs' critical write error: sync 2.blk: x", Complaint("write error")),
    ],
)
def test_a_line_that_somebody_must_act_upon_is_understood(line: str, complaint: Complaint) -> None:
    assert list(complaints(f"{line}\n[1] 2026/11/28 03:42:24.735906 [INF] Server is ready\n")) == [complaint]


def test_a_subject_is_read_as_its_topic() -> None:
    assert topic_of("live.a//b.c") == "live/a.b/c"
