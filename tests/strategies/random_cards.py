"""Cards whose every number is drawn: laws with all their parameters, spreads and kinds of noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mortalff.cards import Card, load_card
from tests.strategies.run_seed import SEED_VARIABLE, run_seed

Values = dict[str, object]

_BASE = load_card("gokmen_vlasov")


@dataclass(frozen=True)
class Draw:
    """A random card, and the seed of aihwkit's devices like it."""

    index: int
    card: Card
    construction_seed: int

    def __str__(self) -> str:
        """What repeats it."""
        return f"{self.card.law.kind} {self.index} of {SEED_VARIABLE}={run_seed()}"


def draws(kind: str, count: int) -> list[Draw]:
    """So many cards of a law, the same for the same seed of the run."""
    rng = np.random.default_rng([run_seed(), *kind.encode()])
    return [_draw(kind, index, _Dice(rng)) for index in range(count)]


class _Dice:
    """The kinds of random parameters that a card has."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def decades(self, low: float, high: float) -> float:
        return float(10.0 ** self.rng.uniform(np.log10(low), np.log10(high)))

    def spread(self, largest: float) -> float:
        """A spread, sometimes none."""
        return 0.0 if self.chance(0.15) else self.between(0.02, largest)


def _draw(kind: str, index: int, dice: _Dice) -> Draw:
    log_normal = dice.chance(0.3)
    values: Values = {
        "device.dw_min": dice.decades(5e-4, 2e-2),
        "device.w_max": dice.between(0.3, 1.5),
        "device.w_min": 0.0 if dice.chance(0.05) else -dice.between(0.3, 1.5),
        "device.up_down": 0.0 if dice.chance(0.2) else dice.between(-0.5, 0.5),
        "variability.dw_min_dtod": dice.spread(0.8 if log_normal else 0.4),
        "variability.dw_min_dtod_log_normal": log_normal,
        "variability.dw_min_std": 0.0 if dice.chance(0.1) else dice.decades(0.05, 5.0),
        "variability.up_down_dtod": dice.spread(0.2),
        "variability.w_max_dtod": dice.spread(0.4),
        "variability.w_min_dtod": dice.spread(0.4),
        "variability.enforce_consistency": not dice.chance(0.15),
        "variability.write_noise_std": dice.between(0.1, 60.0) if dice.chance(0.3) else 0.0,
    }
    if kind == "ConstantStep":  # to which aihwkit gives no write noise
        values["variability.write_noise_std"] = 0.0
    law = {"kind": kind, **_LAWS[kind](dice)}
    plain = {key: value for key, value in law.items() if not isinstance(value, float)}
    numbers = {f"law.{key}": value for key, value in law.items() if isinstance(value, float)}
    card = _BASE.replace(**{"law": plain, **numbers, **values})
    return Draw(index, card, int(dice.rng.integers(1, 2**31 - 2)))


def _constant(dice: _Dice) -> Values:
    return {}


def _linear(dice: _Dice) -> Values:
    increasing = dice.chance(0.25)
    return {
        "gamma_up": dice.between(-0.5 if increasing else 0.0, 1.3),
        "gamma_down": dice.between(-0.5 if increasing else 0.0, 1.3),
        "gamma_up_dtod": dice.spread(0.4),
        "gamma_down_dtod": dice.spread(0.4),
        "allow_increasing": increasing,
        "mean_bound_reference": dice.chance(0.5),
        **_noise_and_reversal(dice),
    }


def _noise_and_reversal(dice: _Dice) -> Values:
    if dice.chance(0.4):
        return {"cycle_noise": "additive"}
    return {
        "reverse_up": dice.chance(0.2),
        "reverse_down": dice.chance(0.2),
        "reverse_offset": dice.between(0.0, 0.1),
    }


def _reference(dice: _Dice) -> Values:
    return {
        "cycle_noise": "additive" if dice.chance(0.5) else "multiplicative",
        "reference_mean": dice.between(-0.2, 0.2),
        "reference_std": dice.spread(0.2),
        "subtract_symmetry_point": dice.chance(0.4),
        "slope_up_dtod": dice.spread(0.3),
        "slope_down_dtod": dice.spread(0.3),
    }


def _exponential(dice: _Dice) -> Values:
    b, gamma = dice.between(-0.5, 0.5), (dice.between(1.0, 13.0), dice.between(1.0, 13.0))
    complex_noise = dice.chance(0.4)
    # The steps at w = 0, in units of dw_min; above 1 the amplitude is negative.
    up, down = dice.between(0.2, 1.8), dice.between(0.2, 1.8)
    return {
        "a": dice.between(0.5, 3.0) / max(gamma),
        "b": b,
        "gamma_up": gamma[0],
        "gamma_down": gamma[1],
        "amplitude_up": (1.0 - up) * float(np.exp(-gamma[0] * b)),
        "amplitude_down": (1.0 - down) * float(np.exp(gamma[1] * b)),
        "noise_add": dice.decades(1e-4, 1e-2) if complex_noise else 0.0,
        "noise_slope": dice.decades(1e-3, 1e-1) if complex_noise else 0.0,
    }


def _power(dice: _Dice) -> Values:
    return {
        "gamma": dice.between(0.2, 3.0),
        "gamma_dtod": dice.spread(0.3),
        "gamma_up_down": 0.0 if dice.chance(0.3) else dice.between(-0.4, 0.4),
        "gamma_up_down_dtod": dice.spread(0.2),
    }


def _piecewise(dice: _Dice) -> Values:
    count = int(dice.rng.integers(1, 10))
    return {
        f"nodes_{direction}": {
            "values": tuple(dice.between(0.1, 2.0) for _ in range(count)),
            "source": "drawn",
        }
        for direction in ("up", "down")
    }


_LAWS: Mapping[str, Callable[[_Dice], Values]] = {
    "ConstantStep": _constant,
    "LinearStep": _linear,
    "SoftBounds": _noise_and_reversal,
    "SoftBoundsReference": _reference,
    "ExpStep": _exponential,
    "PowStep": _power,
    "PiecewiseStep": _piecewise,
}
KINDS = tuple(_LAWS)
