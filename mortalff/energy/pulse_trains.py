"""How many pulses a rank-one update is expected to take, with stochastic pulse trains.

Each line carries a train of BL slots; in each it is high with a probability proportional to its
value, and a device moves where its row and its column are high together (Gokmen and Vlasov 2016,
Front. Neurosci. 10, 333).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mortalff.errors import InputError, message

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PulseTrains:
    """The trains of one array for a batch of rank-one updates.

    Attributes:
        bit_length: slots of each sample's trains, BL, shape (batch,); 0 if there is no update.
        p_x: probability of a pulse in a slot on each input line, shape (batch, n_in).
        p_d: the same on each output line, shape (batch, n_out).
    """

    bit_length: Floats
    p_x: Floats
    p_d: Floats

    @property
    def line_pulses(self) -> float:
        """Expected pulses on all lines, Σ_s BL_s (Σ_i P(x_i) + Σ_j P(d_j))."""
        return float(np.sum(self.bit_length * (self.p_x.sum(axis=1) + self.p_d.sum(axis=1))))

    @property
    def device_pulses(self) -> float:
        """Expected coincidences at all devices, Σ_s BL_s Σ_i P(x_i) Σ_j P(d_j)."""
        return float(np.sum(self.bit_length * self.p_x.sum(axis=1) * self.p_d.sum(axis=1)))


def pulse_trains(
    x: npt.ArrayLike,
    d: npt.ArrayLike,
    lr: float,
    dw_min: float,
    *,
    bit_length_max: int = 31,
    update_management: bool = True,
    bit_length_management: bool = True,
) -> PulseTrains:
    """Length and probabilities of the trains that ask for ΔW = lr d xᵀ, sample by sample.

    With k = lr max|x| max|d| / dw_min, the length is BL = min(⌈k⌉, bit_length_max) and P(x) = B|x|,
    P(d) = A|d|, where A B = lr / (dw_min BL); update management splits the two so that neither side
    saturates first. Probabilities are cut at 1, which happens where k exceeds the longest train.

    Args:
        x: inputs of one chip's array, shape (batch, n_in).
        d: what drives its outputs, shape (batch, n_out).
        lr: the rate of each sample. Where an update is the mean over a batch, divide by the batch.
        dw_min: mean weight change of one pulse.
        bit_length_max: longest train.
        update_management: scale rows against columns by the ratio of their maxima.
        bit_length_management: shorten the train where the update is small.

    Raises:
        InputError: shapes that do not fit, a value that is not finite, a rate or step out of range.
    """
    inputs, errors = _checked(x, d, lr, dw_min)
    if bit_length_max < 1:
        raise InputError(message("bit_length_max", bit_length_max, "a train has a slot", "give 1"))
    x_max = np.abs(inputs).max(axis=1, initial=0.0)
    d_max = np.abs(errors).max(axis=1, initial=0.0)
    k = lr * x_max * d_max / dw_min
    active = k > 0.0
    longest = np.full_like(k, float(bit_length_max))
    length = np.minimum(np.ceil(k), longest) if bit_length_management else longest
    length = np.where(active, length, 0.0)
    gain = np.sqrt(lr / (dw_min * np.where(active, length, 1.0)))
    ratio = np.ones_like(k)
    if update_management:
        # A d that asks for more than the longest train is scaled down, so that x is not cut.
        d_cut = np.where(k > longest, d_max * longest / np.where(active, k, 1.0), d_max)
        ratio = np.sqrt(np.where(active, x_max, 1.0) / np.where(active, d_cut, 1.0))
    on = active.astype(np.float64)
    p_x = np.minimum(np.abs(inputs) * (on * gain / ratio)[:, None], 1.0)
    p_d = np.minimum(np.abs(errors) * (on * gain * ratio)[:, None], 1.0)
    return PulseTrains(length, p_x, p_d)


def expected_coincidences(x: npt.ArrayLike, d: npt.ArrayLike, lr: float, dw_min: float) -> float:
    """Expected pulses at all devices where no probability is cut: Σ |lr x_i d_j| / dw_min.

    Args:
        x: shape (batch, n_in).
        d: shape (batch, n_out).
        lr: the rate of each sample. Where an update is the mean over a batch, divide by the batch.
        dw_min: mean weight change of one pulse.

    Raises:
        InputError: as :func:`pulse_trains`.
    """
    inputs, errors = _checked(x, d, lr, dw_min)
    return float(np.sum(np.abs(inputs).sum(axis=1) * np.abs(errors).sum(axis=1)) * lr / dw_min)


def _checked(x: npt.ArrayLike, d: npt.ArrayLike, lr: float, dw_min: float) -> tuple[Floats, Floats]:
    inputs, errors = np.asarray(x, dtype=np.float64), np.asarray(d, dtype=np.float64)
    for name, array in (("x", inputs), ("d", errors)):
        if array.ndim != 2:
            rule = "one row a sample, one column a line"
            right = "give shape (batch, lines), for one chip"
            raise InputError(message(f"shape of {name}", array.shape, rule, right))
        if not np.isfinite(array).all():
            rule = "pulse trains carry finite values"
            raise InputError(message(name, "NaN or infinity", rule, "look for missing values"))
    if inputs.shape[0] != errors.shape[0]:
        rule = f"x and d must have the same batch, and x has {inputs.shape[0]}"
        right = f"give {inputs.shape[0]} rows"
        raise InputError(message("shape of d", errors.shape, rule, right))
    if not 0.0 <= lr < math.inf:
        raise InputError(message("lr", lr, "a rate is finite and at least 0", "negate d instead"))
    if not 0.0 < dw_min < math.inf:
        raise InputError(message("dw_min", dw_min, "a step is above 0", "1e-4 to 0.5 is usual"))
    return inputs, errors
