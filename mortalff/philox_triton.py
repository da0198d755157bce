"""The random numbers of :mod:`mortalff.philox` on a GPU, in Triton: the same words at the same places.

Normals agree with those of other devices to single precision, as they are made by the same polynomials.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

_BLOCK = 512  # of four words each


@triton.jit
def words(key, rows, places, call, sub):  # type: ignore[no-untyped-def]
    """The four words of each block of four numbers.

    Takes:
        key: a chip's key, int64.
        rows: numbers of rows, int32.
        places: places j of blocks in a row, int32; of a shape that broadcasts with that of rows.
        call, sub: the rest of the address.

    Returns:
        Words of entries j, j + q, j + 2q and j + 3q, each uint32.
    """
    k0 = (key & 0xFFFFFFFF).to(tl.uint32)
    k1 = ((key >> 32) & 0xFFFFFFFF).to(tl.uint32)
    c0 = (places + rows * 0).to(tl.uint32)
    c1 = (rows + places * 0).to(tl.uint32)
    c2 = c0 * 0 + call.to(tl.uint32)
    c3 = c0 * 0 + sub
    for _ in tl.static_range(10):
        old0, old2 = c0, c2
        c0 = tl.umulhi(0xCD9E8D57, old2) ^ c1 ^ k0
        c2 = tl.umulhi(0xD2511F53, old0) ^ c3 ^ k1
        c1 = tl.mul(0xCD9E8D57, old2, sanitize_overflow=False)
        c3 = tl.mul(0xD2511F53, old0, sanitize_overflow=False)
        k0 = tl.add(k0, 0x9E3779B9, sanitize_overflow=False)
        k1 = tl.add(k1, 0xBB67AE85, sanitize_overflow=False)
    return c0, c1, c2, c3


@triton.jit
def log(x):  # type: ignore[no-untyped-def]
    """Natural logarithm of positive float32 (Cephes logf's polynomial)."""
    bits = x.to(tl.int32, bitcast=True)
    exponent = ((bits >> 23) - 126).to(tl.float32)
    m = ((bits & 0x007FFFFF) | 0x3F000000).to(tl.float32, bitcast=True)
    small = m < 0.70710678
    exponent = tl.where(small, exponent - 1.0, exponent)
    m = tl.where(small, m + m - 1.0, m - 1.0)
    z = m * m
    y = 7.0376836292e-2 * m - 1.1514610310e-1
    y = y * m + 1.1676998740e-1
    y = y * m - 1.2420140846e-1
    y = y * m + 1.4249322787e-1
    y = y * m - 1.6668057665e-1
    y = y * m + 2.0000714765e-1
    y = y * m - 2.4999993993e-1
    y = y * m + 3.3333331174e-1
    y = y * m * z
    y = y - exponent * 2.12194440e-4 - 0.5 * z
    return m + y + exponent * 0.693359375


@triton.jit
def normals(word):  # type: ignore[no-untyped-def]
    """Standard normals from random words, by Giles' polynomials (:mod:`mortalff.philox`)."""
    signed = word.to(tl.int32, bitcast=True)
    magnitude = tl.where(signed >= 0, signed, ~signed)
    x = (magnitude.to(tl.float32) + 0.5) * 4.656612873077393e-10  # 2^-31
    rest = ((2147483647 - magnitude).to(tl.float32) + 0.5) * 4.656612873077393e-10
    w = -log(rest * (1.0 + x))
    centre = w - 2.5
    p = 2.81022636e-08 * centre + 3.43273939e-07
    p = p * centre - 3.5233877e-06
    p = p * centre - 4.39150654e-06
    p = p * centre + 0.00021858087
    p = p * centre - 0.00125372503
    p = p * centre - 0.00417768164
    p = p * centre + 0.246640727
    p = p * centre + 1.50140941
    tail = tl.sqrt(tl.maximum(w, 0.0)) - 3.0
    t = -0.000200214257 * tail + 0.000100950558
    t = t * tail + 0.00134934322
    t = t * tail - 0.00367342844
    t = t * tail + 0.00573950773
    t = t * tail - 0.0076224613
    t = t * tail + 0.00943887047
    t = t * tail + 1.00167406
    t = t * tail + 2.83297682
    value = tl.where(w < 5.0, p, t) * x * 1.4142135623730951
    return tl.where(signed >= 0, value, -value)


@triton.jit
def uniforms(word):  # type: ignore[no-untyped-def]
    """Uniforms in (0, 1) from random words."""
    return ((word >> 9).to(tl.float32) + 0.5) * 1.1920928955078125e-07  # 2^-23


@triton.jit(do_not_specialize=["call", "sub"])
def _fill(out, keys, call, sub, rows, columns, blocks, NORMAL: tl.constexpr, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Fill a stretch of one chip's rows with normals or uniforms."""
    program = tl.program_id(0)
    chip = (program // blocks).to(tl.int64)
    number = (program % blocks) * BLOCK + tl.arange(0, BLOCK)
    quarter = (columns + 3) // 4
    row, place = number // quarter, number % quarter
    own = words(tl.load(keys + chip), row, place, call, sub.to(tl.uint32))
    for piece in tl.static_range(4):
        j = place + piece * quarter
        values = normals(own[piece]) if NORMAL else uniforms(own[piece])
        at = out + chip * rows * columns + (row * columns + j)
        tl.store(at, values, mask=(row < rows) & (j < columns))


def filled(
    keys: torch.Tensor, call: int, sub: int, rows: int, columns: int, normal: bool
) -> torch.Tensor:
    """Normals or uniforms, float32, (chips, rows, columns).

    Args:
        keys: a key a chip, int64, on the GPU.
        call: place in the stream.
        sub: what tells draws at the same place apart.
        rows: of each chip.
        columns: of each row.
        normal: normals, else uniforms in (0, 1).
    """
    out = torch.empty((keys.numel(), rows, columns), device=keys.device)
    if out.numel() == 0:
        return out
    blocks = triton.cdiv(rows * ((columns + 3) // 4), _BLOCK)
    with torch.cuda.device(keys.device if keys.is_cuda else -1):
        _fill[(keys.numel() * blocks,)](
            out, keys, call, sub, rows, columns, blocks,
            NORMAL=normal, BLOCK=_BLOCK, enable_fp_fusion=True,
        )  # fmt: skip
    return out
