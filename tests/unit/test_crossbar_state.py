"""States: what follows a resumed state is bit for bit what would have followed; others' are refused."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.errors import CardError, InputError
from mortalff.hardware.crossbar import Crossbar, PulseMode
from mortalff.seeds import Seeds
from tests.strategies.devices import LAWS, crossbar, made_up, periphery
from tests.strategies.reads import uniform

TIME = {"drift_nu": 0.1, "drift_nu_dtod": 0.03, "drift_t0_s": 20.0}
READ = periphery(
    output_noise_std=0.05, input_noise_std=0.05, output_bound=0.5, output_ranging="iterative"
)
X, D = uniform(0, 3, 7), uniform(1, 3, 5)


def new(
    law: str = "SoftBounds", mode: PulseMode = "fast", noise: float = 20.0, drifts: bool = True
) -> Crossbar:
    variability = {"write_noise_std": noise}
    card = made_up(law, variability=variability, time=TIME if drifts else None)
    return crossbar(card, 5, 7, 3, mode=mode, read=READ, w_init_std=0.2)


def go_on(chips: Crossbar) -> list[Tensor]:
    """Read, pulse and age; what comes out."""
    seen = []
    for lr in (0.02, 0.5):
        seen.append(chips.forward(X))
        chips.pulse(X, D, lr)
        chips.advance(100.0)
        seen += [chips.probe().forward_transposed(D), chips.probe().read_weights()]
    return seen


def assert_same(one: list[Tensor], two: list[Tensor]) -> None:
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("drifts", [True, False])
@pytest.mark.parametrize("noise", [0.0, 20.0])
@pytest.mark.parametrize("mode", ["fast", "exact"])
@pytest.mark.parametrize("law", LAWS)
def test_a_state_resumes_bit_for_bit(law: str, mode: PulseMode, noise: float, drifts: bool) -> None:
    chips = new(law, mode, noise, drifts)
    go_on(chips)
    state, counts = chips.state_dict(), chips.counts
    followed = go_on(chips)
    chips.load_state_dict(state)
    assert chips.counts == counts
    assert_same(followed, go_on(chips))
    elsewhere = new(law, mode, noise, drifts)
    elsewhere.load_state_dict(state)
    assert_same(followed, go_on(elsewhere))
    assert elsewhere.counts == chips.counts


def test_a_state_is_a_copy_both_ways() -> None:
    chips = new()
    state = chips.state_dict()
    kept = {name: tensor.clone() for name, tensor in state.items()}
    go_on(chips)
    assert all(torch.equal(state[name], kept[name]) for name in kept)
    chips.load_state_dict(state)
    go_on(chips)
    assert all(torch.equal(state[name], kept[name]) for name in kept)
    chips.load_state_dict(state)
    for tensor in state.values():
        tensor.zero_()
    assert torch.equal(chips.state_dict()["weights"], kept["weights"])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda card: crossbar(card, 5, 7, 3, seed=1), id="seed"),
        pytest.param(lambda card: crossbar(card, 5, 7, [0, 1, 3]), id="chip"),
        pytest.param(lambda card: crossbar(card, 5, 7, [2, 1, 0]), id="order"),
        pytest.param(lambda card: crossbar(card, 5, 7, 3, Seeds(0).child("b")), id="layer"),
        pytest.param(
            lambda card: crossbar(card.replace(**{"device.dw_min": 0.002}), 5, 7, 3), id="dw_min"
        ),
        pytest.param(
            lambda card: crossbar(card.replace(**{"time.drift_nu": 0.2}), 5, 7, 3), id="drift"
        ),
    ],
)
def test_a_state_of_other_chips_is_refused(other: object) -> None:
    card = made_up("SoftBounds", time=TIME)
    state = crossbar(card, 5, 7, 3).state_dict()
    chips: Crossbar = other(card)  # type: ignore[operator]
    before = chips.state_dict()
    with pytest.raises(InputError, match="another seed or card"):
        chips.load_state_dict(state)
    assert all(torch.equal(before[name], tensor) for name, tensor in chips.state_dict().items())


def test_states_of_another_make_are_refused() -> None:
    drifting, plain = (crossbar(made_up(time=time), 5, 7) for time in (TIME, None))
    with pytest.raises(InputError, match=r"'ageing\.now_s' is missing"):
        drifting.load_state_dict(plain.state_dict())
    with pytest.raises(InputError, match=r"'ageing\.\w+'; this hardware has no such state"):
        plain.load_state_dict(drifting.state_dict())
    state = plain.state_dict()
    with pytest.raises(InputError, match=r"shape must be \(1, 5, 7\)"):
        plain.load_state_dict({**state, "weights": torch.zeros(1, 5, 8)})
    with pytest.raises(InputError, match="did you mean 'weights'"):
        plain.load_state_dict({**state, "weight": state["weights"]})
    with pytest.raises(InputError, match="'counts'"):
        plain.load_state_dict(
            crossbar(made_up(), 5, 7, 2).state_dict()
            | {"weights": state["weights"], "visible": state["visible"]}
        )


def test_what_cannot_be_made_is_refused() -> None:
    with pytest.raises(CardError, match="needs devices"):
        crossbar(load_card("ideal"), 5, 7)
    with pytest.raises(InputError, match="did you mean 'exact'"):
        crossbar(made_up(), 5, 7, mode="exakt")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="n_in"):
        crossbar(made_up(), 5, 0)
    with pytest.raises(InputError, match="chips"):
        crossbar(made_up(), 5, 7, [])


def test_states_of_other_noise_or_converters_are_refused() -> None:
    """Chips that would go on with other random numbers, or be read otherwise, are others."""
    own = crossbar(made_up(), 5, 7)
    others = (
        crossbar(made_up(), 5, 7, seed=Seeds(0, {"pulse_noise": 9})),
        crossbar(made_up(), 5, 7, seed=Seeds(0, {"faults": 9})),
        crossbar(made_up(), 5, 7, read=periphery(output_noise_std=0.5)),
    )
    for other in others:
        with pytest.raises(InputError, match="another seed or card"):
            own.load_state_dict(other.state_dict())
