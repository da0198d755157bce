"""Black boxes: what is given is used, what comes back is checked, blame falls where it is due."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mortalff.errors import CapabilityError, InputError
from mortalff.hardware.black_box import BlackBox, SavedState


def _zeros(x: Tensor) -> Tensor:
    return torch.zeros(x.shape[0], x.shape[1], 2)


def test_callables_get_what_is_promised() -> None:
    seen: list[object] = []

    def pulse(x: Tensor, d: Tensor, lr: float) -> None:
        seen.append((x.shape, d.shape, lr))

    def forward(x: Tensor) -> Tensor:
        seen.append(x.shape)
        return _zeros(x)

    box = BlackBox(forward, n_out=2, n_in=3, chips=4, pulse=pulse, advance=seen.append)
    box.forward(torch.ones(5, 3))
    box.pulse(torch.ones(5, 3), torch.ones(4, 5, 2), 0.25)
    box.advance(0.0)
    box.advance(7.0)
    assert seen == [(4, 5, 3), ((4, 5, 3), (4, 5, 2), 0.25), 7.0]


@pytest.mark.parametrize(
    ("forward", "says"),
    [
        (lambda x: None, "type of output of my bench: got 'NoneType'"),
        (lambda x: x.numpy(), "type of output of my bench: got 'ndarray'"),
        (lambda x: x, r"shape of output of my bench: got \(1, 5, 3\)"),
        (lambda x: _zeros(x)[0], r"shape of output of my bench: got \(5, 2\)"),
        (lambda x: _zeros(x) + 1j, "dtype of output of my bench"),
        (lambda x: _zeros(x) / 0.0, r"output of my bench \[0, 0, 0\]: got nan"),
        (lambda x: _zeros(x) + 1e39, r"output of my bench \[0, 0, 0\]: got inf"),
    ],
)
def test_wrong_output_is_blamed_on_the_box(forward: Callable[[Tensor], Tensor], says: str) -> None:
    box = BlackBox(forward, n_out=2, n_in=3, name="my bench")
    with pytest.raises(InputError, match=says):
        box.forward(torch.ones(5, 3))


def test_what_the_callable_raises_comes_through() -> None:
    def broken(x: Tensor) -> Tensor:
        raise TimeoutError("no answer from the instrument")

    with pytest.raises(TimeoutError, match="no answer"):
        BlackBox(broken, n_out=2, n_in=3).forward(torch.ones(5, 3))


def test_a_callable_may_write_in_place() -> None:
    def forward(x: Tensor) -> Tensor:
        return x.mul_(2.0)

    box = BlackBox(forward, n_out=3, n_in=3)
    x = torch.ones(1, 5, 3)
    y = box.forward(x)
    assert torch.equal(x, torch.ones(1, 5, 3))
    assert torch.equal(y, torch.full((1, 5, 3), 2.0))


def test_integers_and_doubles_become_float32() -> None:
    box = BlackBox(lambda x: _zeros(x).long() + 3, n_out=2, n_in=3)
    assert torch.equal(box.forward(torch.ones(5, 3)), torch.full((1, 5, 2), 3.0))


def test_a_box_that_changes_and_is_not_saved_says_so() -> None:
    box = BlackBox(_zeros, n_out=2, n_in=3, pulse=lambda x, d, lr: None)
    with pytest.raises(CapabilityError, match=r"offers pulse.*SavedState"):
        box.state_dict()
    assert "counts" in BlackBox(_zeros, n_out=2, n_in=3).state_dict()


def test_a_state_goes_back_to_the_callables() -> None:
    kept = {"w": torch.ones(2)}
    loaded: list[dict[str, Tensor]] = []
    state = SavedState(lambda: kept, lambda found: loaded.append(dict(found)))
    box = BlackBox(_zeros, n_out=2, n_in=3, state=state)
    saved = box.state_dict()
    kept["w"] += 1.0
    box.load_state_dict(saved)
    assert loaded[0].keys() == {"w"}
    assert torch.equal(loaded[0]["w"], torch.ones(2))


@pytest.mark.parametrize(
    ("cost", "says"),
    [({"adc_conversions": 1.0}, "adc_conversion"), ({"array_read": -1.0}, "at least 0")],
)
def test_wrong_costs_are_refused(cost: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        BlackBox(_zeros, n_out=2, n_in=3, cost=cost)


@pytest.mark.parametrize("chips", [0, [], [1, 1], [-1, 2]])
def test_wrong_chips_are_refused(chips: int | list[int]) -> None:
    with pytest.raises(InputError, match="chips"):
        BlackBox(_zeros, n_out=2, n_in=3, chips=chips)
