"""Made-up pulse responses, and files of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from mortalff.fitting.law_model import LawModel
from mortalff.fitting.readings import Readings, resolution_of

Array = npt.NDArray[np.float64]
Signs = npt.NDArray[np.int8]


def cycles(devices: int, half: int, count: int) -> Signs:
    """So many pulses up and as many down, so many times; one column a device."""
    one = np.tile(np.repeat(np.array([1, -1], dtype=np.int8), half), count)
    return np.repeat(one[:, None], devices, axis=1)


def devices(rng: np.random.Generator, n: int, *, dw_min: float = 0.02, gain: float = 0.3) -> Array:
    """The four parameters that devices of every law have, (4, n): bounds of ±0.6 with a spread of 0.2."""
    common = np.abs(1.0 + gain * rng.standard_normal(n))
    bounds = 0.6 * np.abs(1.0 + 0.2 * rng.standard_normal((2, n)))
    return np.stack(
        [dw_min * common, 0.02 * dw_min * rng.standard_normal(n), bounds[0], -bounds[1]]
    )


def responses(
    model: LawModel,
    device: Array,
    shared: list[float],
    direction: Signs,
    rng: np.random.Generator,
    *,
    cycle_std: float = 0.3,
    read_std: float = 0.0,
) -> Readings:
    """Readings of devices that follow a law, from a weight of 0 on."""
    own = np.asarray(shared, dtype=np.float64)[:, None, None]
    law = model.response(device[:, None], own, np.array([[cycle_std]]))
    n = device.shape[1]
    w = np.zeros((1, n)).clip(law.lower, law.upper)
    weights = [w[0] + read_std * rng.standard_normal(n)]
    for signs in direction:
        mean, std = law.pulse(signs, w)
        w = np.clip(w + mean + std * rng.standard_normal((1, n)), law.lower, law.upper)
        weights.append(w[0] + read_std * rng.standard_normal(n))
    return made(np.array(weights), direction)


def made(weight: Array, direction: Signs) -> Readings:
    """Readings of weights, (pulses + 1, n)."""
    names = tuple(f"d{k}" for k in range(weight.shape[1]))
    return Readings(names, weight, direction, resolution_of(weight, direction))


def write_pulses(path: Path, readings: Readings, siemens: float | None = None) -> Path:
    """A file of readings: weights, or conductances of which ``siemens`` is a weight of 1 and 0 one of −1."""
    column = "weight" if siemens is None else "conductance_siemens"
    rows = [f"device,pulse,direction,{column}"]
    for k, name in enumerate(readings.devices):
        for t, weight in enumerate(readings.weight[:, k]):
            way = "" if t == 0 else ("up" if readings.direction[t - 1, k] > 0 else "down")
            value = weight if siemens is None else siemens * (weight + 1.0) / 2.0
            rows.append(f"{name},{t},{way},{float(value)!r}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
