"""What aihwkit's reads and pulses come to in actions."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mortalff.actions import Tally
from mortalff.cards import Pulses
from mortalff.hardware.aihwkit_types import IOSettings, RPUConfig
from mortalff.hardware.ranging_work import ranging_work
from mortalff.physics.pulse_trains import pulse_trains

_RANGING = {"AbsMax": "abs_max", "AverageAbsMax": "average_abs_max"}  # noise management, by ours


def count_reads(
    tally: Tally, action: str, io: IOSettings, vectors: int, lines: tuple[int, int], cells: int
) -> None:
    """Count reads of one array; vectors that bound management reads again inside a tile are not known.

    Where noise management looks at each vector, that is digital work as in
    :func:`~mortalff.hardware.ranging_work.ranging_work`.

    Args:
        tally: where to count.
        action: ``array_read`` or ``array_read_transposed``.
        io: that direction's settings.
        vectors: how many.
        lines: driven and sensed lines.
        cells: cells a weight.
    """
    driven, sensed = lines
    mode = io.mv_type.value
    twice = mode.startswith("PosNegSeparate")  # inputs of one sign after those of the other
    tally.add(action, vectors * (2 if twice else 1))
    tally.add("cell_read", vectors * driven * sensed * cells)
    if io.is_perfect or mode == "Ideal":
        return
    converted = io.out_res > 0
    if io.inp_res > 0:
        tally.add("dac_conversion", vectors * driven)
        kind = _RANGING.get(io.noise_management.value, "none")
        work = ranging_work(kind, float(vectors), 0.0, driven, sensed if converted else 0)
        for name, times in work.items():
            tally.add(name, times)
    if converted:
        both = mode == "PosNegSeparateDigitalSum"
        tally.add("adc_conversion", vectors * sensed * (2 if both else 1))


def count_pulses(
    tally: Tally, config: RPUConfig, granularity: float | None, x: Tensor, d: Tensor, lr: float
) -> None:
    """Count one pulsed batch; line and device pulses are expected numbers.

    Args:
        tally: where to count.
        config: of the tile.
        granularity: the tile's weight change of one pulse; None where it is updated without pulses.
        x: (chips or 1, batch, n_in).
        d: (chips or 1, batch, n_out), divided by the batch.
        lr: learning rate.
    """
    batch = x.shape[1]
    tally.add("outer_product", batch)
    tally.add("voltage_to_pulse", batch * (x.shape[2] + d.shape[2]))
    up = config.update
    if granularity is None or up.pulse_type.value.startswith("None"):
        return
    rate = _fast_rate(config, granularity, x, d, lr)
    longest = up.desired_bl
    if not (up.fixed_bl or up.update_bl_management):
        longest = max(longest, math.ceil(rate / granularity))
    settings = Pulses.model_construct(  # aihwkit's trains may be longer than a card's
        bit_length_max=longest,
        # aihwkit turns update management on wherever the train's length is managed
        update_management=up.update_management or up.update_bl_management,
        bit_length_management=up.update_bl_management,
    )
    trains = pulse_trains(x, d, rate, granularity, settings)
    tally.add("line_pulse", trains.line_pulses().cpu().numpy())
    tally.add("device_pulse", trains.coincidences().cpu().numpy() * _moved_together(config.device))


def _fast_rate(config: RPUConfig, granularity: float, x: Tensor, d: Tensor, lr: float) -> float:
    """The rate that makes the trains: cells that transfer pulse one device at its own rate."""
    fast = float(getattr(config.device, "fast_lr", 0.0))
    if fast <= 0.0:
        return lr
    rate = fast * lr if getattr(config.device, "scale_fast_lr", False) else fast
    if getattr(config.device, "auto_scale", False):
        # aihwkit divides by running means of the largest |x| and |d|, for which the batch's stand
        # here.
        largest = float(torch.mean(x.abs().amax(2)) * torch.mean(d.abs().amax(2)))
        rate = rate * config.update.desired_bl * granularity / largest if largest > 0.0 else 0.0
    return rate


def _moved_together(device: object) -> int:
    """How many devices of a cell one coincidence moves."""
    policy = getattr(device, "update_policy", None)
    if policy is None or policy.value != "All":
        return 1
    return len(getattr(device, "unit_cell_devices", [0]))
