"""Unknown stages: nothing at strength 0, more with more, smooth, and the same for the same seed."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mortalff.errors import CapabilityError, InputError
from mortalff.hardware.unknown_stage import UnknownStage
from mortalff.seeds import Seeds


def _sweep(n: int, points: int = 2001) -> Tensor:
    """All units driven alike from −3 to 3."""
    return torch.linspace(-3.0, 3.0, points)[:, None].expand(-1, n).contiguous()


@given(st.integers(0, 2**32), st.integers(1, 9))
@settings(max_examples=20, deadline=None)
def test_strength_zero_is_the_identity(seed: int, n: int) -> None:
    x = 1e3 * torch.randn(7, n)
    y = UnknownStage(n, 2, seed, strength=0.0, mixing=1.0)(x)
    assert torch.equal(y, x.expand(2, -1, -1))


def test_distortion_grows_with_strength_from_nothing() -> None:
    x = _sweep(50)
    strengths = [0.001, 0.01, 0.1, 0.5, 1.0, 3.0]
    stages = [UnknownStage(50, 4, 1, strength=s, mixing=0.3) for s in strengths]
    errors = [float((stage(x) - x).square().mean().sqrt()) for stage in stages]
    assert errors == sorted(errors)
    assert errors[0] < 0.002
    assert errors[4] > 0.3


def test_strength_one_bends_saturates_and_is_not_always_monotonic() -> None:
    y = UnknownStage(200, 1, 0)(_sweep(200))[0]
    slopes = y.diff(dim=0)
    falling = (slopes < 0.0).any(0).float().mean()
    assert 0.05 < float(falling) < 0.95
    middle = (y[1200] - y[800]) / 1.2  # over −0.6 to 0.6
    ends = (y[-1] - y[-401]) / 1.2
    assert float(ends.mean()) < 0.85 * float(middle.mean())


def test_it_is_smooth() -> None:
    # Second differences shrink sixteenfold with a quarter of the step; at a kink they would
    # shrink fourfold, at a jump not at all.
    stage = UnknownStage(200, 1, 0, strength=2.0)
    coarse, fine = (
        stage(_sweep(200, points))[0].diff(n=2, dim=0).abs().amax(0) for points in (301, 1201)
    )
    bent = coarse > 1e-3
    assert int(bent.sum()) > 100
    assert float((coarse / fine)[bent].min()) > 10.0


def test_units_do_not_mix_unless_asked() -> None:
    x = torch.zeros(2, 6)
    x[1, 2] = 1.0
    apart = UnknownStage(6, 1, 0)(x)[0]
    assert torch.nonzero(apart[1] - apart[0]).flatten().tolist() == [2]
    mixed = UnknownStage(6, 1, 0, mixing=0.5)(x)[0]
    assert bool((mixed[1] != mixed[0]).all())


def test_it_never_changes() -> None:
    stage = UnknownStage(6, 2, 0)
    x = torch.randn(9, 6)
    assert torch.equal(stage(x), stage.forward(x))
    assert stage.counts["black_box_pass"].tolist() == [18.0, 18.0]


def test_only_its_own_stream_matters() -> None:
    x = torch.randn(9, 6)
    held = UnknownStage(6, 2, Seeds(1, held={"black_box": 5}))(x)
    assert torch.equal(held, UnknownStage(6, 2, 5)(x))
    assert not torch.equal(held, UnknownStage(6, 2, 1)(x))


def test_a_state_of_another_stage_is_refused() -> None:
    with pytest.raises(InputError, match="another seed"):
        UnknownStage(6, 2, 0).load_state_dict(UnknownStage(6, 2, 1).state_dict())


@pytest.mark.parametrize("name", ["strength", "mixing"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_wrong_settings_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=name):
        UnknownStage(6, strength=value) if name == "strength" else UnknownStage(6, mixing=value)


def test_it_takes_no_pulses() -> None:
    with pytest.raises(CapabilityError, match="pulse"):
        UnknownStage(6).pulse(torch.zeros(1, 6), torch.zeros(1, 6), 0.1)
