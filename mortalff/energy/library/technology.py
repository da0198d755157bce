"""From one technology node to another: logic by Stillmaker and Baas. SRAM has its own law; analog is not scaled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from mortalff.energy.library.library import Library
from mortalff.energy.library.price import Price
from mortalff.errors import InputError, message

SUPPLY_V = 0.8
"""The supply voltage at which nodes are compared unless another is given."""

LOGIC_ENERGY: Mapping[int, tuple[float, float, float]] = MappingProxyType(
    {
        130: (7.171, -6.709, 2.904),
        90: (4.762, -4.781, 2.092),
        65: (3.755, -4.398, 1.975),
        45: (1.103, -0.362, 0.2767),
        32: (0.9559, -0.7823, 0.471),
        20: (0.373, -0.1582, 0.04104),
        16: (0.2958, -0.1241, 0.03024),
        14: (0.2363, -0.09675, 0.02239),
        10: (0.2068, -0.09311, 0.02375),
        7: (0.1776, -0.09097, 0.02447),
    }
)
"""Energy of a gate is proportional to a V^2 + b V + c at a node in nm (Stillmaker and Baas, Integration 58, 74, 2017,
10.1016/j.vlsi.2017.02.002; coefficients as in accelergy's scaling tables, tag S)."""

LOGIC_AREA: Mapping[int, float] = MappingProxyType(
    {
        130: 1.0,
        90: 0.44,
        65: 0.23,
        45: 0.16,
        32: 0.072,
        20: 0.033,
        16: 0.030,
        14: 0.027,
        10: 0.016,
        7: 0.0092,
    }
)
"""Area of logic at a node in nm, in units of that at 130 nm, to two digits; source as of :data:`LOGIC_ENERGY`."""

_SUPPLY_RANGE = (0.5, 1.2)
_LAWS = MappingProxyType(
    {
        "digital": "",
        "memory": "SRAM scales by a law of its own, and other memories by none we know: use sram()",
        "network": "wires do not scale as logic does, and no law for them is in the library",
        "processor": "a processor is of its node",
    }
)
_ANALOG = "analog parts are set by noise and matching, and are not scaled without a source"


def logic_scale(from_nm: float, to_nm: float, supply_v: float = SUPPLY_V) -> float:
    """What a logic operation takes at one node, in units of what it takes at another.

    Args:
        from_nm: the node to start from, 7 to 130 nm.
        to_nm: the node to go to, 7 to 130 nm.
        supply_v: supply voltage of both, 0.5 to 1.2 V.

    Returns:
        The ratio of energies; nodes between those of the table by interpolation of logarithms.

    Raises:
        InputError: an argument out of its range.
    """
    if not _SUPPLY_RANGE[0] <= supply_v <= _SUPPLY_RANGE[1]:
        rule = "the fits hold around usual supplies"
        right = f"give {_SUPPLY_RANGE[0]:g} to {_SUPPLY_RANGE[1]:g} V"
        raise InputError(message("supply", supply_v, rule, right))
    return _gate(to_nm, supply_v) / _gate(from_nm, supply_v)


def logic_area_scale(from_nm: float, to_nm: float) -> float:
    """The area of logic at one node, in units of that at another.

    Args:
        from_nm: the node to start from, 7 to 130 nm.
        to_nm: the node to go to, 7 to 130 nm.

    Raises:
        InputError: a node out of its range.
    """
    return _at(to_nm, LOGIC_AREA) / _at(from_nm, LOGIC_AREA)


def at_node(library: Library, name: str, node_nm: float, supply_v: float = SUPPLY_V) -> Price:
    """The price of a constant at another node.

    Args:
        library: where the constant is.
        name: its name; it must be of logic, an energy, a power at the same rate, or an area, and have a node.
        node_nm: the node wanted.
        supply_v: supply voltage of both nodes.

    Raises:
        InputError: there is no such constant, no law scales it, or an argument is out of its range.
    """
    constant = library[name]
    kind, _, quantity = name.split(".")
    if constant.node_nm == node_nm:
        return constant.price
    why = _LAWS.get(kind, _ANALOG)
    if not why and constant.node_nm is None:
        why = "it is of no node"
    if not why and not quantity.endswith(("energy", "power", "area")):
        why = "only energies, powers and areas are scaled"
    if why:
        right = "take it as it is, or set your own in a components file"
        raise InputError(message(f"{name} at another node", node_nm, why, right))
    assert constant.node_nm is not None  # or there would be a reason why not
    if quantity.endswith("area"):
        return constant.price * logic_area_scale(constant.node_nm, node_nm)
    return constant.price * logic_scale(constant.node_nm, node_nm, supply_v)


def _gate(node_nm: float, supply_v: float) -> float:
    """Energy of a gate, in arbitrary units."""
    energies = {
        node: a * supply_v**2 + b * supply_v + c for node, (a, b, c) in LOGIC_ENERGY.items()
    }
    return _at(node_nm, energies)


def _at(node_nm: float, known: Mapping[int, float]) -> float:
    """A table by nodes, interpolated in logarithms."""
    nodes = sorted(known)
    if not nodes[0] <= node_nm <= nodes[-1]:
        rule = "Stillmaker and Baas fitted other nodes"
        raise InputError(message("node", node_nm, rule, f"give {nodes[0]} to {nodes[-1]} nm"))
    logs = [math.log(known[node]) for node in nodes]
    return math.exp(interpolated(math.log(node_nm), [math.log(node) for node in nodes], logs))


def interpolated(x: float, xs: list[float], ys: list[float]) -> float:
    """Piecewise linear interpolation over rising ``xs``; beyond them the outermost pieces go on."""
    right = next((i for i, known in enumerate(xs[1:-1], start=1) if x <= known), len(xs) - 1)
    share = (x - xs[right - 1]) / (xs[right] - xs[right - 1])
    return ys[right - 1] + share * (ys[right] - ys[right - 1])
