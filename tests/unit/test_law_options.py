"""Options of laws that made-up cards leave off: reversed and free slopes, powers, nodes, devices without a range."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import Card
from mortalff.errors import CardError
from mortalff.hardware.device_laws import granularity
from tests.strategies.devices import devices_of, made_up

SHAPE = (20, 30)


def card(kind: str, consistent: bool = True, **law: object) -> Card:
    """A card of a law with these choices and numbers."""
    chosen = {key: value for key, value in law.items() if not isinstance(value, float)}
    numbers = {f"law.{key}": value for key, value in law.items() if isinstance(value, float)}
    base = made_up(variability={"enforce_consistency": consistent, "up_down_dtod": 0.1})
    return base.replace(**{"law": {"kind": kind, **chosen}, **numbers})


def nodes(*values: float) -> dict[str, object]:
    return {"values": values, "source": "test"}


def equal(found: Tensor, due: Tensor) -> None:
    torch.testing.assert_close(found, due, rtol=1e-4, atol=1e-8)


def test_a_reversed_soft_bound_vanishes_beyond_the_other_bound() -> None:
    devices = devices_of(
        card("SoftBounds", reverse_up=True, reverse_down=True, reverse_offset=0.1), *SHAPE
    )
    assert float(devices.up(devices.w_min - 0.1).mean.abs().max()) < 1e-9
    assert float(devices.down(devices.w_max + 0.1).mean.abs().max()) < 1e-9
    assert bool((devices.up(devices.w_max).mean > devices.up(0.0 * devices.w_max).mean).all())


def test_linear_slopes_refer_to_what_the_card_says() -> None:
    law = {"gamma_up": 1.0, "gamma_up_dtod": 0.0, "gamma_down": 1.0, "gamma_down_dtod": 0.0}
    mean = devices_of(card("LinearStep", **law), *SHAPE)
    assert float(mean.up(torch.full_like(mean.w_max, 0.6)).mean.abs().max()) < 1e-9
    own = devices_of(card("LinearStep", mean_bound_reference=False, **law), *SHAPE)
    assert float(own.up(own.w_max).mean.abs().max()) < 1e-9
    assert float(own.down(own.w_min).mean.abs().max()) < 1e-9


def test_steps_may_grow_where_the_law_lets_them() -> None:
    law = {"gamma_up": -0.5, "gamma_up_dtod": 0.0}
    grows = devices_of(card("LinearStep", allow_increasing=True, **law), *SHAPE)
    falls = devices_of(card("LinearStep", **law), *SHAPE)
    w = torch.full_like(grows.w_max, 0.6)
    equal(grows.up(w).mean, 1.5 * grows.step_up)
    equal(falls.up(w).mean, 0.5 * falls.step_up)


def test_the_slope_spread_of_a_reference_device_moves_its_bounds_alone() -> None:
    plain = devices_of(card("SoftBoundsReference"), *SHAPE)
    varied = devices_of(card("SoftBoundsReference", slope_up_dtod=0.2), *SHAPE)
    zero = torch.zeros_like(plain.w_max)
    equal(varied.up(zero).mean, plain.up(zero).mean)
    equal(varied.down(plain.w_min / 2).mean, plain.down(plain.w_min / 2).mean)
    assert torch.equal(varied.w_min, plain.w_min)
    share = plain.w_max / varied.w_max
    assert float(share.std()) == pytest.approx(0.2, rel=0.15)
    assert float(varied.up(varied.w_max).mean.abs().max()) < 1e-8


def test_a_power_of_one_is_soft_bounds_on_the_distance() -> None:
    devices = devices_of(card("PowStep", gamma=1.0, gamma_dtod=0.0), *SHAPE)
    w = torch.full_like(devices.w_max, 0.1)
    width = devices.w_max - devices.w_min
    inside = (devices.w_max > 0.1) & (devices.w_min < 0.1)
    up, down = devices.up(w), devices.down(w)
    due = devices.devices.step_up * (devices.w_max - w) / width
    equal(up.mean[inside], due[inside])
    due = devices.devices.step_down * (w - devices.w_min) / width
    equal(down.mean[inside], due[inside])
    equal(up.std, 0.3 * up.mean)


def test_nodes_lie_over_each_devices_own_range() -> None:
    devices = devices_of(
        card("PiecewiseStep", nodes_up=nodes(2.0, 1.0, 0.5), nodes_down=nodes(0.0, 1.0, 4.0)),
        *SHAPE,
    )
    up, down = devices.devices.step_up, devices.devices.step_down
    places = {0.0: (2.0, 0.0), 0.25: (1.5, 0.5), 0.5: (1.0, 1.0), 1.0: (0.5, 4.0)}
    for share, (rise, fall) in places.items():
        w = torch.lerp(devices.w_min, devices.w_max, share)
        equal(devices.up(w).mean, rise * up)
        torch.testing.assert_close(devices.down(w).mean, fall * down, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("kind", ["ExpStep", "PowStep", "PiecewiseStep"])
def test_devices_without_a_range_have_finite_steps(kind: str) -> None:
    """Bounds that cross fix a device half-way between them."""
    wide = {"variability.w_max_dtod": 2.0, "variability.w_min_dtod": 2.0}
    devices = devices_of(card(kind, consistent=False).replace(**wide), *SHAPE)
    dead = devices.w_max <= devices.w_min
    assert 0.02 < float(dead.float().mean()) < 0.5
    for respond in (devices.up, devices.down):
        step = respond(devices.w_min)
        assert bool((step.mean.isfinite() & step.std.isfinite()).all())


def test_granularities() -> None:
    assert granularity(card("PowStep", gamma=2.0)) == pytest.approx(0.25e-3)
    four = card("PiecewiseStep", nodes_up=nodes(1.0, 2.0, 3.0, 4.0), nodes_down=nodes(*[1.0] * 4))
    assert granularity(four) == pytest.approx(3e-3)
    none = card("PiecewiseStep", nodes_up=nodes(1.0, 0.0, 1.0), nodes_down=nodes(1.0, 1.0, 1.0))
    with pytest.raises(CardError, match="middle node"):
        granularity(none)


def test_as_many_nodes_down_as_up() -> None:
    with pytest.raises(CardError, match="give 2 values"):
        card("PiecewiseStep", nodes_up=nodes(1.0, 2.0))


@pytest.mark.parametrize("kind", ["LinearStep", "SoftBounds"])
def test_additive_noise_goes_with_no_reversal(kind: str) -> None:
    with pytest.raises(CardError, match="multiplicative"):
        card(kind, reverse_down=True, cycle_noise="additive")
