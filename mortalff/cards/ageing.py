"""How devices change with time."""

from __future__ import annotations

from mortalff.cards.quantity import Quantity, Section, quantity


class Time(Section):
    """Ageing: w(t) = w0 · (t/t0)^-nu for t > t0, counted from when the device last moved."""

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
