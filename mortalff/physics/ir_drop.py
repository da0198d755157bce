"""IR drop: what the resistance of a crossbar's wires takes from its currents, as one matrix product.

The network is linear: I = E v, with E, the effective conductances, fixed by the conductances G of the cells. So E is
worked out once per change of G, element by element but for two products of matrices, and reads cost what they did.

    E ≈ α∘G∘β + (A f)(Bᵀ C)

α is the share of a driver's voltage that reaches each cell with all output lines at 0 V, β the share of a cell's
current that reaches the sensing end with all input lines held (:mod:`mortalff.physics.ladder`; both exact, so that E
is exact where only one kind of line resists). The rest is sneak current, from input line i over output line o′ into
input line i′ and out at output o. Each solved line is the symmetric kernel R = (P⁻¹ + G)⁻¹ (P: the line's
resistances) whose product with G is 1 − α; the kernel is replaced by the matrix of rank one with that property. With
κ = 1 − α, η = 1 − β, N = Σₒ G κ per input line, M = Σᵢ G η per output line:

    A = βGκ/N,  B = κGη,  C = ηGα/M,  D = ηGκ/(M N),  f = (I − BᵀD)⁻¹w / w  with  w = BᵀC1;

f sums the loops of sneak current, for equal inputs. What is dropped is the rest of the kernels, and how f depends on
the input.

Range: an array's coupling λ = κ/(1 − κ) · η/(1 − η), with the largest κ and the largest η anywhere in it, must be at
most 0.08. It grows with every conductance and every resistance, and is 0 where one kind of line has none. For an n by
n array of equal cells with equal wires it is about (n² g r/2)² while small.

Error, in per cent of the largest output current that the same inputs give, for the worst inputs (one line alone or
all at full scale); in brackets, root mean square over random inputs. Wires resist equally in both directions. The
arrays are 10 of each kind and λ, of 16 by 16 to 128 by 128 cells, against :mod:`mortalff.physics.resistive_network`;
half normal: |N(0, 0.3)| up to 1.

    λ     lost   all on       uniform      half on      1 in 10 on   half normal
    0.01  10 %   0.01 (0.00)  0.02 (0.00)  0.03 (0.00)  0.03 (0.01)  0.02 (0.00)
    0.08  22 %   0.08 (0.02)  0.16 (0.01)  0.20 (0.04)  0.32 (0.06)  0.13 (0.02)
    0.25  33 %   0.29 (0.07)  0.31 (0.06)  0.74 (0.08)  0.45 (0.14)  0.58 (0.07)
    1     48 %   1.14 (0.28)  1.50 (0.23)  1.87 (0.25)  1.28 (0.35)  1.28 (0.20)

The limit is lower than these need, because few cells on long lines, set as badly as can be, are approximated worse: a
search by hill climbing from 60 random arrays of up to 10 by 10 cells, wires and ends, with the worst inputs by linear
programming, reached 1.65 % at λ = 0.08 (4.2 % at 0.25). (Sweeps of 2,379 arrays of 15 patterns, of 2 by 2 to 40 by 10,
with wires up to 100 times unlike, reached 1.1 % at 0.1.) Where conductances are spread over
many cells, a card may accept λ up to 1. The difference of two arrays of independent cells of one kind was within 0.4
% of its own largest output at λ = 0.08.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mortalff.array_math import apply_weights, outer_sum
from mortalff.cards.wires import PairLayout, Wires
from mortalff.errors import CardError, InputError, message
from mortalff.physics.ladder import Line, ladder_voltages

_LOOPS = 6  # terms of the sum over loops, each at most about the coupling times the one before
_SIEMENS, _HALVINGS = (1e-15, 1e3), 50  # where and how finely what would be right is looked for


@dataclass(frozen=True)
class Drop:
    """What lines alone do to an array, before sneak current.

    Attributes:
        reaching: α, (chips, n_out, n_in).
        sensed: β, (chips, n_out, n_in).
        coupling: λ, (chips,).
    """

    reaching: Tensor
    sensed: Tensor
    coupling: Tensor


class IRDrop:
    """Wires of a kind, put to any number of arrays of any size.

    Args:
        wires: of the card.
    """

    def __init__(self, wires: Wires) -> None:
        self._coupling_max = float(wires.coupling_max)
        self._input = Line(float(wires.input_wire_ohm), float(wires.driver_ohm), wires.driven_from)
        self._output = Line(float(wires.output_wire_ohm), float(wires.sense_ohm), wires.sensed_from)
        self._resist = wires.resist
        self._layout: PairLayout = wires.pair_layout

    def effective_conductance(self, conductance: Tensor) -> Tensor:
        """The matrix E of I = E v of arrays.

        By reciprocity Eᵀ is what a transposed read sees, driven where currents were sensed and sensed where lines were
        driven, behind the same resistances.

        Args:
            conductance: of the cells, (chips, n_out, n_in), in siemens, none negative.

        Returns:
            E, (chips, n_out, n_in), in siemens; ``conductance`` itself where nothing resists.

        Raises:
            CardError: an array's coupling is above the wires' ``coupling_max``.
            InputError: a conductance is negative.
        """
        if not self._resist:
            return conductance
        if conductance.numel() and float(conductance.min()) < 0.0:
            lowest, rule = float(conductance.min()), "a cell's conductance must be at least 0 S"
            right = "give a weight of either sign as a pair, or offset it"
            raise InputError(message("conductance", lowest, rule, right))
        drop = self.drop(conductance)
        self._check(drop.coupling, conductance)
        direct = drop.reaching * conductance * drop.sensed
        return direct + _sneak(conductance, drop)

    def effective_pair(self, plus: Tensor, minus: Tensor) -> Tensor:
        """E of arrays whose outputs are differences, I = I⁺ − I⁻, in the layout of the wires.

        ``separate``: two arrays, each with drivers of its own. ``adjacent_outputs``: one array of 2 n_out output lines,
        plus and minus in turn, their currents subtracted. ``opposed_inputs``: one array of 2 n_in input lines, v and −v
        in turn, whose currents cancel on the output line.

        Args:
            plus: conductances of the devices that add, (chips, n_out, n_in), in siemens.
            minus: of those that subtract.

        Returns:
            E, (chips, n_out, n_in), in siemens, of either sign.

        Raises:
            CardError: an array's coupling is above the wires' ``coupling_max``.
        """
        if self._layout == "separate":
            return self.effective_conductance(plus) - self.effective_conductance(minus)
        dim = 1 if self._layout == "adjacent_outputs" else 2
        whole = self.effective_conductance(
            torch.stack([plus, minus], dim + 1).flatten(dim, dim + 1)
        )
        if dim == 1:
            return whole[:, 0::2] - whole[:, 1::2]
        return whole[:, :, 0::2] - whole[:, :, 1::2]

    def drop(self, conductance: Tensor) -> Drop:
        """What each line does to each array by itself; conductance as above."""
        reaching = ladder_voltages(conductance, self._input)
        sensed = ladder_voltages(conductance.transpose(1, 2), self._output).transpose(1, 2)
        coupling = _odds(reaching.amin((1, 2))) * _odds(sensed.amin((1, 2)))
        return Drop(reaching, sensed, coupling)

    def check_worst_case(self, n_out: int, n_in: int, g_max_siemens: float) -> None:
        """Raise unless arrays of this size are in range whatever their cells hold.

        Args:
            n_out: output lines of one array, both of a pair counted.
            n_in: input lines, both of a pair counted.
            g_max_siemens: the greatest conductance that a cell can have.

        Raises:
            CardError: an array with every cell at ``g_max_siemens`` is out of range.
        """
        worst = self._full_coupling(n_out, n_in, g_max_siemens)
        if worst > self._coupling_max:
            raise self._error(worst, n_out, n_in, f"all at {g_max_siemens:.3g} S")

    def _check(self, coupling: Tensor, conductance: Tensor) -> None:
        worst = float(coupling.max())
        if not worst <= self._coupling_max:
            mean = float(conductance[int(coupling.argmax())].mean())
            n_out, n_in = conductance.shape[1:]
            raise self._error(worst, n_out, n_in, f"of {mean:.3g} S in the mean")

    def _full_coupling(self, n_out: int, n_in: int, siemens: float) -> float:
        """λ where all cells have one conductance."""
        coupling = 1.0
        for n, line in ((n_out, self._input), (n_in, self._output)):
            cells = torch.full((1, n, 1), siemens, dtype=torch.float64)
            coupling *= float(_odds(ladder_voltages(cells, line).min()))
        return coupling

    def _even(self, n_out: int, n_in: int, coupling: float) -> float:
        """The conductance that gives an array of equal cells this coupling, in siemens."""
        low, high = _SIEMENS
        for _ in range(_HALVINGS):
            middle = (low * high) ** 0.5
            below = self._full_coupling(n_out, n_in, middle) < coupling
            low, high = (middle, high) if below else (low, middle)
        return low

    def _error(self, worst: float, n_out: int, n_in: int, which: str) -> CardError:
        """The error, with what would be right for an array of equal cells of that coupling."""
        siemens = self._even(n_out, n_in, worst)
        share = self._even(n_out, n_in, self._coupling_max) / siemens
        side = max(n_out, n_in)
        while side > 1 and self._full_coupling(side, side, siemens) > self._coupling_max:
            side -= max(1, side // 64)
        rule = (
            f"with κ and η the largest shares of a voltage that input and output lines lose in an "
            f"array of {n_out}x{n_in} cells {which}, κ/(1-κ) times η/(1-η) must be at most "
            f"{self._coupling_max:g}: IR drop is approximated, within 2 % up to 0.08 for any "
            "conductances, up to 1 for those spread over many cells"
        )
        right = (
            f"lay the layer over arrays of at most about {side}x{side} cells, or use wires or "
            f"devices of about {share:.2g} times the resistance or conductance"
        )
        return CardError(message("[wires] coupling_max", round(worst, 4), rule, right))


def _odds(kept: Tensor) -> Tensor:
    """What a line loses per what it keeps."""
    return (1.0 - kept) / kept


def _sneak(g: Tensor, drop: Drop) -> Tensor:
    """(A f)(Bᵀ C) of the module's equation."""
    kappa, eta = 1.0 - drop.reaching, 1.0 - drop.sensed
    tiny = torch.finfo(g.dtype).tiny
    g_kappa, g_eta = g * kappa, g * eta
    n = g_kappa.cumsum(1)[:, -1:].clamp_min(tiny)  # where it is 0, so is what it divides
    m = g_eta.cumsum(2)[:, :, -1:].clamp_min(tiny)
    a, b, c = drop.sensed * (g_kappa / n), g_kappa * eta, g_eta * drop.reaching / m
    d = g_kappa / n * (eta / m)
    back = b.transpose(1, 2)
    first = apply_weights(c.cumsum(2)[:, None, :, -1], back)
    loops = first
    for _ in range(_LOOPS):
        loops = first + apply_weights(apply_weights(loops, d), back)
    a = a * (loops / first.clamp_min(tiny))
    if g.shape[1] < g.shape[2]:
        return apply_weights(apply_weights(a, b), c.transpose(1, 2))
    return apply_weights(a, outer_sum(b, c).transpose(1, 2))
