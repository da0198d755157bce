"""Digital operations by width, number format and node; whole processors by utilisation."""

from __future__ import annotations

import math
from typing import Literal

from mortalff.energy.library.library import Library
from mortalff.energy.library.load import built_in_library
from mortalff.energy.library.price import Bound, Price, by_bounds
from mortalff.energy.library.technology import SUPPLY_V, interpolated, logic_scale
from mortalff.errors import InputError, message

Operation = Literal["add", "multiply"]

_NODE_NM = 45.0
_INT_BITS = (8, 32)
_FLOATS = ("fp16", "fp32")
_BITS_MAX = 64


def operation(
    what: Operation,
    number: str | int,
    node_nm: float = _NODE_NM,
    library: Library | None = None,
    supply_v: float = SUPPLY_V,
) -> Price:
    """One addition or multiplication.

    Whole numbers of other widths than 8 and 32 bits lie on the power law through those two: additions grow as
    bits^0.87, multiplications as bits^1.98.

    Args:
        what: "add" or "multiply".
        number: "fp16", "fp32", or the bits of whole numbers, 1 to 64; "int8" means 8.
        node_nm: technology node, 7 to 130 nm.
        library: where the constants ``digital.*`` are; by default the built-in one.
        supply_v: supply voltage at which nodes are compared.

    Returns:
        Joules per operation, scaled from 45 nm as logic.

    Raises:
        InputError: an argument out of its range.
    """
    known = built_in_library() if library is None else library
    if what not in ("add", "multiply"):
        rule = "the library prices two operations"
        raise InputError(message("operation", what, rule, "give 'add' or 'multiply'"))
    scale = logic_scale(_NODE_NM, node_nm, supply_v)
    if number in _FLOATS:
        return known.price(f"digital.{what}_{number}.energy") * scale
    bits = _whole_bits(number)

    def energy(bound: Bound) -> float:
        of = [math.log(known.at(f"digital.{what}_int{b}.energy", bound)) for b in _INT_BITS]
        return math.exp(interpolated(math.log(bits), [math.log(b) for b in _INT_BITS], of))

    return by_bounds(energy) * scale


def mac(
    number: str | int,
    sum_number: str | int | None = None,
    node_nm: float = _NODE_NM,
    library: Library | None = None,
) -> Price:
    """One multiplication and the addition of its product to a sum.

    Args:
        number: format of the factors, as for :func:`operation`.
        sum_number: format of the sum; by default that of the factors.
        node_nm: technology node.
        library: where the constants are; by default the built-in one.

    Raises:
        InputError: as :func:`operation`.
    """
    summed = number if sum_number is None else sum_number
    product = operation("multiply", number, node_nm, library)
    return product + operation("add", summed, node_nm, library)


def processor(name: str, utilisation: float, library: Library | None = None) -> Price:
    """One floating-point operation of a whole processor: its power over the operations it really does.

    Args:
        name: the part in ``processor.<name>.energy``: "a100" or "h100_pcie".
        utilisation: share of the peak that is reached, above 0 and up to 1. Below the peak a processor also takes less
            power, which is left out.
        library: where the constants are; by default the built-in one.

    Raises:
        InputError: there is no such processor, or an argument is out of its range.
    """
    known = built_in_library() if library is None else library
    if not 0.0 < utilisation <= 1.0:
        rule = "it is the share of the peak that is reached"
        raise InputError(message("utilisation", utilisation, rule, "give above 0 and up to 1"))
    return known.price(f"processor.{name}.energy") * (1.0 / utilisation)


def _whole_bits(number: str | int) -> int:
    text = number.removeprefix("int") if isinstance(number, str) else str(number)
    if text.isdecimal() and 1 <= int(text) <= _BITS_MAX:
        return int(text)
    rule = f"a number is {', '.join(_FLOATS)} or whole, of up to {_BITS_MAX} bits"
    raise InputError(message("number", number, rule, "give 'fp32', 'int8' or 8"))
