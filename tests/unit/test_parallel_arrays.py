"""Several devices a weight: their mean, less noise, what it costs, and hardware like any other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.hardware.base import Hardware
from mortalff.hardware.fabricate import fabricate
from mortalff.hardware.parallel_arrays import ParallelArrays
from mortalff.seeds import Seeds
from mortalff.testing import HardwareConformance


def arrays(
    number: int,
    size: int = 5,
    *,
    name: str = "gokmen_vlasov",
    seed: int = 0,
    chips: int | Sequence[int] = 2,
) -> list[Hardware]:
    seeds, card = Seeds.of(seed), load_card(name)
    return [
        fabricate(card, n_out=size, n_in=size + 1, chips=chips, seed=seeds.child(f"copy{index}"))
        for index in range(number)
    ]


def test_a_weight_is_the_mean_of_its_devices() -> None:
    together, alone = ParallelArrays(arrays(3)), arrays(3)
    x = torch.eye(6)
    expected = torch.stack([array.forward(x) for array in alone]).mean(0)
    torch.testing.assert_close(together.forward(x), expected)


def test_what_is_random_in_devices_averages_out() -> None:
    """Of nine devices pulsed by noise alone, as many up as down, the mean scatters a third as far."""
    scatter = {}
    for number in (1, 9):
        hardware = ParallelArrays(arrays(number, 12, name="reram_sb", chips=1))
        d = torch.ones(40, 12)
        d[1::2] = -1.0
        hardware.pulse(torch.ones(40, 13), d, 0.4)
        weights = torch.stack([hardware.forward(torch.eye(13)) for _ in range(8)]).mean(0)
        scatter[number] = float(weights.std())
    assert scatter[1] / scatter[9] == pytest.approx(3.0, rel=0.25)


def test_counts_are_those_of_all_and_the_additions() -> None:
    together, alone = ParallelArrays(arrays(3)), arrays(1)[0]
    x = torch.ones(4, 6)
    together.forward(x)
    alone.forward(x)
    assert (
        together.counts["adc_conversion"].tolist() == (3 * alone.counts["adc_conversion"]).tolist()
    )
    added = together.counts["digital_op"] - 3 * alone.counts["digital_op"]
    assert added.tolist() == [4 * 5 * 2] * 2


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="arrays"):
        ParallelArrays([])
    with pytest.raises(InputError, match="arrays"):
        ParallelArrays([*arrays(1), *arrays(1, 4)])


class TestParallelArrays(HardwareConformance):
    """Two devices a weight."""

    pulse_lr = 0.1

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        return ParallelArrays(arrays(2, chips=chips, seed=seed))
