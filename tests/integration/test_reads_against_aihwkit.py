"""Our read path against aihwkit's with the same weights and IOParameters.

Without noise outputs are equal; with it, their means and spreads over many reads are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from tests.strategies.devices import crossbar, made_up, no_spread, periphery
from tests.strategies.reads import read_settings, uniform
from tests.strategies.statistics import SIGNIFICANCE, TABLE, array, two_sided
from tests.strategies.tiles import Tile, io, set_weights, tile

N_OUT, N_IN, BATCH, READS = 6, 40, 8, 4000
CARD = made_up(device={"w_max": 1.0, "w_min": -1.0}, variability=no_spread())
W, X = uniform(0, N_OUT, N_IN), uniform(1, BATCH, N_IN)
Settings = Mapping[str, object]

DAC = {"dac_bits": 7, "input_bound": 1.0}
ADC = {"adc_bits": 9, "output_bound": 12.0}
NARROW = {"adc_bits": 6, "output_bound": 1.0}
ABS_MAX = {"input_ranging": "abs_max", "input_bound": 1.0}  # as aihwkit asks
ITERATIVE = {"output_ranging": "iterative"}


def read_both(settings: Settings, x: Tensor, weights: Tensor = W) -> tuple[Tensor, Tensor]:
    """Outputs of a chip and of a tile."""
    path = periphery(**settings)
    chip = crossbar(CARD, *weights.shape, read=path)
    theirs: Tile = tile(CARD, *weights.shape, read=io(path))
    chip.probe().program(weights)
    set_weights(theirs, weights)
    with torch.no_grad():
        return chip.forward(x)[0], theirs.joint_forward(x, False)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"input_bound": 0.4},
        {"output_bound": 1.0},
        {"dac_bits": 3, "input_bound": 0.7},
        DAC,
        ADC,
        NARROW,
        DAC | ADC,
        DAC | NARROW,
        DAC | ADC | ABS_MAX,
        {"output_bound": 0.3} | ITERATIVE,
        {"output_bound": 1e-4} | ITERATIVE,
        ADC | ITERATIVE,
        NARROW | ITERATIVE,
        {"adc_bits": 3, "output_bound": 1.0} | ITERATIVE,
        DAC | NARROW | ITERATIVE,
        DAC | NARROW | ITERATIVE | ABS_MAX,
        {"dac_bits": 9, "input_bound": 1.0, "output_bound": 0.01} | ITERATIVE | ABS_MAX,
        {"dac_bits": 7, "input_bound": 1.0, "output_bound": 0.01} | ITERATIVE | ABS_MAX,
        {"dac_bits": 4, "input_bound": 1.0, "output_bound": 0.01} | ITERATIVE,
        {"dac_bits": 3, "input_bound": 1.0, "output_bound": 0.01} | ITERATIVE,
        {"dac_bits": 2, "input_bound": 1.0, "output_bound": 0.5} | ITERATIVE,
    ],
    ids=str,
)
def test_without_noise_outputs_are_equal(settings: Settings) -> None:
    """But for sums that lie half way between two levels, of which there may be one."""
    sizes = [1.0] if "input_ranging" not in settings else [1.0, 1e-3, 50.0, 0.0]
    for size in sizes:
        ours, theirs = read_both(settings, size * X)
        off = (ours - theirs).abs() > 1e-5 * max(float(theirs.abs().max()), 1e-30)
        assert int(off.sum()) <= 1, f"{ours} instead of {theirs}"


def assert_alike(ours: Tensor, theirs: Tensor, comparisons: int) -> None:
    """Means and spreads of many reads of one vector, output by output; both are normal."""
    effective = 1.0 / (2.0 / READS + 1.0 / TABLE)
    for o in range(ours.shape[1]):
        mine, other = array(ours[:, o]), array(theirs[:, o])
        spread = other.std()
        assert spread > 0.0
        z = (mine.mean() - other.mean()) / spread * np.sqrt(effective)
        assert two_sided(z) > SIGNIFICANCE / comparisons, f"mean of output {o}"
        z = np.log(mine.std() / spread) * np.sqrt(2.0 * effective)
        assert two_sided(z) > SIGNIFICANCE / comparisons, f"spread of output {o}"


@pytest.mark.parametrize(
    "settings",
    [
        {"output_noise_std": 0.06},
        {"input_noise_std": 0.05},
        {"weight_noise_std": 0.02},
        {"input_noise_std": 0.03, "output_noise_std": 0.1, "weight_noise_std": 0.02},
        {"output_noise_std": 0.06} | ABS_MAX,
        {"input_noise_std": 0.03, "weight_noise_std": 0.02} | ABS_MAX,
        {"output_noise_std": 0.02, "output_bound": 0.5} | ITERATIVE,
        {"input_noise_std": 0.02, "output_bound": 0.5} | ITERATIVE,
        DAC | ADC | {"output_noise_std": 0.06},
        DAC | ADC | ABS_MAX | ITERATIVE | {"output_noise_std": 0.06, "input_noise_std": 0.01},
    ],
    ids=str,
)
def test_noise_has_the_same_mean_and_spread(settings: Settings) -> None:
    for size in (0.6, 1.0):
        x = size * X[0].expand(READS, -1)
        ours, theirs = read_both(settings, x)
        assert_alike(ours, theirs, 4 * N_OUT)


@pytest.mark.parametrize("name", ["ecram", "gokmen_vlasov", "reram_es", "reram_sb"])
def test_read_paths_of_the_cards(name: str) -> None:
    """As the cards have them, which is aihwkit's PresetIOParameters; inputs large and small."""
    path = load_card(name).periphery
    chip = crossbar(CARD, N_OUT, N_IN, read=path)
    theirs = tile(CARD, N_OUT, N_IN, read=io(path))
    chip.probe().program(W)
    set_weights(theirs, W)
    for size in (0.1, 3.0):
        x = size * X[0].expand(READS, -1)
        with torch.no_grad():
            assert_alike(chip.forward(x)[0], theirs.joint_forward(x, False), 4 * N_OUT)
    zero = torch.zeros(1, N_IN)
    assert torch.equal(chip.forward(zero)[0], theirs.joint_forward(zero, False))


def test_preset_io_parameters_are_the_cards() -> None:
    from aihwkit.simulator.presets.utils import PresetIOParameters

    preset, ours = PresetIOParameters(), io(load_card("ecram").periphery)
    for name in (
        "inp_bound",
        "inp_res",
        "inp_noise",
        "out_bound",
        "out_res",
        "out_noise",
        "w_noise",
    ):
        assert getattr(ours, name) == pytest.approx(getattr(preset, name)), name
    assert ours.noise_management == preset.noise_management
    assert ours.bound_management == preset.bound_management


def test_transposed_reads_without_noise() -> None:
    """aihwkit's own backward pass has no iterative ranging; all else is as forward."""
    path = periphery(**(DAC | NARROW | ABS_MAX))
    chip, theirs = crossbar(CARD, N_OUT, N_IN, read=path), tile(CARD, N_OUT, N_IN, read=io(path))
    chip.probe().program(W)
    set_weights(theirs, W)
    d = uniform(2, BATCH, N_OUT)
    with torch.no_grad():
        expected = theirs.backward(d)
    off = (chip.probe().forward_transposed(d)[0] - expected).abs() > 1e-5
    assert int(off.sum()) <= 1


def read_by_tile(settings: Settings, x: Tensor, **theirs: object) -> Tensor:
    """Outputs of a tile whose read path has these settings, and others that only aihwkit names."""
    known = {k: v for k, v in settings.items() if k in _SHARED}
    parameters = io(read_settings(**known))
    for name, value in theirs.items():
        setattr(parameters, name, value)
    made: Tile = tile(CARD, N_OUT, N_IN, read=parameters)
    set_weights(made, W)
    with torch.no_grad():
        return made.joint_forward(x, False)


_SHARED = ("dac_bits", "adc_bits", "input_bound", "output_bound")


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_output_curve(share: float) -> None:
    """aihwkit's S-shape, its slope calibrated or not."""
    settings = {"output_bound": 2.0, "output_nonlinearity": 0.7, "output_slope_calibration": share}
    chip = crossbar(CARD, N_OUT, N_IN, read=read_settings(**settings))
    chip.probe().program(W)
    theirs = read_by_tile(settings, X, out_nonlinearity=0.7, slope_calibration=share)
    torch.testing.assert_close(chip.forward(X)[0], theirs, rtol=1e-5, atol=1e-5)


def test_ranging_by_a_constant_and_by_a_running_average() -> None:
    from aihwkit.simulator.parameters.enums import NoiseManagementType as Kind

    x = torch.cat((X, 4.0 * X, 0.3 * X))
    shared = DAC | NARROW
    for ours, theirs in (
        (
            {"input_ranging": "constant", "input_range": 0.7},
            {"noise_management": Kind.CONSTANT, "nm_thres": 0.7},
        ),
        (
            {"input_ranging": "abs_max", "input_range": 1.5},
            {"noise_management": Kind.ABS_MAX, "nm_thres": 1.5},
        ),
        (
            {
                "input_ranging": "average_abs_max"
            },  # with aihwkit's decay, which it does not let be set
            {"noise_management": Kind.AVERAGE_ABS_MAX},
        ),
    ):
        chip = crossbar(CARD, N_OUT, N_IN, read=read_settings(**shared, **ours))
        chip.probe().program(W)
        wanted = read_by_tile(shared, x, **theirs)
        off = (chip.forward(x)[0] - wanted).abs() > 1e-4
        assert int(off.sum()) <= 1, ours
