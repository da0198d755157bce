"""What pulses, programming and time must do, and must not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from mortalff.errors import InputError
from mortalff.testing.hardware_case import HardwareCase, grown, offering, on_each, same

_BUT_PULSES = ("line_pulse", "device_pulse")


class ChangeConformance(HardwareCase):
    """Tests of ``pulse``, ``advance`` and the probe's ``program``."""

    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_pulses_move_outputs_in_the_asked_direction(self, sign: float) -> None:
        """ΔW = lr d xᵀ moves Wx by lr |x|² d: on average along d, in a t-test over chips and lines.

        For each of several pairs (x, d) the change of the mean output is projected on d. The mean
        projection must be above zero at the level ``significance``.
        """
        projections = []
        for pair in range(4):
            hardware = offering(self.make(chips=4, seed=100 + pair), "pulse")
            x = self.inputs(hardware, batch=4)[pair : pair + 1]
            d = sign * self.errors(hardware, batch=4)[pair : pair + 1].sign()
            before, _ = self.mean_output(hardware, x)
            for _ in range(self.pulses):
                hardware.pulse(x, d, self.pulse_lr)
            after, _ = self.mean_output(hardware, x)
            projections.append(((after - before) * d.double()).flatten())
        values = torch.cat(projections).numpy()
        assert values.mean() > 0.0
        if np.ptp(values) > 0.0:
            assert stats.ttest_1samp(values, 0.0, alternative="greater").pvalue < self.significance

    def test_pulses_are_counted(self) -> None:
        """Every chip counts each sample; exactly but for expected pulses, where the case says how much."""
        hardware = offering(self.make(chips=2, seed=0), "pulse")
        before = hardware.counts
        hardware.pulse(self.inputs(hardware), self.errors(hardware), self.pulse_lr)
        since = grown(hardware, before)
        assert since, "a pulse counted as nothing"
        expected = self.pulse_counts(hardware, 5)
        if expected is not None:
            whole = {action: times for action, times in since.items() if action not in _BUT_PULSES}
            assert whole == on_each(hardware, expected)

    def test_a_rate_of_zero_changes_nothing(self) -> None:
        """Neither the state nor the counts."""
        hardware = offering(self.make(chips=2, seed=0), "pulse")
        before, state = hardware.counts, self.saved(hardware)
        hardware.pulse(self.inputs(hardware), self.errors(hardware), 0.0)
        assert hardware.counts == before
        assert state is None or same(hardware.state_dict(), state)

    def test_an_empty_batch_of_pulses_changes_nothing(self) -> None:
        """Neither the state nor the counts."""
        hardware = offering(self.make(chips=2, seed=0), "pulse")
        before, state = hardware.counts, self.saved(hardware)
        x, d = torch.zeros(0, hardware.n_in), torch.zeros(0, hardware.n_out)
        hardware.pulse(x, d, self.pulse_lr)
        assert hardware.counts == before
        assert state is None or same(hardware.state_dict(), state)

    @pytest.mark.parametrize("case", ["x", "d", "batch", "nan x", "inf d", "lr", "nan lr"])
    def test_wrong_pulses_are_refused(self, case: str) -> None:
        """Wrong shapes, values and rates are errors, and nothing is counted."""
        hardware = offering(self.make(chips=2, seed=0), "pulse")
        before = hardware.counts
        x, d, lr = self.inputs(hardware), self.errors(hardware), self.pulse_lr
        if case == "x":
            x = torch.zeros(5, hardware.n_in + 1)
        elif case == "d":
            d = torch.zeros(5, hardware.n_out + 1)
        elif case == "batch":
            d = d[:3]
        elif case == "nan x":
            x[0, 0] = float("nan")
        elif case == "inf d":
            d[0, 0] = float("inf")
        else:
            lr = -0.1 if case == "lr" else float("nan")
        with pytest.raises(InputError):
            hardware.pulse(x, d, lr)
        assert hardware.counts == before

    def test_pulsing_leaves_its_inputs_alone(self) -> None:
        """X and d are as they were, and writing into them later does no harm."""
        hardware = offering(self.make(chips=2, seed=0), "pulse")
        x, d = self.inputs(hardware, chips=True), self.errors(hardware, chips=True)
        copies = x.clone(), d.clone()
        hardware.pulse(x, d, self.pulse_lr)
        assert torch.equal(x, copies[0])
        assert torch.equal(d, copies[1])

    def test_a_pulsed_chip_leaves_the_others_alone(self) -> None:
        """With d zero but on one chip, the mean outputs of the others stay, and that one's move."""
        hardware = offering(self.make(chips=3, seed=0), "pulse")
        x = self.inputs(hardware, batch=1)
        d = torch.zeros(3, 1, hardware.n_out)
        d[1] = 1.0
        before, spread = self.mean_output(hardware, x)
        for _ in range(self.pulses):
            hardware.pulse(x, d, self.pulse_lr)
        after, spread_too = self.mean_output(hardware, x)
        far = (after - before).abs() > self.allowed(spread, spread_too)
        assert not bool(far[[0, 2]].any())
        assert bool(far[1].any())

    def test_programming_comes_near(self) -> None:
        """Programmed weights answer like the weights asked for, and count one program_cell each."""
        hardware = offering(self.make(chips=2, seed=0), "program")
        before = hardware.counts
        wanted = torch.full((hardware.n_out, hardware.n_in), 0.2)
        wanted[::2] *= -1.0
        hardware.probe().program(wanted)
        cells = float(hardware.n_in * hardware.n_out)
        assert grown(hardware, before)["program_cell"] == [cells, cells]
        x = torch.ones(1, hardware.n_in)
        y, _ = self.mean_output(hardware, x)
        assert torch.equal(y.mean(0).sign(), (wanted @ x[0]).sign().double()[None])
        with pytest.raises(InputError, match="shape"):
            hardware.probe().program(torch.zeros(hardware.n_out + 1, hardware.n_in))
        with pytest.raises(InputError):
            hardware.probe().program(torch.full_like(wanted, float("nan")))

    def test_no_time_changes_nothing(self) -> None:
        """advance(0) leaves the state as it was."""
        hardware = offering(self.make(chips=2, seed=0), "advance")
        self.use(hardware)
        before, spread = self.mean_output(hardware, self.inputs(hardware))
        state = self.saved(hardware)
        hardware.advance(0.0)
        assert state is None or same(hardware.state_dict(), state)
        after, spread_too = self.mean_output(hardware, self.inputs(hardware))
        assert bool(((after - before).abs() <= self.allowed(spread, spread_too)).all())

    def test_two_times_are_their_sum(self) -> None:
        """advance(a) and advance(b) age like advance(a + b)."""
        together = offering(self.make(chips=2, seed=0), "advance")
        apart = self.make(chips=2, seed=0)
        together.advance(self.advance_s)
        apart.advance(0.25 * self.advance_s)
        apart.advance(0.75 * self.advance_s)
        x = self.inputs(together)
        if together.reproducible:
            assert torch.allclose(together.forward(x), apart.forward(x), rtol=1e-4, atol=1e-5)
        else:
            (y, spread), (z, spread_too) = self.mean_output(together, x), self.mean_output(apart, x)
            assert bool(((y - z).abs() <= self.allowed(spread, spread_too)).all())

    @pytest.mark.parametrize("seconds", [-1.0, float("inf"), float("nan")])
    def test_wrong_times_are_refused(self, seconds: float) -> None:
        """Time is finite and goes forward."""
        hardware = offering(self.make(chips=1, seed=0), "advance")
        with pytest.raises(InputError, match="seconds"):
            hardware.advance(seconds)
