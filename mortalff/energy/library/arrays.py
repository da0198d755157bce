"""Reads and pulses of arrays, from conductances, voltages and times: Σ V² G t, and the charge of lines."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from mortalff.actions import READ_LOADS
from mortalff.cards import Card, Quantity
from mortalff.energy.library.constant import ASSUMED_SPREAD
from mortalff.energy.library.library import Library
from mortalff.energy.library.load import built_in_library
from mortalff.energy.library.price import BOUNDS, Price
from mortalff.errors import InputError, message

Array = npt.NDArray[np.float64]
Layout = Literal["pair", "reference"]


class ArrayRead(NamedTuple):
    """Energy of reads, in joules, of the shape of the inputs without their last axis."""

    cells_j: Array
    lines_j: Array

    @property
    def total_j(self) -> Array:
        """Cells and lines together."""
        return self.cells_j + self.lines_j


def conductances(weights: npt.ArrayLike, card: Card, layout: Layout | None = None) -> Array:
    """The conductances that weights are made of, by the card's ``[conductance]`` and ``[device]``.

    Args:
        weights: in units of the card, shape (..., n_out, n_in).
        card: says g_max, the bounds of weights, and cells a weight.
        layout: where a weight is two cells: "pair" is a differential pair, of which one cell holds |w| and the other
            nothing, which is the least where both hold something; "reference" is a cell that holds the weight from
            w_min up, and no less, beside one fixed at w = 0. By default a pair on cards of one-sided pairs and of the
            law ProgramOnly, else a reference.

    Returns:
        Siemens, shape (..., cells, n_out, n_in).

    Raises:
        InputError: the card has no conductances or no device.
    """
    if card.conductance is None or card.device is None:
        right = "take a card with [conductance] and [device]"
        raise InputError(message("card", card.name, "it says no conductances", right))
    w = np.asarray(weights, dtype=np.float64)
    g_max = float(card.conductance.g_max_siemens)
    w_max, w_min = float(card.device.w_max), float(card.device.w_min)
    if layout is None:
        paired = card.cell.kind == "one_sided_pair" or card.law.kind == "ProgramOnly"
        layout = "pair" if paired and card.conductance.cells_per_weight == 2 else "reference"
    if layout == "pair":
        return np.stack([np.maximum(w, 0.0), np.maximum(-w, 0.0)], axis=-3) * (g_max / w_max)
    cell = np.maximum(w - w_min, 0.0) * (g_max / (w_max - w_min))
    if card.conductance.cells_per_weight == 1:
        return cell[..., np.newaxis, :, :]
    fixed = np.full_like(cell, -w_min * g_max / (w_max - w_min))
    return np.stack([cell, fixed], axis=-3)


def read(
    siemens: npt.ArrayLike,
    volts: npt.ArrayLike,
    seconds: float,
    library: Library | None = None,
) -> ArrayRead:
    """What reads of an array take, from its conductances and the voltages applied.

    cells = t Σ_i V_i² Σ_o G_oi, output lines being held at zero; lines = Σ_i C_i V_i² for the input lines, with C_i =
    2.1 fF a cell + 48 fF charged from a supply of that voltage. Each cell of a weight is in an array of its own, with
    input lines of its own. The library's values are taken for the two capacitances, without their bands.

    Args:
        siemens: conductances, shape (chips..., cells, n_out, n_in), or (n_out, n_in) for one array.
        volts: voltages on the input lines, shape (chips..., batch, n_in), or (batch, n_in) for all.
        seconds: duration of a read.
        library: where ``line.*`` are; by default the built-in one.

    Returns:
        Joules, shape (chips..., batch).

    Raises:
        InputError: shapes do not fit, conductances are negative, or the duration is not positive.
    """
    known = built_in_library() if library is None else library
    g = np.asarray(siemens, dtype=np.float64)
    g = g[np.newaxis] if g.ndim == 2 else g
    v = np.asarray(volts, dtype=np.float64)
    if g.ndim < 3 or v.ndim < 2 or g.shape[-1] != v.shape[-1]:
        rule = f"conductances are of shape {g.shape}"
        right = "give volts (batch, n_in) for siemens (cells, n_out, n_in), or chips before both"
        raise InputError(message("shape of volts", v.shape, rule, right))
    if not (np.isfinite(g).all() and (g >= 0.0).all()):
        rule = "a conductance is finite, and not negative"
        raise InputError(message("siemens", float(g.min()), rule, "see conductances()"))
    if not 0.0 < seconds < math.inf:
        raise InputError(message("seconds", seconds, "a read takes time", "give above 0 s"))
    squares = v**2
    cells, n_out = g.shape[-3:-1]
    farads = cells * n_out * known["line.cell.capacitance"].value
    farads += cells * known["line.end.capacitance"].value
    driven = squares @ g.sum(axis=(-3, -2))[..., np.newaxis]
    lines = np.broadcast_to(squares.sum(axis=-1) * farads, driven.shape[:-1])
    return ArrayRead(driven[..., 0] * seconds, lines)


def device_energy(siemens: float, volts: float, seconds: float) -> float:
    """One device with a voltage across it for a while: V² G t, in joules. Reads and pulses alike."""
    return volts**2 * siemens * seconds


def device_read(part: str, library: Library | None = None) -> Price:
    """One cell read at full scale: V² G t of ``device.<part>``; the band is that of its conductance.

    Args:
        part: "hfox", "reram", "pcm", "ecram" or "rpu".
        library: where the constants are; by default the built-in one.

    Raises:
        InputError: there is no such device.
    """
    known = built_in_library() if library is None else library
    volts = known[f"device.{part}.read_voltage"].value
    seconds = known[f"device.{part}.read_time"].value
    g = known.price(f"device.{part}.conductance")
    return Price(*(device_energy(s, volts, seconds) for s in (g.low, g.value, g.high)))


def line_charge(cells: int, volts: float, library: Library | None = None) -> Price:
    """One line charged once: C V² with C = 2.1 fF a cell + 48 fF, drawn from the supply.

    Args:
        cells: how many cells the line passes.
        volts: to what voltage.
        library: where ``line.*`` are; by default the built-in one.

    Raises:
        InputError: fewer than no cells.
    """
    known = built_in_library() if library is None else library
    if cells < 0:
        raise InputError(message("cells", cells, "a line passes cells", "give 0 or more"))
    farads = known.price("line.cell.capacitance") * cells + known.price("line.end.capacitance")
    return farads * volts**2


class LoadFactor(NamedTuple):
    """One factor of what a load costs.

    Attributes:
        key: what it is an estimate of.
        price: its band; all factors of a load multiplied are joules.
        source: where it is from.
    """

    key: str
    price: Price
    source: str


def read_load_factors(
    card: Card, library: Library | None = None
) -> dict[str, tuple[LoadFactor, ...]]:
    """What one of each load of reads costs, as uncertain factors, at the full read voltage V of a card.

    ``cell_conduction``: g_max · V² · t; ``cell_wire``: 2.1 fF a cell · V²; ``line_end``: 48 fF · V². A price of a load
    on the card stands in their place. Bounds of g_max, V and t are the card's; of a g_max without, a factor of 2 either
    way, as of all that is derived.

    Args:
        card: says voltage, time and largest conductance.
        library: where ``line.*`` are; by default the built-in one, with the card's own constants.

    Returns:
        Factors by action, those of :data:`mortalff.actions.READ_LOADS`; none where the card has no [conductance].
    """
    known = built_in_library().with_components_of(card) if library is None else library
    found: dict[str, tuple[LoadFactor, ...]] = {}
    if card.conductance is not None:
        given = card.conductance
        g_max = _banded(given.g_max_siemens, ASSUMED_SPREAD["E"])
        volts, seconds = _banded(given.read_voltage_v), _banded(given.read_time_s)
        squared = Price(volts.low**2, volts.value**2, volts.high**2)
        voltage = LoadFactor("card.cell.read_voltage", squared, given.read_voltage_v.source)
        siemens = LoadFactor("card.cell.conductance", g_max, given.g_max_siemens.source)
        time = LoadFactor("card.cell.read_time", seconds, given.read_time_s.source)
        found["cell_conduction"] = (siemens, voltage, time)
        for load, name in (
            ("cell_wire", "line.cell.capacitance"),
            ("line_end", "line.end.capacitance"),
        ):
            farads = LoadFactor(name, known.price(name), known[name].source)
            found[load] = (farads, voltage)
    for load in READ_LOADS:
        if load in card.energy:
            own = card.energy[load]
            price = Price(own.low, own.value, own.high)
            found[load] = (LoadFactor(f"card.{load}", price, own.source),)
    return found


def read_load_prices(card: Card, library: Library | None = None) -> dict[str, Price]:
    """What one of each load of reads costs: the products of :func:`read_load_factors`, in J."""
    return {
        load: Price(*(math.prod(getattr(one.price, bound) for one in factors) for bound in BOUNDS))
        for load, factors in read_load_factors(card, library).items()
    }


def _banded(quantity: Quantity, spread: float = 1.0) -> Price:
    """A quantity with its bounds, or those of a spread where it states none."""
    value = quantity.value
    if quantity.low is None and quantity.high is None:
        return Price(value / spread, value, value * spread)
    low = value if quantity.low is None else quantity.low
    return Price(low, value, value if quantity.high is None else quantity.high)
