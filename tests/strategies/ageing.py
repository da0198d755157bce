"""Devices that age by given effects of time, and weights for them to hold."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.cards import Time
from mortalff.hardware.ageing import Ageing
from mortalff.seeds import Seeds
from mortalff.streams import Stream
from tests.strategies.devices import CPU

N_OUT, N_IN, CHIPS = 30, 40, 3
DRIFT = {"drift_nu": 0.1, "drift_nu_dtod": 0.03, "drift_t0_s": 20.0}
RELAXATION = {
    "relaxation_mean": -0.002,
    "relaxation_std": 0.01,
    "relaxation_std_rate": 0.001,
    "relaxation_t0_s": 2.0,
}
DIFFUSION = {"diffusion_std": 0.003, "diffusion_t0_s": 10.0}
RETENTION = {"retention_tau_s": 5000.0, "retention_tau_dtod": 0.2, "retention_rest": -0.1}
EFFECTS = {
    "drift": DRIFT,
    "relaxation": RELAXATION,
    "diffusion": DIFFUSION,
    "retention": RETENTION,
}
EFFECTS["all"] = DRIFT | RELAXATION | DIFFUSION | RETENTION
UNITS = {"nu": "1", "dtod": "1", "s": "s", "k": "K", "ev": "eV"}


def time(**settings: float | str) -> Time:
    made: dict[str, object] = {}
    for name, value in settings.items():
        unit = UNITS.get(name.rsplit("_", 1)[-1], "weight")
        unit = "weight" if name == "retention_rest_dtod" else unit
        made[name] = (
            value if isinstance(value, str) else {"value": value, "unit": unit, "source": "test"}
        )
    return Time.model_validate(made)


def ageing(
    settings: dict[str, float],
    chips: int | list[int] = CHIPS,
    shape: tuple[int, int] = (N_OUT, N_IN),
    **more: object,
) -> Ageing:
    ids = range(chips) if isinstance(chips, int) else chips
    seeds = Seeds.of(0)
    fabrication = Stream(seeds, "fabrication", ids, CPU)
    noise = Stream(seeds.child("ageing"), "write_noise", ids, CPU)
    return Ageing(time(**settings), fabrication, noise, *shape, CPU, **more)  # type: ignore[arg-type]


def weights(value: float = 0.3, chips: int = CHIPS) -> Tensor:
    return torch.full((chips, N_OUT, N_IN), value)
