"""Arrays side by side: what a dense array with zeros would do, for less."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.hardware.base import Hardware
from mortalff.hardware.blocks import BlockArrays
from mortalff.hardware.digital import DigitalArray
from mortalff.hardware.fabricate import fabricate
from mortalff.seeds import Seeds

LINES = (torch.tensor([0, 3, 4, 8]), torch.tensor([4, 5, 8]), torch.tensor([8, 1, 2, 3, 6]))
WIDTHS = (2, 4, 3)
N_IN = 9


def blocks(chips: int | list[int] = 2, card: str = "ideal") -> BlockArrays:
    arrays = [
        fabricate(
            load_card(card),
            n_out=width,
            n_in=len(lines),
            chips=chips,
            seed=Seeds(1).child(str(number)),
        )
        for number, (width, lines) in enumerate(zip(WIDTHS, LINES, strict=True))
    ]
    return BlockArrays(arrays, LINES, N_IN)


def mask() -> Tensor:
    """1 where there is a weight."""
    rows = []
    for width, lines in zip(WIDTHS, LINES, strict=True):
        row = torch.zeros(N_IN)
        row[lines] = 1.0
        rows += [row] * width
    return torch.stack(rows)


def dense_twin(hardware: Hardware) -> DigitalArray:
    """A dense digital array with the same weights."""
    dense = DigitalArray(
        hardware.n_out, N_IN, hardware.chip_ids, Seeds(0), torch.device("cpu"), w_init_std=0.0
    )
    dense.probe().program(hardware.probe().read_weights())
    return dense


def vectors(width: int, chips: int = 2, batch: int = 6, seed: int = 0) -> Tensor:
    return torch.randn(chips, batch, width, generator=torch.Generator().manual_seed(seed))


def test_they_read_like_a_masked_dense_array() -> None:
    hardware = blocks()
    dense = dense_twin(hardware)
    weights = hardware.probe().read_weights()
    assert torch.equal(weights != 0.0, mask().bool().expand(2, -1, -1))
    x, d = vectors(N_IN), vectors(9, seed=1)
    torch.testing.assert_close(hardware.forward(x), dense.forward(x), rtol=0, atol=1e-6)
    back = hardware.probe().forward_transposed(d)
    torch.testing.assert_close(back, dense.probe().forward_transposed(d), rtol=0, atol=1e-6)


@pytest.mark.parametrize("smoothed", [False, True])
def test_they_are_pulsed_like_a_masked_dense_array(smoothed: bool) -> None:
    hardware = blocks()
    dense = dense_twin(hardware)
    for step in range(3):
        x, d = vectors(N_IN, seed=step), vectors(9, seed=10 + step)
        for array in (hardware, dense):
            if smoothed:
                array.set_digital_update(0.9, 0.01)
            array.pulse(x, d, 0.1)
    got, wanted = (array.probe().read_weights() for array in (hardware, dense))
    torch.testing.assert_close(got, wanted * mask(), rtol=0, atol=1e-6)
    assert float((wanted * (1 - mask())).abs().max()) > 0.01  # the mask did matter


def test_programmed_weights_come_back() -> None:
    hardware = blocks()
    wanted = vectors(N_IN, batch=9) * mask()
    hardware.probe().program(wanted)
    assert torch.equal(hardware.probe().read_weights(), wanted)


def test_only_devices_that_are_there_count() -> None:
    hardware = blocks(card="gokmen_vlasov")
    hardware.forward(vectors(N_IN, batch=5))
    weights = sum(width * len(lines) for width, lines in zip(WIDTHS, LINES, strict=True))
    drives = sum(len(lines) for lines in LINES)
    assert hardware.counts["array_read"].tolist() == [15, 15]
    assert hardware.counts["cell_read"].tolist() == [2 * 5 * weights] * 2
    assert hardware.counts["dac_conversion"].tolist() == [5 * drives] * 2
    hardware.pulse(vectors(N_IN), vectors(9), 0.1)
    assert hardware.counts["outer_product"].tolist() == [18, 18]


def test_capabilities_are_those_of_all() -> None:
    mixed = [
        fabricate(load_card(card), n_out=2, n_in=3, seed=Seeds(0)) for card in ("ideal", "ecram")
    ]
    hardware = BlockArrays(mixed, [torch.arange(3), torch.arange(3)], 3)
    assert hardware.capabilities == mixed[0].capabilities & mixed[1].capabilities
    assert "digital_update" not in hardware.capabilities
    assert "advance" not in hardware.capabilities


def test_a_state_that_fits_in_part_changes_nothing() -> None:
    hardware = blocks()
    before = hardware.state_dict()
    wrong = {name: torch.ones_like(tensor) for name, tensor in before.items()}
    wrong["array2.weights"] = torch.ones(1, 1, 1)
    with pytest.raises(InputError, match="another size"):
        hardware.load_state_dict(wrong)
    after = hardware.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def _array(chips: int = 1) -> Hardware:
    return fabricate(load_card("ideal"), n_out=2, n_in=3, chips=chips)


@pytest.mark.parametrize(
    ("arrays", "lines", "match"),
    [
        ([], [], "at least one"),
        ([_array()], [], "each array has its own"),
        ([_array(), _array(2)], [torch.arange(3)] * 2, r"arrays\[1\].*same chips"),
        ([_array()], [torch.arange(4)], r"lines\[0\].*3 input lines"),
        ([_array()], [torch.arange(3.0)], r"lines\[0\].*int64"),
        ([_array()], [torch.tensor([0, 1, 5])], "from 0 to 4"),
        ([_array()], [torch.tensor([-1, 1, 2])], "from 0 to 4"),
        ([_array()], [torch.tensor([1, 1, 2])], "each is read once"),
    ],
)
def test_what_does_not_fit_is_refused(
    arrays: list[Hardware], lines: list[Tensor], match: str
) -> None:
    with pytest.raises(InputError, match=match):
        BlockArrays(arrays, lines, 5)
