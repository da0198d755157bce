"""Networks that are no dense stacks learn real digits: local fields without labels, and a recurrent network.

Digits are 8×8 images, 1,400 to train and 397 to test. Comments give what runs with three seeds gave, mean and range;
where there is one number, what this one gives.
"""

from __future__ import annotations

import pytest

from mortalff.cards import load_card
from mortalff.data import Dataset, load_digits
from mortalff.learners import FF, FFSettings
from mortalff.learners.recurrent_ff import RecurrentFF
from mortalff.learners.recurrent_ff_settings import RecurrentFFSettings
from mortalff.networks.arrays import CardArrays
from mortalff.networks.local import LocalFields

LOCAL = (LocalFields(channels=12, field=4, stride=2), LocalFields(channels=24, field=2))


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_digits()


def local(card: str, seed: int = 0, chips: int = 1, **changes: object) -> FF:
    settings = FFSettings.model_validate({"contrast": "hybrid", "batch": 20, **changes})
    arrays = CardArrays(load_card(card), chips=chips, seed=seed)
    return FF(FF.build(arrays, (8, 8, 1), LOCAL, 10, settings), settings)


def recurrent(card: str, seed: int = 0, chips: int = 1, **changes: object) -> RecurrentFF:
    settings = RecurrentFFSettings.model_validate({"batch": 20, **changes})
    arrays = CardArrays(load_card(card), chips=chips, seed=seed)
    return RecurrentFF(RecurrentFF.build(arrays, (8, 8, 1), (60, 60), 10, settings), settings)


def test_local_fields_learn_features_without_labels(digits: Dataset) -> None:
    """Features of 24 units at 2×2 places, against those of random fields."""
    taught, random = local("ideal", chips=3, lr=0.01), local("ideal", chips=3, layers="frozen")
    for learner in (taught, random):
        learner.fit(digits.train, 8, progress=False)
    error = taught.error(digits.test).mean()
    assert error < 0.08  # 6.2 %, each seed's mean over three chips from 5.5 to 6.9
    assert error < random.error(digits.test).mean() - 0.005  # 8.3 %, from 7.0 to 9.5


def test_a_recurrent_network_learns(digits: Dataset) -> None:
    learner = recurrent("ideal", lr=0.01, smoothing=0.9, weight_decay=0.001)
    learner.fit(digits.train, 8, progress=False)
    assert learner.error(digits.test, "energy").mean() < 0.065  # 3.7 %, from 3.5 to 3.8
    assert learner.error(digits.test, "softmax").mean() < 0.06  # 3.2 %, from 2.8 to 3.8


def test_a_recurrent_network_learns_by_pulses_alone(digits: Dataset) -> None:
    learner = recurrent("gokmen_vlasov", lr=0.03)
    learner.fit(digits.train, 5, progress=False)
    # With 8 epochs 5.0 and 4.3 %, from 4.8 to 5.3 and 3.8 to 4.8.
    assert learner.error(digits.test, "energy").mean() < 0.09  # 4.8 %
    assert learner.error(digits.test, "softmax").mean() < 0.08  # 4.3 %
