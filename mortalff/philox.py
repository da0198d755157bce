"""Philox4x32-10, a counter-based generator: a number is a function of a key and a place, not of what was drawn before.

So a chip's numbers do not depend on its neighbours, a kernel can draw inside its loop, and a checkpoint is one integer.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011), with its constants.
Normals are the inverse of the normal distribution function by Giles' single-precision polynomial ("Approximating the
erfinv function", GPU Computing Gems 2, 2011): one 32-bit word a number, tails out to 6.3 standard deviations, right
to 2e-6 up to 5 and to 3e-3 beyond.

The four words of block j of a row of n numbers are its entries j, j+q, j+2q, j+3q with q = ceil(n/4).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
import torch
from numba import njit

_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_MASK = 0xFFFFFFFF
_CENTRE = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
_TAIL = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)

_U32 = np.uint32
_U64 = np.uint64
_F32 = np.float32
_C = tuple(np.float32(c) for c in _CENTRE)
_T = tuple(np.float32(c) for c in _TAIL)


@njit(forceinline=True, cache=True, error_model="numpy")
def _round(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    p0 = _U64(_M0) * _U64(c0)
    p1 = _U64(_M1) * _U64(c2)
    return (
        _U32(p1 >> _U64(32)) ^ c1 ^ k0,
        _U32(p1),
        _U32(p0 >> _U64(32)) ^ c3 ^ k1,
        _U32(p0),
    )


@njit(forceinline=True, cache=True, error_model="numpy")
def _block(key, block, row, call, sub):  # type: ignore[no-untyped-def]
    """The four words of a block of a row."""
    c0, c1, c2, c3 = _U32(block), _U32(row), _U32(call), _U32(sub)
    a, b = _U32(key & _U64(_MASK)), _U32(key >> _U64(32))
    for _ in range(10):
        c0, c1, c2, c3 = _round(c0, c1, c2, c3, a, b)
        a = _U32(a + _U32(_W0))
        b = _U32(b + _U32(_W1))
    return c0, c1, c2, c3


@njit(cache=True)
def words_row(key, row, call, sub, words):  # type: ignore[no-untyped-def]
    """Fill ``words`` (uint32, length a multiple of 4) with the row's random words."""
    quarter = words.size // 4
    w0 = words[:quarter]
    w1 = words[quarter : 2 * quarter]
    w2 = words[2 * quarter : 3 * quarter]
    w3 = words[3 * quarter :]
    for j in range(quarter):
        w0[j], w1[j], w2[j], w3[j] = _block(key, j, row, call, sub)


@njit(cache=True)
def words_of_blocks(key, row, call, sub, blocks, words):  # type: ignore[no-untyped-def]
    """Fill ``words`` with the words of some of the row's blocks (uint32): first words first, then second."""
    number = blocks.size
    w0 = words[:number]
    w1 = words[number : 2 * number]
    w2 = words[2 * number : 3 * number]
    w3 = words[3 * number : 4 * number]
    for j in range(number):
        w0[j], w1[j], w2[j], w3[j] = _block(key, blocks[j], row, call, sub)


@njit(forceinline=True, cache=True, error_model="numpy")
def log(x):  # type: ignore[no-untyped-def]
    """Natural logarithm of a positive float32 (Cephes logf's polynomial), written so that loops vectorise."""
    bits = _F32(x).view(np.int32)
    exponent = _F32((bits >> np.int32(23)) - np.int32(126))
    m = np.int32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F000000)).view(np.float32)
    small = m < _F32(0.70710678)
    exponent = exponent - _F32(1.0) if small else exponent
    m = m + m - _F32(1.0) if small else m - _F32(1.0)
    z = m * m
    y = _F32(7.0376836292e-2)
    y = y * m + _F32(-1.1514610310e-1)
    y = y * m + _F32(1.1676998740e-1)
    y = y * m + _F32(-1.2420140846e-1)
    y = y * m + _F32(1.4249322787e-1)
    y = y * m + _F32(-1.6668057665e-1)
    y = y * m + _F32(2.0000714765e-1)
    y = y * m + _F32(-2.4999993993e-1)
    y = y * m + _F32(3.3333331174e-1)
    y = y * m * z
    y = y + exponent * _F32(-2.12194440e-4) - _F32(0.5) * z
    return m + y + exponent * _F32(0.693359375)


@njit(forceinline=True, cache=True, error_model="numpy")
def _normal(word):  # type: ignore[no-untyped-def]
    """A standard normal from a random word, odd in the word's sign bit."""
    signed = np.int32(word)
    magnitude = signed if signed >= 0 else ~signed
    scale = _F32(2.0**-31)
    x = (_F32(magnitude) + _F32(0.5)) * scale
    rest = (_F32(np.int32(0x7FFFFFFF) - magnitude) + _F32(0.5)) * scale  # 1 - x without cancelling
    w = -log(rest * (_F32(1.0) + x))
    centre = w - _F32(2.5)
    p = _C[0]
    p = p * centre + _C[1]
    p = p * centre + _C[2]
    p = p * centre + _C[3]
    p = p * centre + _C[4]
    p = p * centre + _C[5]
    p = p * centre + _C[6]
    p = p * centre + _C[7]
    p = p * centre + _C[8]
    tail = np.sqrt(max(w, _F32(0.0))) - _F32(3.0)
    t = _T[0]
    t = t * tail + _T[1]
    t = t * tail + _T[2]
    t = t * tail + _T[3]
    t = t * tail + _T[4]
    t = t * tail + _T[5]
    t = t * tail + _T[6]
    t = t * tail + _T[7]
    t = t * tail + _T[8]
    value = (p if w < _F32(5.0) else t) * x * _F32(1.4142135623730951)
    return value if signed >= 0 else -value


@njit(forceinline=True, cache=True, error_model="numpy")
def _uniform(word):  # type: ignore[no-untyped-def]
    """A uniform in (0, 1) from a random word: 23 bits and a half fit a float32, so 1 is not rounded to."""
    return (_F32(word >> _U32(9)) + _F32(0.5)) * _F32(2.0**-23)


@njit(cache=True, fastmath={"contract"})
def as_normals(words, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (float32) with standard normals, one a word."""
    for i in range(out.size):
        out[i] = _normal(words[i])


@njit(cache=True, fastmath={"contract"})
def normals_row(key, row, call, sub, words, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (float32) with the row's standard normals; ``words`` is scratch, length 4·ceil(n/4)."""
    words_row(key, row, call, sub, words)
    as_normals(words, out)


@njit(cache=True)
def _fill_normals(keys, call, sub, out):  # type: ignore[no-untyped-def]
    words = np.empty(4 * ((out.shape[2] + 3) // 4), np.uint32)
    for chip in range(out.shape[0]):
        for row in range(out.shape[1]):
            normals_row(keys[chip], row, call, sub, words, out[chip, row])


@njit(cache=True)
def _fill_uniforms(keys, call, sub, out):  # type: ignore[no-untyped-def]
    words = np.empty(4 * ((out.shape[2] + 3) // 4), np.uint32)
    for chip in range(out.shape[0]):
        for row in range(out.shape[1]):
            words_row(keys[chip], row, call, sub, words)
            for i in range(out.shape[2]):
                out[chip, row, i] = _uniform(words[i])


@njit(cache=True)
def _words_where(keys, call, sub, mask, out):  # type: ignore[no-untyped-def]
    """The words of the places that a mask (chips, rows, columns) marks, one behind another in their order."""
    words = np.empty(4 * ((mask.shape[2] + 3) // 4), np.uint32)
    n = 0
    for chip in range(mask.shape[0]):
        for row in range(mask.shape[1]):
            marks = mask[chip, row]
            count = 0
            for j in range(marks.size):
                count += marks[j]
            if count == 0:
                continue
            words_row(keys[chip], row, call, sub, words)
            for j in range(marks.size):
                if marks[j]:
                    out[n] = words[j]
                    n += 1


@njit(cache=True)
def _as_uniforms(words, out):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        out[i] = _uniform(words[i])


def _words_torch(keys: torch.Tensor, call: int, sub: int, rows: int, columns: int) -> torch.Tensor:
    """The same words on any torch device, as int64 in [0, 2^32), shape (chips, rows, columns)."""
    quarter = (columns + 3) // 4
    shape = (keys.shape[0], rows, quarter)
    device = keys.device
    c0 = torch.arange(quarter, device=device).expand(shape)
    c1 = torch.arange(rows, device=device)[:, None].expand(shape)
    c2 = torch.full(shape, call & _MASK, dtype=torch.int64, device=device)
    c3 = torch.full(shape, sub & _MASK, dtype=torch.int64, device=device)
    k0 = (keys & _MASK)[:, None, None]
    k1 = ((keys >> 32) & _MASK)[:, None, None]
    for _ in range(10):
        p0, p1 = c0 * _M0, c2 * _M1  # wraps modulo 2^64, which leaves all 64 bits right
        c0, c1, c2, c3 = (
            ((p1 >> 32) & _MASK) ^ c1 ^ k0,
            p1 & _MASK,
            ((p0 >> 32) & _MASK) ^ c3 ^ k1,
            p0 & _MASK,
        )
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return torch.cat((c0, c1, c2, c3), dim=2)[:, :, :columns]


def _normals_torch(words: torch.Tensor) -> torch.Tensor:
    signed = torch.where(words >= 2**31, words - 2**32, words)
    magnitude = torch.where(signed >= 0, signed, -signed - 1)
    x = (magnitude.to(torch.float32) + 0.5) * 2.0**-31
    rest = ((2**31 - 1 - magnitude).to(torch.float32) + 0.5) * 2.0**-31
    w = -torch.log(rest * (1.0 + x))
    centre, tail = w - 2.5, w.clamp_min(0.0).sqrt() - 3.0
    p = torch.full_like(w, _CENTRE[0])
    t = torch.full_like(w, _TAIL[0])
    for c, d in zip(_CENTRE[1:], _TAIL[1:], strict=True):
        p, t = p * centre + c, t * tail + d
    value = torch.where(w < 5.0, p, t) * x * 2.0**0.5
    return torch.where(signed >= 0, value, -value)


def _uniforms_torch(words: torch.Tensor) -> torch.Tensor:
    return ((words >> 9).to(torch.float32) + 0.5) * 2.0**-23


@cache
def has_triton() -> bool:
    """Whether Triton is installed, as it is with torch's builds for GPUs."""
    return find_spec("triton") is not None


def normals(
    keys: npt.NDArray[np.uint64], call: int, sub: int, rows: int, columns: int, device: torch.device
) -> torch.Tensor:
    """Standard normals, float32, shape (chips, rows, columns): one key a chip, one counter a call.

    On a CPU by a compiled loop, on a GPU by a Triton kernel where Triton is installed, elsewhere by torch on that
    device; the random words are the same and the normals agree to single precision.
    """
    if device.type == "cpu":
        out = np.empty((keys.size, rows, columns), np.float32)
        _fill_normals(keys, call & _MASK, sub, out)
        return torch.from_numpy(out)
    signed = torch.from_numpy(keys.view(np.int64)).to(device, non_blocking=True)
    if device.type == "cuda" and has_triton():
        from mortalff.philox_triton import filled

        return filled(signed, call & _MASK, sub & _MASK, rows, columns, normal=True)
    return _normals_torch(_words_torch(signed, call, sub, rows, columns))


def uniforms(
    keys: npt.NDArray[np.uint64], call: int, sub: int, rows: int, columns: int, device: torch.device
) -> torch.Tensor:
    """Uniforms in (0, 1), float32, odd multiples of 2^-24, shape (chips, rows, columns)."""
    if device.type == "cpu":
        out = np.empty((keys.size, rows, columns), np.float32)
        _fill_uniforms(keys, call & _MASK, sub, out)
        return torch.from_numpy(out)
    signed = torch.from_numpy(keys.view(np.int64)).to(device, non_blocking=True)
    if device.type == "cuda" and has_triton():
        from mortalff.philox_triton import filled

        return filled(signed, call & _MASK, sub & _MASK, rows, columns, normal=False)
    return _uniforms_torch(_words_torch(signed, call, sub, rows, columns))


def normals_where(
    keys: npt.NDArray[np.uint64], call: int, sub: int, mask: torch.Tensor
) -> torch.Tensor:
    """Those of :func:`normals` at the places that a mask marks, in their order; on a CPU no others are worked out.

    Args:
        keys: one a chip.
        call: with ``sub``, the counter.
        sub: see ``call``.
        mask: bool, (chips, rows, columns).
    """
    return _where(normals, as_normals, keys, call, sub, mask)


def uniforms_where(
    keys: npt.NDArray[np.uint64], call: int, sub: int, mask: torch.Tensor
) -> torch.Tensor:
    """Those of :func:`uniforms` at the places that a mask marks; arguments as for :func:`normals_where`."""
    return _where(uniforms, _as_uniforms, keys, call, sub, mask)


def _where(
    everywhere: Callable[..., torch.Tensor],
    from_words: Callable[[npt.NDArray[np.uint32], npt.NDArray[np.float32]], None],
    keys: npt.NDArray[np.uint64],
    call: int,
    sub: int,
    mask: torch.Tensor,
) -> torch.Tensor:
    if mask.device.type != "cpu":
        return everywhere(keys, call, sub, mask.shape[1], mask.shape[2], mask.device)[mask]
    words = np.empty(int(mask.sum()), np.uint32)
    out = np.empty(words.size, np.float32)
    _words_where(keys, call & _MASK, sub & _MASK, mask.contiguous().numpy(), words)
    from_words(words, out)
    return torch.from_numpy(out)
