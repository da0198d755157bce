"""Made-up device cards, and arrays of devices of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch

from mortalff.cards import Card, Periphery, Quantity, load_card
from mortalff.hardware.crossbar import Crossbar, PulseMode
from mortalff.hardware.device_laws import device_law
from mortalff.seeds import Seeds
from mortalff.streams import Stream

CPU = torch.device("cpu")
LAWS: Mapping[str, Mapping[str, object]] = {
    "ConstantStep": {},
    "LinearStep": {"gamma_up": 0.3, "gamma_down": 0.6},
    "LinearStep additive": {"gamma_up": 0.3, "gamma_down": 0.6, "cycle_noise": "additive"},
    "SoftBounds": {},
    "SoftBounds additive": {"cycle_noise": "additive"},
    "SoftBoundsReference": {"reference_mean": 0.05, "reference_std": 0.05},
    "SoftBoundsReference multiplicative": {
        "reference_std": 0.05,
        "subtract_symmetry_point": True,
        "cycle_noise": "multiplicative",
    },
    "ExpStep": {},
    "ExpStep complex": {"noise_add": 0.0004, "noise_slope": 0.002},
    "PowStep": {"gamma": 0.7, "gamma_up_down": 0.2, "gamma_up_down_dtod": 0.05},
    "PiecewiseStep": {
        "nodes_up": {"values": (1.6, 1.2, 1.0, 0.5), "source": "test"},
        "nodes_down": {"values": (0.3, 0.9, 1.1, 1.4), "source": "test"},
    },
}
"""Every law, with each kind of cycle noise it has."""


def made_up(
    law: str = "ConstantStep",
    *,
    device: Mapping[str, float] | None = None,
    variability: Mapping[str, float | bool] | None = None,
    pulses: Mapping[str, int | bool] | None = None,
    time: Mapping[str, float] | None = None,
) -> Card:
    """A card of a law in :data:`LAWS`, with aihwkit's default device where nothing else is said.

    Its periphery is ideal, and its chips leave the fab with weights of zero.
    """
    kind = law.split()[0]
    parameters = {k: _quantity(k, v) for k, v in LAWS[law].items()}
    devices = {"dw_min": 0.001, "w_max": 0.6, "w_min": -0.6, "up_down": 0.0, "w_init_std": 0.0}
    spreads: dict[str, float | bool] = {
        "dw_min_dtod": 0.3,
        "dw_min_std": 0.3,
        "up_down_dtod": 0.01,
        "w_max_dtod": 0.3,
        "w_min_dtod": 0.3,
    }
    sections: Mapping[str, Mapping[str, float | bool]] = {
        "device": {**devices, **(device or {})},
        "variability": {**spreads, **(variability or {})},
        "pulses": pulses or {},
        "time": time or {},
    }
    card = load_card("gokmen_vlasov").replace(
        **{"law": {"kind": kind, **parameters}, "periphery": periphery()}
    )
    changes = {f"{s}.{k}": v for s, keys in sections.items() for k, v in keys.items()}
    return card.replace(**changes)


def periphery(**settings: object) -> Periphery:
    """A read path that is ideal but for these settings, numbers for quantities."""
    return Periphery.model_validate({k: _quantity(k, v) for k, v in settings.items()})


def crossbar(
    card: Card,
    n_out: int,
    n_in: int,
    chips: int | Sequence[int] = 1,
    seed: int | Seeds = 0,
    *,
    mode: PulseMode = "fast",
    read: Periphery | None = None,
    w_init_std: float | None = None,
) -> Crossbar:
    """Chips of a card."""
    ids = range(chips) if isinstance(chips, int) else chips
    return Crossbar(
        card,
        n_out,
        n_in,
        tuple(ids),
        Seeds.of(seed),
        CPU,
        w_init_std=w_init_std,
        periphery=read,
        pulse_mode=mode,
    )


def stream(name: str, chips: int = 1, seed: int = 0) -> Stream:
    """A stream of a row of chips."""
    return Stream(Seeds.of(seed), name, range(chips), CPU)


def devices_of(
    card: Card, n_out: int, n_in: int, chips: int = 1, seed: int = 0
) -> Any:  # the law of the card, whose own constants tests look into
    """The devices of new chips of a card."""
    return device_law(card, stream("fabrication", chips, seed), n_out, n_in)


def no_spread(**cycle: float) -> dict[str, float | bool]:
    """Devices that are all alike; ``dw_min_std`` or another spread may be kept."""
    names = ("dw_min_dtod", "dw_min_std", "up_down_dtod", "w_max_dtod", "w_min_dtod")
    return {**dict.fromkeys(names, 0.0), **cycle}


_UNITS = {
    "reference_mean": "weight",
    "reference_std": "weight",
    "noise_add": "weight",
    "weight_noise_std": "weight",
}


def _quantity(name: str, value: object) -> object:
    if value is None or isinstance(value, bool | str | int | Mapping):
        return value
    return Quantity(value=float(cast("float", value)), unit=_UNITS.get(name, "1"), source="test")
