"""How devices change with time, and what makes time pass."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mortalff.cards.quantity import SPREAD, Quantity, Section, quantity

_ONE_SECOND = "one second; without effect while the effect it belongs to is off"


class Time(Section):
    """Ageing, counted for each device from when it last moved.

    Power-law drift multiplies a weight by (t/t0)^-nu for t > t0. Retention loss takes it to a rest state as
    exp(-t/tau). Relaxation adds a shift that each move draws anew and that grows with ln(t/t0). Diffusion adds a
    random walk. Heat makes all of these clocks run faster (Arrhenius).
    """

    drift_nu: Quantity = quantity("1", "mean drift exponent", ge=0, default=0.0)
    drift_nu_dtod: Quantity = quantity(
        "1", "device-to-device spread of the drift exponent, absolute", ge=0, default=0.0
    )
    drift_t0_s: Quantity = quantity(
        "s",
        "time at which drift is first seen",
        gt=0,
        default=1.0,
        default_source="one second; without effect while drift_nu is 0",
    )
    relaxation_mean: Quantity = quantity(
        "weight", "mean shift after a move, for every factor e of time beyond its t0", default=0.0
    )
    relaxation_std: Quantity = quantity(
        "weight", "spread of the shift when it is first seen, at its t0", ge=0, default=0.0
    )
    relaxation_std_rate: Quantity = quantity(
        "weight",
        "growth of that spread for every factor e of time beyond its t0",
        ge=0,
        default=0.0,
    )
    relaxation_t0_s: Quantity = quantity(
        "s",
        "time after a move at which relaxation is first seen",
        gt=0,
        default=1.0,
        default_source=_ONE_SECOND,
    )
    diffusion_std: Quantity = quantity(
        "weight", "spread of the random walk after diffusion_t0_s", ge=0, default=0.0
    )
    diffusion_dtod: Quantity = quantity(
        "1",
        "device-to-device spread of that, as a share of it",
        ge=0,
        usual=SPREAD,
        default=0.0,
    )
    diffusion_t0_s: Quantity = quantity(
        "s",
        "time in which the random walk spreads by diffusion_std",
        gt=0,
        default=1.0,
        default_source=_ONE_SECOND,
    )
    retention_tau_s: Quantity | None = quantity(
        "s",
        "time constant of the loss towards the rest state; a lifetime of N updates is N update_s",
        gt=0,
        optional=True,
    )
    retention_tau_dtod: Quantity = quantity(
        "1",
        "device-to-device spread of the time constant, as a share of it",
        ge=0,
        usual=SPREAD,
        default=0.0,
    )
    retention_rest: Quantity = quantity("weight", "mean rest state", default=0.0)
    retention_rest_dtod: Quantity = quantity(
        "weight", "device-to-device spread of the rest state", ge=0, default=0.0
    )
    activation_energy_ev: Quantity = quantity(
        "eV", "activation energy of ageing", ge=0, usual=(0.01, 5), default=0.0
    )
    temperature_k: Quantity = quantity(
        "K",
        "temperature of the chips",
        gt=0,
        usual=(1, 1500),
        default=300.0,
        default_source="room temperature; without effect while activation_energy_ev is 0",
    )
    reference_temperature_k: Quantity = quantity(
        "K",
        "temperature at which the times of this section were measured",
        gt=0,
        usual=(1, 1500),
        default=300.0,
        default_source="room temperature; without effect while activation_energy_ev is 0",
    )
    clock: Literal["manual", "actions"] = Field(
        default="manual",
        description="manual: time passes by advance() alone; actions: reads, pulses and programming take time too",
    )
    read_s: Quantity | None = quantity(
        "s",
        "time that one read takes of the clock; conductance.read_time_s where absent",
        ge=0,
        optional=True,
    )
    slot_s: Quantity = quantity("s", "time of one slot of a pulse train", ge=0, default=0.0)
    update_s: Quantity = quantity(
        "s", "time of one sample's update, beside its slots", ge=0, default=0.0
    )
    program_s: Quantity = quantity("s", "time of programming one cell", ge=0, default=0.0)
