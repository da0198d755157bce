"""Accesses to memory: SRAM by size, width and node; DRAM by width."""

from __future__ import annotations

import math

from mortalff.energy.library.library import Library
from mortalff.energy.library.load import built_in_library
from mortalff.energy.library.price import Bound, Price, by_bounds
from mortalff.energy.library.technology import interpolated
from mortalff.errors import InputError, message, nearest

_SIZES = {"8kb": 8.0, "32kb": 32.0, "1mb": 1024.0}
_SIZE_RANGE_KB = (1.0, 8192.0)
_OLD_NM, _NEW_NM = 45.0, 7.0
_OLDEST_NM = 65.0
ACCESS_BITS = 64
"""Width of the accesses that the library's caches are priced for."""

DRAM = {"dram": ACCESS_BITS, "hbm2": 1, "gddr5": 1}
"""Kinds of memory off the chip, and how many bits the library prices each of them for."""


def sram(
    size_kb: float, bits: int = 64, node_nm: float = _OLD_NM, library: Library | None = None
) -> Price:
    """One access to SRAM.

    Interpolated in the logarithms of size and node between caches of 8 KB, 32 KB and 1 MB at 45 nm and at about 7 nm.
    That is SRAM's own law: small arrays gain little from a node (8 KB a quarter, where logic gains a factor of eleven),
    large ones much. Proportional to the width, which neglects the decoder.

    Args:
        size_kb: size of the array, 1 to 8192 KB; outside 8 to 1024 by extrapolation.
        bits: width of the access.
        node_nm: technology node, 7 to 65 nm; above 45 by extrapolation.
        library: where the constants ``memory.sram_*`` are; by default the built-in one.

    Returns:
        Joules per access.

    Raises:
        InputError: an argument out of its range.
    """
    known = built_in_library() if library is None else library
    if not _SIZE_RANGE_KB[0] <= size_kb <= _SIZE_RANGE_KB[1]:
        right = f"give {_SIZE_RANGE_KB[0]:g} to {_SIZE_RANGE_KB[1]:g} KB"
        raise InputError(message("size", size_kb, "the law was made for caches", right))
    if not _NEW_NM <= node_nm <= _OLDEST_NM:
        rule = "the law is between figures of 45 and 7 nm"
        right = f"give {_NEW_NM:g} to {_OLDEST_NM:g} nm"
        raise InputError(message("node", node_nm, rule, right))
    _check_bits(bits)

    def energy(bound: Bound) -> float:
        sizes = [math.log(size) for size in _SIZES.values()]
        at = math.log(size_kb)
        nodes = [
            interpolated(
                at,
                sizes,
                [math.log(known.at(f"memory.sram_{size}{of}.energy", bound)) for size in _SIZES],
            )
            for of in ("_7nm", "")
        ]
        law = interpolated(math.log(node_nm), [math.log(_NEW_NM), math.log(_OLD_NM)], nodes)
        return math.exp(law) * bits / ACCESS_BITS

    return by_bounds(energy)


def dram(bits: int = 64, kind: str = "dram", library: Library | None = None) -> Price:
    """One access to memory off the chip, proportional to the width.

    Args:
        bits: width of the access.
        kind: one of :data:`DRAM`: "dram", "hbm2" or "gddr5".
        library: where the constants are; by default the built-in one.

    Raises:
        InputError: there is no such kind, or no such width.
    """
    known = built_in_library() if library is None else library
    if kind not in DRAM:
        raise InputError(message("kind", kind, "there is no such memory", nearest(kind, DRAM)))
    _check_bits(bits)
    return known.price(f"memory.{kind}.energy") * (bits / DRAM[kind])


def _check_bits(bits: int) -> None:
    if not (isinstance(bits, int) and bits >= 1):
        raise InputError(message("bits", bits, "a width is a whole number", "give 1 or more"))
