"""Arrays side by side pass the suite that all hardware passes, whatever they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
import torch

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.hardware.base import Hardware
from mortalff.hardware.blocks import BlockArrays
from mortalff.hardware.fabricate import fabricate
from mortalff.hardware.unknown_stage import UnknownStage
from mortalff.seeds import Seeds
from mortalff.testing import HardwareConformance
from mortalff.testing.hardware_case import grown, offering, same

LINES = ([0, 1, 2, 6], [2, 3, 4, 5, 6])  # line 2 and the bias line are shared
WIDTHS = (2, 3)
CELLS = 2 * 4 + 3 * 5
N_IN = 7


class TestBlocksOfCards(HardwareConformance):
    """Two arrays of a card with fields that overlap."""

    card = "ideal"

    @pytest.fixture(autouse=True, params=["ideal", "gokmen_vlasov", "ecram"])
    def _made_of(self, request: pytest.FixtureRequest) -> None:
        self.card = request.param
        self.pulses = 40

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        arrays = [
            fabricate(
                load_card(self.card),
                n_out=width,
                n_in=len(lines),
                chips=chips,
                seed=Seeds(seed).child(str(number)),
            )
            for number, (width, lines) in enumerate(zip(WIDTHS, LINES, strict=True))
        ]
        return BlockArrays(arrays, [torch.tensor(lines) for lines in LINES], N_IN)

    # The suite takes every output to have a weight on every input line. Here most have not: those that there are must
    # be counted, and others cannot be programmed.

    def test_weights_are_read_through_the_probe(self) -> None:
        hardware = self.make(chips=2, seed=0)
        before, state = hardware.counts, hardware.state_dict()
        weights = hardware.probe().read_weights()
        assert weights.shape == (2, hardware.n_out, hardware.n_in)
        assert grown(hardware, before)["weight_read"] == [CELLS, CELLS]
        state = hardware.state_dict()
        weights.fill_(1e3)
        assert same(hardware.state_dict(), state)

    def test_programming_comes_near(self) -> None:
        hardware = offering(self.make(chips=2, seed=0), "program")
        wanted = torch.zeros(hardware.n_out, N_IN)
        for rows, lines, value in ((slice(0, 2), LINES[0], 0.2), (slice(2, 5), LINES[1], -0.2)):
            wanted[rows, lines] = value
        hardware.probe().program(wanted)
        assert hardware.counts["program_cell"].tolist() == [CELLS, CELLS]
        y, _ = self.mean_output(hardware, torch.ones(1, N_IN))
        assert torch.equal(y.mean(0).sign(), wanted.sum(1).sign().double()[None])
        with pytest.raises(InputError, match="shape"):
            hardware.probe().program(wanted[1:])

    def test_what_has_no_device_cannot_be_programmed(self) -> None:
        hardware = offering(self.make(chips=2, seed=0), "program")
        before, counts = hardware.state_dict(), hardware.counts
        wanted = torch.zeros(hardware.n_out, N_IN)
        wanted[1, 4] = 0.5
        with pytest.raises(InputError, match=r"weights\[1, 4\].*does not read this input line"):
            hardware.probe().program(wanted)
        assert same(hardware.state_dict(), before)
        assert hardware.counts == counts


class TestBlocksOfStages(HardwareConformance):
    """Parts that can do nothing but be read."""

    def make(self, chips: int | Sequence[int], seed: int) -> Hardware:
        parts = [UnknownStage(n, chips, Seeds(seed).child(str(n))) for n in (2, 3)]
        return BlockArrays(parts, [torch.tensor([0, 5]), torch.tensor([3, 2, 1])], 6)

    def read_counts(self, hardware: Hardware, vectors: int) -> Mapping[str, float]:
        return {"black_box_pass": 2 * vectors}
