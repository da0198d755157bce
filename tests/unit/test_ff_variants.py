"""Kinds of FF, learning: what each promises, on digital weights and on devices."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mortalff import FF, FFSettings, Network, diagnose, load, load_card
from mortalff.data import Split
from mortalff.errors import InputError
from mortalff.learners.local_rule import by_difference

DIGITS = load("digits")


def _ff(
    card: str = "ideal", widths: tuple[int, ...] = (64, 60, 60), chips: int = 2, **settings: object
) -> FF:
    net = Network.build(load_card(card), widths, chips=chips, seed=0)
    return FF(net, FFSettings.model_validate({"batch": 20, "readout_from_layer": 1} | settings))


def _weights(ff: FF) -> list[Tensor]:
    return [layer.hardware.probe().read_weights() for layer in ff.network.layers]


def _least_separation(ff: FF, split: Split) -> float:
    """How far apart goodness holds real and negative data in the worst layer of the worst chip."""
    return min(float(layer["separation"].min()) for layer in diagnose(ff, split).layers)


def test_differences_ask_for_the_same_change() -> None:
    ff = {
        way: _ff(loss="symba", temperature=3.0, lr=0.05, pulses=way)
        for way in ("halves", "difference")
    }
    for learner in ff.values():
        learner.fit(DIGITS.train.take(60), 1, progress=False)
    for a, b in zip(_weights(ff["halves"]), _weights(ff["difference"]), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_differences_take_fewer_pulses() -> None:
    pulses = {}
    for way in ("halves", "difference"):
        ff = _ff("gokmen_vlasov", loss="symba", temperature=3.0, lr=0.02, pulses=way)
        ff.fit(DIGITS.train.take(400), 1, progress=False)
        pulses[way] = float(ff.network.counts["device_pulse"].mean())
    assert pulses["difference"] < 0.5 * pulses["halves"]


def test_by_difference_is_an_identity() -> None:
    x = [torch.rand(1, 3, 5), torch.rand(2, 3, 5)]
    d = [torch.rand(2, 3, 4), torch.rand(2, 3, 4)]
    plain = sum(
        torch.einsum("cbo,cbi->coi", e, v.expand(2, -1, -1)) for e, v in zip(d, x, strict=True)
    )
    new_x, new_d = by_difference(x, d)
    again = sum(
        torch.einsum("cbo,cbi->coi", e, v.expand(2, -1, -1))
        for e, v in zip(new_d, new_x, strict=True)
    )
    torch.testing.assert_close(again, plain)


@pytest.mark.parametrize(
    ("settings", "readout", "most"),
    [
        ({"loss": "symba", "temperature": 3.0, "lr": 0.1}, "energy", 0.08),
        ({"goodness": "min_ssq", "smoothing": 0.9, "lr": 0.03, "threshold": 0.3}, "energy", 0.08),
        ({"goodness": "sum", "smoothing": 0.9, "lr": 0.1}, "energy", 0.2),
        ({"goodness": "log_ssq", "loss": "symba", "temperature": 3.0, "lr": 0.1}, "energy", 0.08),
        ({"contrast": "hybrid", "smoothing": 0.9, "lr": 0.01}, "softmax", 0.1),
        ({"contrast": "pairs", "smoothing": 0.9, "lr": 0.01}, "softmax", 0.1),
        ({"shift": 1, "loss": "symba", "temperature": 3.0, "lr": 0.1}, "energy", 0.15),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else str(value),
)
def test_kinds_of_ff_learn_digits(settings: dict[str, object], readout: str, most: float) -> None:
    ff = _ff(widths=(64, 100, 100), **settings)
    ff.fit(DIGITS.train, 8, progress=False)
    assert float(ff.error(DIGITS.test, readout).mean()) < most
    assert _least_separation(ff, DIGITS.test) > 0.5


def test_layers_that_learned_nothing_are_told_apart_by_their_goodness() -> None:
    """The head learns digits from layers at random too; their goodness knows nothing."""
    ff = _ff(widths=(64, 100, 100), layers="frozen")
    ff.fit(DIGITS.train, 8, progress=False)
    assert float(ff.error(DIGITS.test, "softmax").mean()) < 0.1
    assert float(ff.error(DIGITS.test, "energy").mean()) > 0.7
    assert _least_separation(ff, DIGITS.test) < 0.2


def test_frozen_layers_keep_their_weights_and_so_do_those_of_rate_zero() -> None:
    ff = _ff(layer_rates=(0.0, 1.0))
    before = _weights(ff)
    ff.fit(DIGITS.train.take(40), 1, progress=False)
    after = _weights(ff)
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


def test_rates_for_layers_that_are_not_there() -> None:
    with pytest.raises(InputError, match="the network has 2 layers"):
        _ff(layer_rates=(1.0, 1.0, 1.0))


def test_sleep_is_a_phase_of_its_own() -> None:
    ff = _ff(phases="apart", phase_batches=2)
    seen = []
    targets = torch.eye(10)[DIGITS.train.labels[:20]].unsqueeze(0)
    for _ in range(6):
        measured = ff.step(DIGITS.train.images[:20], targets, 0.01)
        seen.append({name.split("_")[1] for name in measured if name.startswith("goodness")})
    assert seen == [{"positive"}] * 2 + [{"negative"}] * 2 + [{"positive"}] * 2


def _cycle(n: int = 600, symbols: int = 4) -> Split:
    """A text that repeats 0 1 0 2 0 3: the next symbol needs two of the past."""
    text = torch.tensor([0, 1, 0, 2, 0, 3] * (n // 6 + 1))
    windows = torch.stack([text[i : i + 3] for i in range(n)])
    hot = torch.nn.functional.one_hot(windows, symbols).float().flatten(1)
    return Split(hot, text[3 : n + 3])


@pytest.mark.parametrize("negatives", ["hard", "random", "rollout"])
def test_the_next_symbol_is_learned(negatives: str) -> None:
    net = Network.build(load_card("ideal"), (12, 50, 50), chips=2, seed=0, n_classes=4)
    settings = {"contrast": "next_symbol", "negatives": negatives, "lr": 0.01, "smoothing": 0.9}
    settings |= {"rollout_steps": 30} if negatives == "rollout" else {}
    ff = FF(net, FFSettings.model_validate(settings | {"batch": 20}))
    text = _cycle()
    ff.fit(text, 4, progress=False)
    # Guessing the commonest symbol is wrong half of the time. Layers at random serve the head as well, not goodness.
    assert float(ff.error(text, "softmax").mean()) < 0.05
    assert float(ff.error(text, "energy").mean()) < 0.05
    assert _least_separation(ff, text) > 1.0


def test_goodness_by_class_sums_to_the_energy_read_out() -> None:
    ff = _ff(widths=(64, 30, 20, 10))
    images = DIGITS.test.images[:7]
    layers = ff.goodness_by_class(images)
    assert [tuple(layer.shape) for layer in layers] == [(2, 7, 10)] * 3
    torch.testing.assert_close(ff.scores(images, "energy"), layers[0] + layers[1] + layers[2])
