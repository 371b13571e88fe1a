"""The Merkle tree gives the roots that Certificate Transparency published, and no two lists share one."""

from hashlib import sha256

import pytest

from p2pchain.chain import merkle

# The eight leaves that Certificate Transparency's implementations are tested with, and the roots over the first n.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def slow_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + slow_root(leaves[:split]) + slow_root(leaves[split:])).digest()


@pytest.mark.parametrize("count", range(9))
def test_roots_are_the_published_ones(count: int) -> None:
    assert merkle.root(LEAVES[:count]).hex() == ROOTS[count]


@pytest.mark.parametrize("count", range(70))
def test_roots_follow_the_definition(count: int) -> None:
    leaves = [bytes([number]) * number for number in range(count)]
    assert merkle.root(leaves) == slow_root(leaves)


def test_the_root_over_hashes_is_the_root_over_their_leaves() -> None:
    assert merkle.root_of_hashes([merkle.leaf_hash(leaf) for leaf in LEAVES]) == merkle.root(LEAVES)
    assert merkle.root_of_hashes([]) == merkle.EMPTY_ROOT


def test_a_doubled_last_leaf_changes_the_root() -> None:
    assert merkle.root(LEAVES[:3]) != merkle.root([*LEAVES[:3], LEAVES[2]])


def test_a_leaf_that_holds_a_node_is_not_that_node() -> None:
    left, right = (merkle.leaf_hash(leaf) for leaf in LEAVES[:2])
    assert merkle.root([left + right]) != merkle.node_hash(left, right)
