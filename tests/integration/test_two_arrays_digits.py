"""FF learns digits in two arrays, as ``from_card`` builds it, on devices that forget what one array learned."""

from __future__ import annotations

from mortalff import FF, FFSettings, load, load_card
from mortalff.hardware.scheme import Scheme
from mortalff.hardware.two_array import TwoArrays
from mortalff.learners.from_card import Task
from mortalff.networks.arrays import CardArrays

EPOCHS, WIDTH = 8, 60


def test_two_arrays_learn_where_one_forgets() -> None:
    """By goodness, which layers at random know nothing of: two chips reached errors of 0.22 in two, 0.60 in one."""
    digits, card = load("digits"), load_card("reram_es")
    task = Task((8, 8, 1), 10, (WIDTH,), len(digits.train), EPOCHS)
    built = FF.from_card(card, task, {"batch": 20})
    assert isinstance(built.scheme, TwoArrays)
    settings = FFSettings.model_validate(built.settings)

    def error(scheme: Scheme | None) -> float:
        arrays = CardArrays(card, chips=2, seed=0, scheme=scheme)
        ff = FF(FF.build(arrays, task.image_shape, task.hidden, 10, settings), settings)
        ff.fit(digits.train, EPOCHS, progress=False)
        return float(ff.error(digits.test, "energy").mean())

    in_two = error(built.scheme)
    assert in_two < 0.35
    assert in_two < 0.6 * error(None)
