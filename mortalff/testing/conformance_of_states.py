"""What is kept and what repeats: checkpoints, seeds, and chips that do not know of each other."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.errors import InputError
from mortalff.hardware.base import Hardware
from mortalff.testing.hardware_case import HardwareCase, same


class StateConformance(HardwareCase):
    """Tests of ``state_dict``, ``load_state_dict``, seeds and chip numbers."""

    def test_a_state_is_brought_back(self) -> None:
        """After a state is loaded, all goes on as it did: bit for bit where hardware is reproducible."""
        hardware = self.make(chips=2, seed=0)
        self.use(hardware)
        state = self._state(hardware)
        counts = hardware.counts
        first = self.use(hardware)
        assert not same(hardware.state_dict(), state), "use changes not even the counts"
        hardware.load_state_dict(state)
        assert same(hardware.state_dict(), state)
        assert hardware.counts == counts
        if hardware.reproducible:
            assert _equal(self.use(hardware), first)

    def test_a_state_moves_to_new_hardware(self) -> None:
        """Hardware made anew with the same seed goes on from a state like the one it came from."""
        hardware = self.make(chips=2, seed=0)
        self.use(hardware)
        state = self._state(hardware)
        anew = self.make(chips=2, seed=0)
        anew.load_state_dict(state)
        assert same(anew.state_dict(), state)
        assert anew.counts == hardware.counts
        if hardware.reproducible:
            assert _equal(self.use(anew), self.use(hardware))

    def test_a_state_is_a_copy(self) -> None:
        """Neither use nor loading elsewhere nor writing into it ties a state to hardware."""
        hardware = self.make(chips=2, seed=0)
        state = self._state(hardware)
        kept = {name: tensor.clone() for name, tensor in state.items()}
        self.use(hardware)
        assert same(state, kept)
        hardware.load_state_dict(state)
        for tensor in state.values():
            tensor.zero_()
        assert same(hardware.state_dict(), kept)

    def test_a_state_is_of_tensors(self) -> None:
        """Names and tensors without a graph, so that it can be saved without pickle."""
        for name, tensor in self._state(self.make(chips=1, seed=0)).items():
            assert isinstance(name, str)
            assert isinstance(tensor, Tensor)
            assert not tensor.requires_grad

    @pytest.mark.parametrize("case", ["missing", "unknown", "chips"])
    def test_a_state_of_other_hardware_is_refused(self, case: str) -> None:
        """Names or sizes that differ are an error, and nothing has changed then."""
        hardware = self.make(chips=2, seed=0)
        self.use(hardware)
        before = self._state(hardware)
        wrong = dict(before)
        if case == "missing":
            del wrong[sorted(wrong)[0]]
        elif case == "unknown":
            wrong["no such thing"] = torch.zeros(1)
        else:
            wrong = self._state(self.make(chips=3, seed=0))
        with pytest.raises(InputError, match="state"):
            hardware.load_state_dict(wrong)
        assert same(hardware.state_dict(), before)

    def test_equal_seeds_make_equal_chips(self) -> None:
        """Same seed, same chips, same history: same numbers."""
        first, second = self._repeatable(chips=2, seed=3), self.make(chips=2, seed=3)
        assert _equal(self.use(first), self.use(second))
        assert _equal(self.use(first), self.use(second))

    def test_other_seeds_make_other_chips(self) -> None:
        """Another seed gives other outputs, and so does another chip's number."""
        if not self.seed_matters:
            pytest.skip("by this case, seeds make no difference")
        first, second = self.make(chips=2, seed=3), self.make(chips=2, seed=4)
        x = self.inputs(first)
        y, z = first.forward(x), second.forward(x)
        assert not torch.equal(y, z)
        assert not torch.equal(y[0], y[1])

    def test_chips_do_not_know_of_each_other(self) -> None:
        """Chip 1 alone gives what chip 1 among 0, 1 and 2 gives, whatever is done."""
        among, alone = self._repeatable(chips=[0, 1, 2], seed=3), self.make(chips=[1], seed=3)
        x, d = self.inputs(among, chips=True), self.errors(among, chips=True)
        for _ in range(2):
            assert self._near(among.forward(x)[1], alone.forward(x[1:2])[0])
            if "pulse" in among.capabilities:
                among.pulse(x, d, self.pulse_lr)
                alone.pulse(x[1:2], d[1:2], self.pulse_lr)
            if "advance" in among.capabilities:
                among.advance(self.advance_s)
                alone.advance(self.advance_s)
        assert among.counts.chip(1) == alone.counts.chip(0)
        assert self._near(among.forward(x)[1], alone.forward(x[1:2])[0])

    def test_global_generators_are_left_alone(self) -> None:
        """Torch's own generator neither moves nor matters."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            state = torch.random.get_rng_state()
            first = self.make(chips=1, seed=3)
            outputs = self.use(first)
            assert torch.equal(torch.random.get_rng_state(), state)
            if first.reproducible:
                torch.manual_seed(2)
                assert _equal(self.use(self.make(chips=1, seed=3)), outputs)

    def _near(self, left: Tensor, right: Tensor) -> bool:
        return float((left - right).abs().max()) <= self.rounding

    def _repeatable(self, chips: int | list[int], seed: int) -> Hardware:
        hardware = self.make(chips=chips, seed=seed)
        if not hardware.reproducible:
            pytest.skip(f"{hardware.describe()} does not repeat: reproducible is False")
        return hardware

    def _state(self, hardware: Hardware) -> dict[str, Tensor]:
        state = self.saved(hardware)
        if state is None:
            pytest.skip(f"{hardware.describe()} cannot be saved")
        return state


def _equal(left: list[Tensor], right: list[Tensor]) -> bool:
    return len(left) == len(right) and all(
        torch.equal(a, b) for a, b in zip(left, right, strict=True)
    )
