"""What an address says of where a host is."""

import pytest

from p2pchain.node.hosts import Realm, canonical, group_of, is_host, is_tellable, may_tell, realm_of

ANYWHERE = "0.0.0.0"  # noqa: S104  # nobody binds to it here


def test_hosts_are_numbers() -> None:
    assert all(is_host(host) for host in ("192.0.2.1", "2001:db8::1", "127.0.0.1", "fe80::1%eth0"))
    assert not any(is_host(host) for host in ("", "example.org", "::", ANYWHERE, "224.0.0.1", "192.0.2"))


def test_a_host_has_one_form() -> None:
    assert canonical("2001:DB8:0:0::1") == "2001:db8::1"
    assert canonical("::ffff:192.0.2.1") == "192.0.2.1"
    assert canonical("example.org") == "example.org"


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "127.0.0.1", "2001:db8::1", "::1", "fd00::1"])
def test_where_others_can_dial_is_tellable(host: str) -> None:
    assert is_tellable(host)


@pytest.mark.parametrize(
    "host",
    [ANYWHERE, "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1", "169.254.1.1", "::", "ff02::1", "fe80::1",
     "fe80::1%eth0", "2001:db8::1%7", "::1%\x1b[2J", "::ffff:192.0.2.1", "2001:DB8::1", "example.org", ""],
)  # fmt: skip
def test_where_nobody_can_be_is_not(host: str) -> None:
    assert not is_tellable(host)


def test_hosts_are_near_or_far() -> None:
    assert [realm_of(host) for host in ("127.3.2.1", "::1", "localhost", "::ffff:127.0.0.1")] == [
        Realm.LOOPBACK
    ] * 4
    assert [
        realm_of(host) for host in ("10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "fd00::1")
    ] == [Realm.PRIVATE] * 5
    assert [realm_of(host) for host in ("192.0.2.1", "172.32.0.1", "2001:db8::1", "example.org")] == [
        Realm.PUBLIC
    ] * 4


def test_who_is_far_cannot_know_what_is_near() -> None:
    assert may_tell("127.0.0.1", "127.0.0.2")
    assert may_tell("127.0.0.1", "192.0.2.1")
    assert may_tell("10.0.0.1", "10.0.0.2")
    assert may_tell("192.0.2.1", "198.51.100.1")
    assert not may_tell("192.0.2.1", "127.0.0.1")
    assert not may_tell("192.0.2.1", "10.0.0.1")
    assert not may_tell("10.0.0.1", "127.0.0.1")


def test_a_group_is_what_one_owner_is_likely_to_hold() -> None:
    assert group_of("192.0.2.1") == group_of("192.0.99.9") == "192.0"
    assert group_of("192.1.2.1") != group_of("192.0.2.1")
    assert group_of("2001:db8::1") == group_of("2001:db8:ffff::2") == "2001:0db8"
    assert group_of("::ffff:192.0.2.1") == "192.0"


def test_near_hosts_are_groups_of_their_own() -> None:
    near = [
        "127.0.0.1",
        "127.0.0.2",
        "10.0.0.1",
        "10.0.0.2",
        "192.168.1.1",
        "fd00::1",
        "fd00::2",
        "example.org",
    ]
    assert len({group_of(host) for host in near}) == len(near)
