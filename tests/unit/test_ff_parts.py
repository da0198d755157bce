"""The parts of FF: goodness, losses, what is held against what."""

from __future__ import annotations

import math

import pytest
import torch
from pydantic import ValidationError

from mortalff import FFSettings
from mortalff.errors import InputError
from mortalff.learners.augment import Shifts
from mortalff.learners.contrast import contrast_of
from mortalff.learners.goodness import goodness_of
from mortalff.learners.image_shape import image_shape
from mortalff.learners.local_loss import logistic_doubt, symba_doubt
from mortalff.learners.local_rule import Halves, LocalRule, chip_means
from mortalff.learners.negatives import draw_wrong_labels
from mortalff.learners.peers import Peers
from mortalff.learners.rollout import batch_of, roll_out, sample_classes
from mortalff.seeds import Seeds
from mortalff.streams import Stream

CPU = torch.device("cpu")


def _draws(chips: int = 1) -> Stream:
    return Stream(Seeds.of(4), "negatives", tuple(range(chips)), CPU)


@pytest.mark.parametrize(
    ("name", "factor"), [("ssq", 2.0), ("min_ssq", 2.0), ("sum", 1.0), ("log_ssq", 2.0)]
)
def test_slopes_are_derivatives_up_to_their_factor(name: str, factor: float) -> None:
    goodness = goodness_of(name)  # type: ignore[arg-type]
    y = torch.rand(3, 5, 7).add_(0.1).requires_grad_()
    goodness.of(y).sum().backward()
    assert y.grad is not None
    torch.testing.assert_close(factor * goodness.slope(y.detach()), y.grad)


@pytest.mark.parametrize("name", ["ssq", "min_ssq", "sum", "log_ssq"])
def test_a_layer_at_its_share_is_at_its_threshold(name: str) -> None:
    # Half of a Gaussian with mean square 0.7 after rectifying.
    goodness = goodness_of(name)  # type: ignore[arg-type]
    y = torch.randn(1, 200, 5000, generator=torch.Generator().manual_seed(0)).relu()
    y *= (0.7 / 0.5) ** 0.5
    found = float(goodness.of(y).mean())
    assert found == pytest.approx(goodness.threshold(0.7, 5000), rel=0.02, abs=50.0)


def test_losses_are_those_of_the_papers() -> None:
    g_up, g_down = torch.rand(2, 4, 9, 1, dtype=torch.float64).mul_(10.0)
    for sign, value in ((1.0, g_up), (-1.0, g_down)):
        at = value.clone().requires_grad_()
        torch.nn.functional.softplus(-sign * (at - 5.0) / 2.0).sum().backward()
        assert at.grad is not None
        torch.testing.assert_close(-sign * logistic_doubt(value, 5.0, 2.0, sign) / 2.0, at.grad)
    up, down = g_up.clone().requires_grad_(), g_down.clone().requires_grad_()
    torch.nn.functional.softplus(-4.0 * (up - down)).sum().backward()
    doubt = symba_doubt(g_up, g_down, 1.0 / 4.0)
    torch.testing.assert_close(up.grad, -4.0 * doubt)
    torch.testing.assert_close(down.grad, 4.0 * doubt)


def test_a_pair_is_held_at_its_threshold() -> None:
    # Far apart, so that there is no doubt left: what remains pulls both halves down if their mean is above θ, or up.
    settings = FFSettings(lr=0.05, loss="symba", hold=0.1, peer=0.0, temperature_share=1e-3)
    rule = LocalRule(settings, 20, 4, 1, CPU)  # lr · inputs is 1
    assert rule.theta == 4.0
    for mean_square, way in ((4.0, -1.0), (0.5, 1.0)):
        y = torch.full((1, 1, 4), mean_square**0.5)
        (up, down), _ = rule.errors(Halves(1.2 * y, 0.8 * y))
        away = 0.5 * (1.44 + 0.64) * mean_square - 1.0
        torch.testing.assert_close(up, -0.1 * away * 1.2 * y, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(down, -0.1 * away * 0.8 * y, rtol=1e-5, atol=1e-6)
        assert float(up.sum()) * way > 0.0


def test_temperature_as_a_share_of_each_layers_threshold() -> None:
    y = Halves(torch.rand(1, 5, 50), torch.rand(1, 5, 50))
    absolute = LocalRule(FFSettings(temperature=1.5, threshold=0.3), 9, 50, 1, CPU).errors(y)[0]
    share = LocalRule(FFSettings(temperature_share=0.1, threshold=0.3), 9, 50, 1, CPU).errors(y)[0]
    for a, b in zip(absolute, share, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("batch", [7, 32767, 32768, 200_000])
def test_mean_goodness_is_the_same_on_any_number_of_threads_and_beside_any_chips(
    batch: int,
) -> None:
    goodness = 100.0 * torch.rand(4, batch, 1, generator=torch.Generator().manual_seed(0))
    found, threads = [], torch.get_num_threads()
    try:
        for number in (1, 2, 4):
            torch.set_num_threads(number)
            alone = torch.cat([chip_means(chip) for chip in goodness.clone().split(1)])
            found += [chip_means(goodness), alone]
    finally:
        torch.set_num_threads(threads)
    for means in found:
        assert torch.equal(means, found[0])
    torch.testing.assert_close(found[0], goodness.double().mean((1, 2)).float())


@pytest.mark.parametrize("name", ["ssq", "min_ssq", "sum", "log_ssq"])
@pytest.mark.parametrize("loss", ["logistic", "symba"])
def test_every_goodness_gives_finite_numbers_at_its_threshold(name: str, loss: str) -> None:
    # θ of the logarithm is zero where activities have mean square 1, as they are meant to have.
    told = {"goodness": name, "loss": loss, "temperature_share": 0.03}
    settings = FFSettings.model_validate(told | ({"hold": 0.6} if loss == "symba" else {}))
    y = torch.ones(1, 3, 8)
    errors, good = LocalRule(settings, 5, 8, 1, CPU).errors(Halves(y, y.clone()))
    for tensor in (*errors, *good.values()):
        assert torch.isfinite(tensor).all()


def test_peers_are_pulled_to_their_mean() -> None:
    peers = Peers(1, 3, 0.1, CPU)
    y = torch.tensor([[[0.0, 1.0, 5.0], [0.0, 3.0, 1.0]]])
    pull = peers.pull(y)
    means = 0.9 * 0.5 + 0.1 * torch.tensor([0.0, 2.0, 3.0])
    torch.testing.assert_close(pull.flatten(), 0.1 * (means.mean() - means))


def test_hybrids_mix_two_different_images_of_the_batch() -> None:
    # Each image a constant of its own, so that a pixel says whose it is.
    images = torch.arange(1.0, 7.0)[:, None].expand(6, 784)
    mixed = contrast_of("hybrid", 784, 10).negative(images, torch.zeros(0), _draws(3))
    assert mixed.shape == (3, 6, 784)
    for chip in mixed:
        for own, vector in zip(images[:, 0], chip, strict=True):
            there = set(vector.unique().tolist())
            assert len(there) == 2
            assert float(own) in there
    assert not torch.equal(mixed[0], mixed[1])


def test_pairs_add_another_image() -> None:
    images = torch.eye(4)
    contrast = contrast_of("pairs", 4, 10)
    assert torch.equal(contrast.positive(images, torch.zeros(1, 4, 10)), 2.0 * images)
    added = contrast.negative(images, torch.zeros(0), _draws(5))
    assert torch.equal(added.sum(-1), torch.full((5, 4), 2.0))
    assert float(added.max()) == 1.0  # never itself


def test_next_symbols_come_in_at_the_end() -> None:
    text = torch.nn.functional.one_hot(torch.tensor([[0, 1, 2], [2, 2, 1]]), 3).float().flatten(1)
    contrast = contrast_of("next_symbol", 9, 3)
    after = torch.nn.functional.one_hot(torch.tensor([[1, 0]]), 3).float()
    real = contrast.positive(text, after).reshape(1, 2, 3, 3).argmax(-1)
    assert real.tolist() == [[[1, 2, 1], [2, 1, 0]]]
    wrong = contrast.negative(text, torch.tensor([[0, 2]]), _draws())
    assert wrong.reshape(1, 2, 3, 3).argmax(-1).tolist() == [[[1, 2, 0], [2, 1, 2]]]
    assert contrast.neutral(text) is text


def test_sampled_classes_have_their_probabilities() -> None:
    p = torch.tensor([0.5, 0.3, 0.2])
    n = 20_000
    drawn = sample_classes(p.log().expand(1, n, 3), _draws().uniform(n, 3))
    seen = torch.bincount(drawn.flatten(), minlength=3) / n
    # Five standard errors of a share: one wrong alarm in half a million.
    assert ((seen - p).abs() < 5.0 * (p * (1 - p) / n).sqrt()).all()


def test_roll_outs_go_on_by_their_own_predictions() -> None:
    # A predictor that is sure that the next symbol is the last plus one: each window of a roll-out counts up.
    def predict(windows: torch.Tensor) -> torch.Tensor:
        last = windows[..., -5:]
        return 1000.0 * last.roll(1, dims=-1)

    start = torch.nn.functional.one_hot(torch.tensor([[0, 1, 2]]), 5).float().flatten(1)
    made = roll_out(predict, start, 4, _draws(2))
    windows = made.reshape(2, 4, 3, 5).argmax(-1)
    expected = {(1, 2, 3), (2, 3, 4), (3, 4, 0), (4, 0, 1)}
    for chip in windows:
        assert {tuple(window.tolist()) for window in chip} == expected


def test_roll_outs_are_handed_out_batch_by_batch_and_again() -> None:
    windows = torch.arange(10.0).reshape(1, 10, 1)
    found = [batch_of(windows, number, 3).flatten().tolist() for number in range(4)]
    assert found == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [1, 2, 3]]
    assert torch.equal(batch_of(windows, 5, 20), windows), "fewer than a batch: all of them"


def test_wrong_labels_are_wrong_and_hard_ones_likely() -> None:
    truth, n = torch.zeros(4000, dtype=torch.int64), 4000
    logits = torch.tensor([9.0, 2.0, 0.0]).expand(2, n, 3)  # the true class is the likeliest by far
    for hard, share in ((True, 1.0 / (1.0 + math.exp(-2.0))), (False, 0.5)):
        labels = draw_wrong_labels(logits, truth, _draws(2), hard=hard)
        assert labels.shape == (2, n)
        assert int(labels.min()) == 1
        # Five standard errors of a share.
        found = (labels == 1).double().mean(1)
        assert ((found - share).abs() < 5.0 * (share * (1.0 - share) / n) ** 0.5).all()


def test_shifts_are_uniform_over_all_places_and_resume() -> None:
    shifts = Shifts(1, 25, Seeds.of(0), CPU)
    image = torch.zeros(1, 25)
    image[0, 12] = 1.0
    n = 9000
    where = shifts(image.expand(n, -1)).argmax(-1)
    counts = torch.bincount(where, minlength=25).reshape(5, 5)
    assert int(counts.sum()) == int(counts[1:4, 1:4].sum()) == n
    assert (counts[1:4, 1:4] - n / 9).abs().max() < 5.0 * (n / 9 * 8 / 9) ** 0.5
    calls = shifts.calls
    again = shifts(torch.rand(4, 25, generator=torch.Generator().manual_seed(1)))
    shifts.calls = calls
    assert torch.equal(again, shifts(torch.rand(4, 25, generator=torch.Generator().manual_seed(1))))


def test_shapes_of_images() -> None:
    assert image_shape(784) == (28, 28, 1)
    assert image_shape(3072) == (32, 32, 3)
    with pytest.raises(InputError, match="square images"):
        image_shape(301)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"contrast": "hybrid", "head": False, "negatives": "random"}, "no classes in its data"),
        ({"head": False}, "hard negatives are drawn by the softmax head"),
        ({"negatives": "rollout"}, "windows of symbols"),
        ({"phases": "apart", "loss": "symba"}, "never sees together"),
        ({"hold": 0.1}, "is for loss 'symba'"),
        ({"layer_rates": (1.0, -1.0)}, "at least 0"),
    ],
)
def test_settings_that_do_not_fit_together(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FFSettings.model_validate(settings)
