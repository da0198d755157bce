"""What reads must be: of the right shape, without a way back to the weights, counted, refused when wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.actions import READ_LOADS
from mortalff.errors import CapabilityError, InputError
from mortalff.hardware.base import CAPABILITIES, Hardware
from mortalff.testing.hardware_case import HardwareCase, grown, offering, on_each, same


class ReadConformance(HardwareCase):
    """Tests of ``forward``, ``counts``, ``capabilities`` and the probe's reads."""

    def test_describes_itself(self) -> None:
        """Sizes and chip numbers are what was asked for."""
        hardware = self.make(chips=[4, 2], seed=0)
        assert hardware.chips == 2
        assert hardware.chip_ids == (4, 2)
        assert hardware.n_in >= 1
        assert hardware.n_out >= 1
        assert hardware.describe().strip()

    def test_capabilities_are_known(self) -> None:
        """Capabilities are names that exist, ``forward`` among them."""
        capabilities = self.make(chips=1, seed=0).capabilities
        assert "forward" in capabilities
        assert capabilities <= CAPABILITIES.keys()

    @pytest.mark.parametrize("chips", [1, 3])
    def test_a_batch_for_all_chips(self, chips: int) -> None:
        """(batch, n_in) gives float32 (chips, batch, n_out)."""
        hardware = self.make(chips=chips, seed=0)
        y = hardware.forward(self.inputs(hardware, batch=5))
        assert y.shape == (chips, 5, hardware.n_out)
        assert y.dtype == torch.float32
        assert y.device.type == hardware.device.type
        assert bool(torch.isfinite(y).all())

    def test_a_batch_for_each_chip(self) -> None:
        """(chips, batch, n_in) gives each chip's answer to its own batch."""
        hardware = self.make(chips=3, seed=0)
        x = self.inputs(hardware, batch=4, chips=True)
        assert hardware.forward(x).shape == (3, 4, hardware.n_out)
        turned, spread = self.mean_output(hardware, x.flip(1))
        straight, spread_too = self.mean_output(hardware, x)
        error = (straight - turned.flip(1)).abs()
        assert bool((error <= self.allowed(spread.flip(1), spread_too)).all())

    def test_an_empty_batch(self) -> None:
        """No vectors give no outputs and count as nothing."""
        hardware = self.make(chips=2, seed=0)
        before = hardware.counts
        assert hardware.forward(torch.zeros(0, hardware.n_in)).shape == (2, 0, hardware.n_out)
        assert hardware.counts == before

    def test_other_floats_are_taken(self) -> None:
        """float64 inputs are read like float32 ones."""
        hardware = self.make(chips=1, seed=0)
        assert hardware.forward(self.inputs(hardware).double()).dtype == torch.float32

    def test_outputs_have_no_graph(self) -> None:
        """Nobody can differentiate through hardware."""
        hardware = self.make(chips=1, seed=0)
        y = hardware.forward(self.inputs(hardware).requires_grad_())
        assert not y.requires_grad
        assert y.grad_fn is None

    def test_outputs_are_ones_own(self) -> None:
        """Writing into inputs or outputs afterwards changes nothing in the hardware."""
        hardware = self.make(chips=1, seed=0)
        x = self.inputs(hardware)
        before = x.clone()
        y = hardware.forward(x)
        assert torch.equal(x, before)
        kept = y.clone()
        hardware.forward(-x)
        assert torch.equal(y, kept)

    def test_no_public_weights(self) -> None:
        """No public attribute holds an array of the weights' shape."""
        hardware = self.make(chips=2, seed=0)
        shapes = {(hardware.n_out, hardware.n_in), (hardware.n_in, hardware.n_out)}
        for name in dir(hardware):
            if not name.startswith("_"):
                value = getattr(hardware, name)
                shape = tuple(value.shape) if isinstance(value, Tensor | np.ndarray) else ()
                assert shape[-2:] not in shapes, f"public attribute {name!r} of shape {shape}"

    @pytest.mark.parametrize("case", ["width", "vector", "chips", "four axes"])
    def test_wrong_shapes_are_refused(self, case: str) -> None:
        """An input of a wrong shape is an error, and is not counted."""
        hardware = self.make(chips=2, seed=0)
        before = hardware.counts
        n_in = hardware.n_in
        shapes = {
            "width": (5, n_in + 1),
            "vector": (n_in,),
            "chips": (3, 5, n_in),
            "four axes": (1, 1, 5, n_in),
        }
        with pytest.raises(InputError, match="shape"):
            hardware.forward(torch.zeros(shapes[case]))
        assert hardware.counts == before

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_inputs_that_are_not_finite_are_refused(self, value: float) -> None:
        """The error names the place; nothing is counted."""
        hardware = self.make(chips=2, seed=0)
        before = hardware.counts
        x = self.inputs(hardware)
        x[3, 0] = value
        with pytest.raises(InputError, match="3, 0"):
            hardware.forward(x)
        assert hardware.counts == before

    def test_reads_are_counted(self) -> None:
        """Every chip counts each read; exactly but for what inputs make of them, where the case says how much."""
        hardware = self.make(chips=2, seed=0)
        before = hardware.counts
        hardware.forward(self.inputs(hardware, batch=3))
        hardware.forward(self.inputs(hardware, batch=4, chips=True))
        since = grown(hardware, before)
        assert since, "a read counted as nothing"
        assert all(min(times) > 0.0 for times in since.values())
        expected = self.read_counts(hardware, 7)
        if expected is not None:
            whole = {action: times for action, times in since.items() if action not in READ_LOADS}
            assert whole == on_each(hardware, expected)

    def test_counts_are_frozen(self) -> None:
        """A snapshot neither follows the hardware nor lets itself be written."""
        hardware = self.make(chips=2, seed=0)
        hardware.forward(self.inputs(hardware))
        before = hardware.counts
        copied = {action: before[action].copy() for action in before}
        hardware.forward(self.inputs(hardware))
        assert all(np.array_equal(before[action], copied[action]) for action in before)
        assert hardware.counts != before
        for action in before:
            with pytest.raises(ValueError, match="read-only"):
                before[action][0] = 1.0

    @pytest.mark.parametrize("capability", sorted(CAPABILITIES.keys() - {"forward"}))
    def test_what_is_not_offered_is_refused(self, capability: str) -> None:
        """The error names what is missing; nothing is counted."""
        hardware = self.make(chips=1, seed=0)
        before = hardware.counts
        if capability in hardware.capabilities:
            pytest.skip(f"{hardware.describe()} offers {capability!r}")
        with pytest.raises(CapabilityError, match=capability):
            self._attempts(hardware)[capability]()
        assert hardware.counts == before

    @pytest.mark.parametrize("capability", sorted(CAPABILITIES))
    def test_what_is_offered_works(self, capability: str) -> None:
        """Nothing is offered in name only."""
        hardware = offering(self.make(chips=2, seed=0), capability)
        self._attempts(hardware)[capability]()

    def test_weights_are_read_through_the_probe(self) -> None:
        """A copy, one weight_read a weight."""
        hardware = offering(self.make(chips=2, seed=0), "read_weights")
        before = hardware.counts
        weights = hardware.probe().read_weights()
        assert weights.shape == (2, hardware.n_out, hardware.n_in)
        assert not weights.requires_grad
        reads = float(hardware.n_in * hardware.n_out)
        assert grown(hardware, before)["weight_read"] == [reads, reads]
        state = self.saved(hardware)
        weights.fill_(1e3)
        assert state is None or same(hardware.state_dict(), state)

    def test_transposed_reads_through_the_probe(self) -> None:
        """(batch, n_out) gives (chips, batch, n_in), counted."""
        hardware = offering(self.make(chips=2, seed=0), "forward_transposed")
        before = hardware.counts
        y = hardware.probe().forward_transposed(self.errors(hardware, batch=3))
        assert y.shape == (2, 3, hardware.n_in)
        assert not y.requires_grad
        assert grown(hardware, before)
        with pytest.raises(InputError, match="shape"):
            hardware.probe().forward_transposed(torch.zeros(3, hardware.n_out + 1))

    def _attempts(self, hardware: Hardware) -> dict[str, Callable[[], object]]:
        """A way to use each capability."""
        x, d = self.inputs(hardware), self.errors(hardware)
        weights = torch.zeros(hardware.n_out, hardware.n_in)
        return {
            "forward": lambda: hardware.forward(x),
            "pulse": lambda: hardware.pulse(x, d, self.pulse_lr),
            "advance": lambda: hardware.advance(self.advance_s),
            "digital_update": lambda: hardware.set_digital_update(0.9, 0.001),
            "forward_transposed": lambda: hardware.probe().forward_transposed(d),
            "read_weights": lambda: hardware.probe().read_weights(),
            "program": lambda: hardware.probe().program(weights),
        }
