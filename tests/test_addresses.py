"""How many phones one address may have."""

from contextlib import AsyncExitStack
from ipaddress import ip_network

import pytest

from live.addresses import Addresses
from tests.broadcast.desk import Desk
from tests.broadcast.served import RawPhone, serve
from tests.conftest import until


@pytest.mark.parametrize(
    ("peer", "forwarded", "whose"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),  # no proxy of ours: it may say what it likes
        ("::ffff:192.0.2.1", None, "192.0.2.1"),
        ("2001:db8::1", None, "2001:db8::/64"),
        ("2001:db8::2%eth0", None, "2001:db8::/64"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("::1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", None, None),
        ("127.0.0.1", "10.1.2.3", None),
        ("10.1.2.3", None, None),
        ("127.0.0.1", "unknown", "127.0.0.1"),
    ],
)
def test_a_connection_is_counted_for_whom_it_comes_from(peer: str, forwarded: str | None, whose: str | None) -> None:
    assert Addresses(1, (ip_network("10.0.0.0/8"),)).whose(peer, forwarded) == whose


async def test_one_address_has_its_places_and_no_more_and_gives_them_back() -> None:
    async with serve(Desk(), addresses=Addresses(2, ())) as served:
        crowd, other = "X-Forwarded-For: 198.51.100.1\r\n", "X-Forwarded-For: 198.51.100.2\r\n"
        async with RawPhone(served, headers=crowd) as first:
            async with RawPhone(served, headers=crowd) as second, RawPhone(served, headers=crowd) as third:
                assert [each.status.split()[1] for each in (first, second, third)] == ["101", "101", "429"]
                assert "Retry-After: " in third.status
                async with RawPhone(served, headers=other) as neighbour:
                    assert neighbour.status.startswith("HTTP/1.1 101 ")
            await until(lambda: served.sockets.phones == 1)
            async with RawPhone(served, headers=crowd) as again:
                assert again.status.startswith("HTTP/1.1 101 ")


async def test_phones_of_this_machine_and_of_the_site_are_not_counted() -> None:
    async with serve(Desk(), addresses=Addresses(1, (ip_network("198.51.100.0/24"),))) as served:
        site = "X-Forwarded-For: 198.51.100.1\r\n"
        phones = [RawPhone(served), RawPhone(served), RawPhone(served, headers=site), RawPhone(served, headers=site)]
        async with AsyncExitStack() as watching:
            for phone in phones:
                await watching.enter_async_context(phone)
            assert [phone.status.split()[1] for phone in phones] == ["101"] * 4
