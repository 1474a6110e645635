"""Who may go by which client id, and whom such an id would throw out."""

import pytest

from live.broker_users import belongs, takes_over

EVERYBODY = frozenset({"mat-line", "mat-km1", "ingest", "web", "broadcast"})


@pytest.mark.parametrize(
    ("user", "client_id", "his"),
    [
        ("mat-line", "mat-line", True),
        ("mat-line", "mat-km1", False),
        ("mat-line", "something", False),  # a device has one name
        ("web", "web", True),
        ("web", "web-2", True),  # a service may have several connections
        ("web", "mat-line", False),
        ("ingest", "ingest", True),
        ("ingest", "ingest-2", False),  # one writes the journal
    ],
)
def test_a_device_goes_by_its_own_name_and_a_service_by_nobody_else_s(user: str, client_id: str, his: bool) -> None:
    assert belongs(user, client_id, EVERYBODY) is his


@pytest.mark.parametrize(
    ("user", "client_id", "thrown_out"),
    [
        ("mat-line", "mat-km1", True),
        ("mat-line", "ingest", True),
        ("mat-line", "mat-line", False),
        ("mat-line", "something", False),
        ("web", "mat-line", False),
    ],
)
def test_a_device_under_another_s_name_takes_over_his_connection(user: str, client_id: str, thrown_out: bool) -> None:
    assert takes_over(user, client_id, EVERYBODY) is thrown_out
