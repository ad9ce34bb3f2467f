"""The tree against RFC 6962 written out as it stands there, and against published vectors."""

from collections.abc import Collection, Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    Place,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_places,
    verify_consistency,
    verify_inclusion,
)
from tests.conformance.compliance import conforms

# Inputs and roots of certificate-transparency's own tests (merkletree, "reference" vectors).
VECTOR_LEAVES = [
    bytes.fromhex(text)
    for text in (
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
VECTOR_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
VECTOR_PATHS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
VECTOR_CONSISTENCY = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH(D[n]) over leaf hashes, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]), word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b), word for word."""
    if m == len(leaves):
        return [] if known else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], known=known), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], known=False), naive_root(leaves[:k])]


class Log:
    """A log kept as the sealer keeps it: leaves, and each complete subtree's root once."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.frontier = Frontier()
        self.hashes: dict[Place, bytes] = {}
        for index, leaf in enumerate(leaves):
            self.hashes[(0, index)] = leaf
            self.hashes |= dict(self.frontier.append(leaf))

    def read(self, places: Collection[Place]) -> Mapping[Place, bytes]:
        return {place: self.hashes[place] for place in places}


def numbered(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


sizes = st.integers(min_value=1, max_value=130)


@pytest.mark.parametrize("size", range(1, 9))
def test_root_of_the_published_vectors(size: int) -> None:
    log = Log([leaf_hash(data) for data in VECTOR_LEAVES[:size]])

    assert log.frontier.root().hex() == VECTOR_ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size", "path"), VECTOR_PATHS)
def test_inclusion_proof_of_the_published_vectors(index: int, size: int, path: list[str]) -> None:
    leaves = [leaf_hash(data) for data in VECTOR_LEAVES]

    assert [part.hex() for part in inclusion_proof(index, size, Log(leaves).read)] == path


@pytest.mark.parametrize(("old", "new", "path"), VECTOR_CONSISTENCY)
def test_consistency_proof_of_the_published_vectors(old: int, new: int, path: list[str]) -> None:
    leaves = [leaf_hash(data) for data in VECTOR_LEAVES]

    assert [part.hex() for part in consistency_proof(old, new, Log(leaves).read)] == path


def test_root_of_an_empty_log_is_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@conforms("RFC 9162", "2.1.1", "The root of a log is the hash of its tree.")
@given(size=sizes)
def test_root_is_the_one_of_the_rfc(size: int) -> None:
    leaves = numbered(size)

    assert Log(leaves).frontier.root() == naive_root(leaves)


@given(size=sizes, data=st.data())
def test_a_frontier_taken_up_again_grows_the_same_log(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    stopped = data.draw(st.integers(min_value=0, max_value=size))
    kept = Log(leaves).hashes

    resumed = Frontier(stopped, [kept[place] for place in range_places(0, stopped)])
    completed = [node for leaf in leaves[stopped:] for node in resumed.append(leaf)]

    assert resumed.root() == naive_root(leaves)
    assert all(kept[place] == found for place, found in completed)


@conforms("RFC 9162", "2.1.3.1", "An inclusion proof is the path from the leaf to the root.")
@given(size=sizes, data=st.data())
def test_inclusion_proof_is_the_one_of_the_rfc_and_verifies(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))

    path = inclusion_proof(index, size, Log(leaves).read)

    assert path == naive_path(index, leaves)
    assert verify_inclusion(
        leaf=leaves[index], index=index, size=size, path=path, root=naive_root(leaves)
    )


@conforms("RFC 9162", "2.1.4.1", "A consistency proof holds what both logs consist of.")
@given(new=sizes, data=st.data())
@example(new=1, data=None)
def test_consistency_proof_is_the_one_of_the_rfc_and_verifies(
    new: int, data: st.DataObject | None
) -> None:
    leaves = numbered(new)
    old = data.draw(st.integers(min_value=1, max_value=new)) if data else 1

    path = consistency_proof(old, new, Log(leaves).read)

    assert path == naive_subproof(old, leaves, known=True)
    assert verify_consistency(
        old=old,
        new=new,
        old_root=naive_root(leaves[:old]),
        new_root=naive_root(leaves),
        path=path,
    )


@conforms("RFC 9162", "2.1.3.2", "A path of another leaf, place or length does not verify.")
@given(size=st.integers(min_value=2, max_value=70), data=st.data())
def test_an_altered_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    path = inclusion_proof(index, size, Log(leaves).read)
    root = naive_root(leaves)
    place = data.draw(st.integers(min_value=0, max_value=len(path) - 1))
    flipped = [*path[:place], bytes([path[place][0] ^ 1]) + path[place][1:], *path[place + 1 :]]
    other = leaves[index - 1]

    for leaf, tried, at in (
        (leaves[index], flipped, index),
        (leaves[index], path[:-1], index),
        (leaves[index], [*path, root], index),
        (other, path, index),
        (leaves[index], path, size),
        (leaves[index], path, -1),
    ):
        assert not verify_inclusion(leaf=leaf, index=at, size=size, path=tried, root=root)


@conforms("RFC 9162", "2.1.4.2", "A consistency proof of another beginning does not verify.")
@given(new=st.integers(min_value=2, max_value=70), data=st.data())
def test_an_altered_consistency_proof_is_refused(new: int, data: st.DataObject) -> None:
    leaves = numbered(new)
    old = data.draw(st.integers(min_value=1, max_value=new - 1))
    path = consistency_proof(old, new, Log(leaves).read)
    old_root, new_root = naive_root(leaves[:old]), naive_root(leaves)

    for tried, before, after in (
        ([path[0][::-1], *path[1:]], old_root, new_root),
        (path[:-1], old_root, new_root),
        ([*path, new_root], old_root, new_root),
        ([], old_root, new_root),
        (path, new_root, new_root),
        (path, old_root, old_root),
    ):
        assert not verify_consistency(old=old, new=new, old_root=before, new_root=after, path=tried)


def test_consistency_of_impossible_sizes_is_refused() -> None:
    root = naive_root(numbered(3))

    for old, new in ((0, 3), (4, 3), (-1, 3)):
        assert not verify_consistency(old=old, new=new, old_root=root, new_root=root, path=[])
    assert verify_consistency(old=3, new=3, old_root=root, new_root=root, path=[])
    assert not verify_consistency(old=3, new=3, old_root=root, new_root=root, path=[root])
    assert not verify_consistency(old=3, new=3, old_root=root, new_root=EMPTY_ROOT, path=[])


@pytest.mark.parametrize(("index", "size"), ((0, 0), (3, 3), (-1, 3)))
def test_no_inclusion_proof_outside_the_log(index: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"there is no leaf {index} among {size}"):
        inclusion_proof(index, size, Log(numbered(3)).read)


@pytest.mark.parametrize(("old", "new"), ((0, 3), (4, 3)))
def test_no_consistency_proof_of_impossible_sizes(old: int, new: int) -> None:
    with pytest.raises(ValueError, match=f"leads from {old} to {new} leaves"):
        consistency_proof(old, new, Log(numbered(3)).read)


def test_a_frontier_with_a_root_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="7 leaves have 3 roots, not 1"):
        Frontier(7, [EMPTY_ROOT])


@given(size=st.integers(min_value=1, max_value=2**40), data=st.data())
def test_a_proof_reads_a_logarithm_of_places(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    asked: list[Place] = []

    def read(places: Collection[Place]) -> Mapping[Place, bytes]:
        asked.extend(places)
        return dict.fromkeys(places, EMPTY_ROOT)

    path = inclusion_proof(index, size, read)

    assert len(path) <= size.bit_length()
    assert len(asked) <= 2 * size.bit_length()
