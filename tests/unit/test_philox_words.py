"""Random words: Random123's known answers, and the compiled loop against torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch

from mortalff import philox

Words = tuple[int, int, int, int]
MASK = 0xFFFFFFFF

# kat_vectors of Random123 1.14 for philox4x32-10: counter, key, answer.
KNOWN: list[tuple[Words, tuple[int, int], Words]] = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (MASK, MASK, MASK, MASK),
        (MASK, MASK),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def by_hand(counter: Words, key: tuple[int, int]) -> Words:
    """Philox4x32-10 in whole numbers, from the paper's figure."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & MASK, p0 >> 32 ^ c3 ^ k1, p0 & MASK
        k0, k1 = k0 + 0x9E3779B9 & MASK, k1 + 0xBB67AE85 & MASK
    return c0, c1, c2, c3


def compiled(key: int, row: int, call: int, sub: int, columns: int) -> npt.NDArray[np.uint32]:
    words = np.empty(4 * -(-columns // 4), np.uint32)
    philox.words_row(np.uint64(key), row, call, sub, words)
    return words


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter: Words, key: tuple[int, int], answer: Words) -> None:
    assert by_hand(counter, key) == answer


def test_first_known_answer_is_the_first_block() -> None:
    assert tuple(compiled(0, 0, 0, 0, 4).tolist()) == KNOWN[0][2]


@pytest.mark.parametrize("columns", [1, 4, 5, 12, 785])
@pytest.mark.parametrize(
    ("key", "row", "call", "sub"),
    [
        (0, 0, 0, 0),
        (MASK << 32 | MASK, MASK, MASK, MASK),
        (0x299F31D0A4093822, 0x85A308D3, 0x13198A2E, 0x03707344),
        (1 << 63, 3, 2, 1),
        (1, 1, 2, 3),
    ],
)
def test_counter_is_block_row_call_sub(
    key: int, row: int, call: int, sub: int, columns: int
) -> None:
    words = compiled(key, row, call, sub, columns)
    blocks = words.size // 4
    for block in {0, blocks // 2, blocks - 1}:
        answer = by_hand((block, row, call, sub), (key & MASK, key >> 32))
        assert tuple(words[block::blocks].tolist()) == answer


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 785])
def test_torch_draws_the_same(columns: int) -> None:
    keys = np.array([0, 1, 1 << 63, 0xFEDCBA9876543210, (1 << 64) - 1], np.uint64)
    cpu = torch.device("cpu")
    for call, sub in ((0, 0), (5, 2), (MASK, 21)):
        words = philox._words_torch(
            torch.from_numpy(keys.view(np.int64)), call, sub, rows=3, columns=columns
        )
        for chip, key in enumerate(keys.tolist()):
            for row in range(3):
                expected = compiled(key, row, call, sub, columns)[:columns]
                assert np.array_equal(words[chip, row].numpy(), expected)
        normals = philox.normals(keys, call, sub, 3, columns, cpu)
        assert normals.dtype == torch.float32
        torch.testing.assert_close(philox._normals_torch(words), normals, rtol=0.0, atol=2e-6)
        uniforms = philox.uniforms(keys, call, sub, 3, columns, cpu)
        assert torch.equal(philox._uniforms_torch(words), uniforms)
