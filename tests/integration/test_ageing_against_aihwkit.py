"""Drift, decay, diffusion, relaxation and corrupt devices, held against aihwkit's."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mortalff.cards import Faults, Time
from mortalff.hardware.ageing import Ageing
from mortalff.hardware.faults import draw_faults
from mortalff.seeds import Seeds
from mortalff.streams import Stream
from tests.strategies.devices import CPU
from tests.strategies.statistics import SIGNIFICANCE, p_same, p_same_mean, p_same_variance
from tests.strategies.tiles import PERFECT, Tile, get_weights, hidden, set_weights

from aihwkit.inference.noise.reram import ReRamCMONoiseModel  # isort: skip
from aihwkit.simulator.configs import ConstantStepDevice, SingleRPUConfig  # isort: skip
from aihwkit.simulator.parameters import DriftParameter  # isort: skip

N_OUT, N_IN = 50, 60


def tile(**settings: object) -> Tile:
    """A tile of constant-step devices with wide bounds, and its weights put to 0.3 and -0.2 in turn."""
    device = ConstantStepDevice(
        construction_seed=7, w_max=1.0, w_min=-1.0, w_max_dtod=0.0, w_min_dtod=0.0, **settings
    )
    config = SingleRPUConfig(device=device, forward=PERFECT, backward=PERFECT)
    made = config.tile_class(N_OUT, N_IN, config)
    set_weights(made, weights()[0])
    return made


def weights() -> Tensor:
    w = torch.full((1, N_OUT, N_IN), 0.3)
    w[:, :, ::2] = -0.2
    return w


def ageing(bounds: tuple[Tensor, Tensor] | None = None, **settings: float) -> Ageing:
    values = {
        name: {"value": value, "unit": _unit(name), "source": "test"}
        for name, value in settings.items()
    }
    fabrication = Stream(Seeds.of(1), "fabrication", [0], CPU)
    noise = Stream(Seeds.of(1), "ageing", [0], CPU)
    time = Time.model_validate(values)
    return Ageing(time, fabrication, noise, N_OUT, N_IN, CPU, bounds=bounds)


def _unit(name: str) -> str:
    ratios = ("drift_nu", "drift_nu_dtod", "retention_tau_dtod", "diffusion_dtod")
    return "s" if name.endswith("_s") else "1" if name in ratios else "weight"


def test_drift() -> None:
    """The same curve for exponents of theirs, and exponents of one distribution."""
    drift = DriftParameter(nu=0.1, nu_dtod=0.2, t_0=20.0)
    theirs = tile(drift=drift)
    nu = hidden(theirs)["drift_nu"].double()
    before = weights()[0].double()
    ours = ageing(drift_nu=0.1, drift_nu_dtod=0.02, drift_t0_s=20.0)
    own = ours.drift_exponents
    assert own is not None
    w = weights()
    theirs.drift_weights(0.0)
    for seconds in (10.0, 100.0, 5000.0):
        theirs.drift_weights(seconds)
        ours.advance(w, seconds)
    age = 5110.0
    torch.testing.assert_close(
        get_weights(theirs).double(), before * (age / 20.0) ** -nu, rtol=1e-4, atol=0.0
    )
    torch.testing.assert_close(
        ours.aged(w)[0].double(), before * (age / 20.0) ** -own[0].double(), rtol=1e-5, atol=0.0
    )
    ps = [p_same_mean(own, nu), p_same_variance(own, nu), p_same(own, nu)]
    assert min(ps) > SIGNIFICANCE / len(ps)


def test_decay() -> None:
    """A lifetime of L updates of one second each is tau = -1/ln(1 - 1/L) seconds."""
    lifetime, updates = 50.0, 30
    theirs = tile(lifetime=lifetime)
    for _ in range(updates):
        theirs.decay_weights()
    ours = ageing(retention_tau_s=-1.0 / math.log1p(-1.0 / lifetime))
    w = weights()
    for _ in range(updates):
        ours.advance(w, 1.0)
    torch.testing.assert_close(ours.aged(w)[0], get_weights(theirs), rtol=1e-5, atol=0.0)


def test_spread_of_decay_and_its_rest_state() -> None:
    settings = {"lifetime": 5000.0, "lifetime_dtod": 0.2, "reset": 0.05, "reset_dtod": 0.02}
    theirs = hidden(tile(**settings))
    lifetimes = 1.0 / (1.0 - theirs["decay_scales"].double())
    ours = ageing(
        retention_tau_s=5000.0,
        retention_tau_dtod=0.2,
        retention_rest=0.05,
        retention_rest_dtod=0.02,
    )
    w = weights()
    ours.advance(w, 1e9)
    rest = ours.aged(w)[0].double()
    ours.programmed()
    ours.advance(w, 500.0)
    tau_s = -500.0 / ((ours.aged(w)[0] - rest) / (w[0] - rest)).log()
    ps = [
        p(a, b)
        for a, b in ((tau_s, lifetimes), (rest, theirs["reset_bias"]))
        for p in (p_same_mean, p_same_variance)
    ]
    assert min(ps) > SIGNIFICANCE / len(ps)


def test_diffusion() -> None:
    """After 25 updates of one second both have walked alike; rates are of one distribution."""
    theirs = tile(diffusion=0.01, diffusion_dtod=0.3)
    rates = hidden(theirs)["diffusion_rates"]
    ours = ageing(diffusion_std=0.01, diffusion_dtod=0.3)
    w = weights()
    for _ in range(25):
        theirs.diffuse_weights()
        ours.advance(w, 1.0)
    walked, walked_too = ours.aged(w)[0] - w[0], get_weights(theirs) - w[0]
    ps = [
        p_same_mean(walked, walked_too),
        p_same_variance(walked, walked_too),
        p_same(walked, walked_too),
        p_same_variance((walked_too / rates), (walked / 0.01) / (1.0 + 0.3**2) ** 0.5),
    ]
    assert min(ps) > SIGNIFICANCE / len(ps)


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # numpy 2, in aihwkit
def test_relaxation() -> None:
    """Marginals of the CMO/HfOx model; ours keeps a device on one path, where theirs draws at each time anew."""
    model = ReRamCMONoiseModel(
        g_max=90.0, g_min=9.0, prog_noise_scale=0.0, read_noise_scale=0.0, acceptance_range=0.2
    )
    g = torch.full((N_OUT, N_IN), 50.0)
    ps = []
    for seconds in (1.0 + 1e-3, 3600.0, 3.15e8):
        theirs = model.apply_drift_noise_to_conductance(g, g, seconds)
        ours = ageing(
            relaxation_mean=-0.08900206,
            relaxation_std=0.41183342,
            relaxation_std_rate=0.04201137,
            relaxation_t0_s=1.0,
        )
        ours.advance(g[None], seconds)
        seen = ours.aged(g[None])[0]
        ps += [p_same_mean(seen, theirs), p_same_variance(seen, theirs), p_same(seen, theirs)]
    assert min(ps) > SIGNIFICANCE / len(ps)


def test_corrupt_devices() -> None:
    """As many devices are stuck, at values of one distribution, their own bounds narrower than the range or not."""
    share, reach = 0.2, 0.15
    spread = {"w_max": 0.2, "w_min": -0.2, "w_max_dtod": 0.3, "w_min_dtod": 0.3}
    device = ConstantStepDevice(
        construction_seed=11, corrupt_devices_prob=share, corrupt_devices_range=reach, **spread
    )
    config = SingleRPUConfig(device=device)
    found = hidden(config.tile_class(2 * N_OUT, 2 * N_IN, config))
    theirs = found["max_bound"][found["max_bound"] == found["min_bound"]]
    values = {"stuck_random_rate": (share, "1"), "stuck_random_range": (reach, "weight")}
    section = Faults.model_validate(
        {k: {"value": v, "unit": unit, "source": "test"} for k, (v, unit) in values.items()}
    )
    faults = draw_faults(
        section,
        Stream(Seeds.of(2).child("faults"), "fabrication", [0], CPU),
        2 * N_OUT,
        2 * N_IN,
        CPU,
    )
    assert faults is not None
    xi = torch.randn((2, 1, 2 * N_OUT, 2 * N_IN), generator=torch.Generator().manual_seed(0))
    low, high = faults.bounds(-(0.2 * (1 + 0.3 * xi[0])).abs(), (0.2 * (1 + 0.3 * xi[1])).abs())
    ours = low[low == high]
    count = (low == high).double(), (found["max_bound"] == found["min_bound"]).double()
    ps = [p_same_mean(*count), p_same_mean(ours, theirs), p_same(ours, theirs)]
    assert min(ps) > SIGNIFICANCE / len(ps)
