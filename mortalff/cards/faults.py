"""Devices that do not work: from the fab, and after too many pulses."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mortalff.cards.quantity import Quantity, Section, quantity

FaultKind = Literal["dead", "low", "high", "random"]


class Faults(Section):
    """Devices that no pulse moves: single ones, on whole lines, in clusters.

    Rates are chances of independent faults. Where several meet, the first of this list decides: open line, shorted
    line, cluster, dead, stuck high, stuck low, stuck at random. A row is an input's line, a column an output's.
    Devices that work at first wear with pulses and fail after a lifetime of their own.
    """

    dead_rate: Quantity = quantity(
        "1", "share of devices not connected, whose weight reads zero", ge=0, le=1, default=0.0
    )
    stuck_low_rate: Quantity = quantity(
        "1", "share of devices stuck at their own lower bound", ge=0, le=1, default=0.0
    )
    stuck_high_rate: Quantity = quantity(
        "1", "share of devices stuck at their own upper bound", ge=0, le=1, default=0.0
    )
    stuck_random_rate: Quantity = quantity(
        "1", "share of devices stuck anywhere in their range", ge=0, le=1, default=0.0
    )
    stuck_random_range: Quantity | None = quantity(
        "weight", "how far from zero such a device may be stuck", ge=0, optional=True
    )
    open_row_rate: Quantity = quantity(
        "1", "share of rows that are open: their devices read zero", ge=0, le=1, default=0.0
    )
    shorted_row_rate: Quantity = quantity(
        "1", "share of rows whose devices all read their upper bound", ge=0, le=1, default=0.0
    )
    open_column_rate: Quantity = quantity(
        "1", "share of columns that are open: their devices read zero", ge=0, le=1, default=0.0
    )
    shorted_column_rate: Quantity = quantity(
        "1", "share of columns whose devices all read their upper bound", ge=0, le=1, default=0.0
    )
    cluster_density: Quantity = quantity(
        "1", "mean number of clusters of faults, per device", ge=0, le=1, default=0.0
    )
    cluster_size: Quantity = quantity(
        "1",
        "mean number of faults in a cluster, a Poisson number",
        ge=0,
        default=10.0,
        default_source="without effect while cluster_density is 0",
    )
    cluster_radius: Quantity = quantity(
        "1",
        "spread of a cluster along each axis, in devices",
        ge=0,
        default=2.0,
        default_source="without effect while cluster_density is 0",
    )
    cluster_kind: FaultKind = Field(default="dead", description="what the faults in clusters are")
    endurance_pulses: Quantity | None = quantity(
        "1", "pulses that half of the devices survive; none fails where absent", gt=0, optional=True
    )
    endurance_law: Literal["log_normal", "weibull"] = Field(
        default="log_normal", description="how lifetimes scatter"
    )
    endurance_sigma: Quantity = quantity(
        "1", "spread of the natural logarithm of lifetimes", ge=0, default=0.0
    )
    endurance_shape: Quantity = quantity(
        "1",
        "shape of the Weibull law; the larger the less they scatter",
        gt=0,
        default=1.0,
        default_source="without effect unless endurance_law is weibull",
    )
    endurance_failure: Literal["dead", "low", "high", "in_place"] = Field(
        default="in_place", description="where a worn device sticks; in_place: where it is"
    )
    endurance_window_loss: Quantity = quantity(
        "1",
        "share of its range that a device has lost at the end of its life, linear in its pulses",
        ge=0,
        le=1,
        default=0.0,
    )
