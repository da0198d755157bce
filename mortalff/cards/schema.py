"""What a device card holds. Numbers are SI; weights are in normalised units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mortalff.cards.ageing import Time
from mortalff.cards.cell import Cell, SingleCell
from mortalff.cards.components import Components
from mortalff.cards.faults import Faults
from mortalff.cards.laws import (
    ConstantStepLaw,
    DigitalLaw,
    ExpStepLaw,
    LinearStepLaw,
    PiecewiseStepLaw,
    PowStepLaw,
    ProgramOnlyLaw,
    SoftBoundsLaw,
    SoftBoundsReferenceLaw,
)
from mortalff.cards.periphery import Periphery
from mortalff.cards.prices import ActionEnergy, ActionName
from mortalff.cards.programming import Programming
from mortalff.cards.quantity import SPREAD, Quantity, Section, quantity
from mortalff.cards.replace import replaced
from mortalff.cards.tiling import Tiling
from mortalff.cards.wires import Wires
from mortalff.errors import RuleError

__all__ = [
    "ActionEnergy",
    "Card",
    "Cell",
    "Conductance",
    "Device",
    "Faults",
    "Law",
    "Periphery",
    "Programming",
    "Provenance",
    "Pulses",
    "Quantity",
    "Tiling",
    "Time",
    "Validity",
    "Variability",
    "Wires",
]

Law = Annotated[
    DigitalLaw
    | ProgramOnlyLaw
    | ConstantStepLaw
    | LinearStepLaw
    | SoftBoundsLaw
    | SoftBoundsReferenceLaw
    | ExpStepLaw
    | PowStepLaw
    | PiecewiseStepLaw,
    Field(discriminator="kind"),
]


class Device(Section):
    """The mean device."""

    dw_min: Quantity = quantity(
        "weight",
        "mean weight change of one pulse at w = 0",
        gt=0,
        usual=(1e-6, 1),
        default=1.0,
        default_source="without effect, for no pulse moves a device that is only programmed",
    )
    w_max: Quantity = quantity("weight", "mean upper bound of the weight", gt=0)
    w_min: Quantity = quantity("weight", "mean lower bound of the weight", le=0)
    up_down: Quantity = quantity(
        "1", "asymmetry: by how much up steps exceed down steps, as a share of dw_min", default=0.0
    )
    w_init_std: Quantity = quantity(
        "weight", "standard deviation of the weights a chip leaves the fab with", ge=0, default=0.0
    )
    levels: int | None = Field(
        default=None,
        ge=2,
        description="number of states that a device is seen in, equally far apart between its own "
        "bounds; any where absent",
    )


class Variability(Section):
    """How devices differ from one another (dtod) and from pulse to pulse."""

    dw_min_dtod: Quantity = quantity(
        "1", "device-to-device spread of the step size", ge=0, usual=SPREAD
    )
    dw_min_dtod_log_normal: bool = Field(
        default=False, description="whether that spread is log-normal"
    )
    dw_min_std: Quantity = quantity(
        "1", "cycle-to-cycle spread of a step, as a share of it", ge=0, usual=(1e-6, 20)
    )
    up_down_dtod: Quantity = quantity(
        "1", "device-to-device spread of the asymmetry", ge=0, usual=SPREAD
    )
    w_max_dtod: Quantity = quantity(
        "1", "device-to-device spread of the upper bound", ge=0, usual=SPREAD
    )
    w_min_dtod: Quantity = quantity(
        "1", "device-to-device spread of the lower bound", ge=0, usual=SPREAD
    )
    enforce_consistency: bool = Field(
        default=True,
        description="whether steps and bounds drawn with the wrong sign are turned round; false: "
        "such steps stay reversed, and a device whose bounds cross is dead",
    )
    write_noise_std: Quantity = quantity(
        "1",
        "scatter of the visible weight about its state, in units of dw_min",
        ge=0,
        default=0.0,
    )


class Pulses(Section):
    """How a pulsed update is made (Gokmen and Vlasov 2016, stochastic pulse trains)."""

    bit_length_max: int = Field(default=31, ge=1, le=1023, description="longest pulse train, BL")
    update_management: bool = Field(
        default=True, description="scale rows against columns so that neither saturates"
    )
    bit_length_management: bool = Field(
        default=True, description="shorten the train where the update is small"
    )


class Conductance(Section):
    """What a normalised weight is in silicon, for the energy of reads."""

    g_max_siemens: Quantity = quantity("S", "conductance at w_max", gt=0, usual=(1e-9, 1e-2))
    read_voltage_v: Quantity = quantity(
        "V", "line voltage of a full-scale input", gt=0, usual=(1e-3, 5)
    )
    read_time_s: Quantity = quantity("s", "duration of one read", gt=0, usual=(1e-11, 1e-2))
    inputs: Literal["amplitude", "duration"] = Field(
        default="amplitude",
        description="what of a read pulse is an input: its voltage for the whole read, or its share of the read time at"
        " full voltage; decides what reads cost, and nothing else",
    )
    cells_per_weight: int = Field(
        default=2, ge=1, le=2, description="2 where each weight is a differential pair"
    )


class Provenance(Section):
    """Where the card comes from and how far to trust it."""

    paper: str = Field(min_length=10, description="the paper the device is described in")
    doi: str | None = Field(default=None, description="its DOI")
    fit: str = Field(min_length=10, description="how the numbers were got from the source")
    caveats: tuple[str, ...] = Field(
        default=(), strict=False, description="what the card leaves out or assumes"
    )


class Validity(Section):
    """Where the card may be believed."""

    statement: str = Field(min_length=10, description="where the card may be believed")
    pulses_max: float | None = Field(default=None, gt=0, description="pulses a device may see")


class Card(Section):
    """A device, its array's periphery, and the price of what they do."""

    schema_version: Literal[1] = Field(description="version of this schema: 1")
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="the name of the card's folder")
    summary: str = Field(min_length=10, description="one sentence on the device")
    law: Law
    device: Device | None = None
    variability: Variability | None = None
    cell: Cell = SingleCell(kind="single")
    pulses: Pulses = Pulses()
    time: Time = Time()
    faults: Faults = Faults()
    programming: Programming = Programming()
    conductance: Conductance | None = None
    periphery: Periphery = Periphery()
    tiling: Tiling = Tiling()
    wires: Wires = Wires()
    energy: Mapping[ActionName, ActionEnergy] = Field(default_factory=dict)
    components: Components = Field(
        default_factory=dict,
        description="constants of components, in place of the energy library's; what architectures"
        " are priced with",
    )
    validity: Validity
    provenance: Provenance

    @model_validator(mode="after")
    def _what_the_law_needs(self) -> Card:
        kind = self.law.kind
        needs = {"Digital": (), "ProgramOnly": ("device",)}.get(kind, ("device", "variability"))
        for section in needs:
            if getattr(self, section) is None:
                raise RuleError(
                    "law.kind",
                    kind,
                    f"a card with this law needs [{section}]",
                    f'add [{section}], or write kind = "Digital"',
                )
        if kind == "ProgramOnly" and self.programming.method == "verify":
            right = 'write method = "one_shot", or state a law'
            raise RuleError(
                "programming.method", "verify", "it pulses devices, and this law has none", right
            )
        return self

    @model_validator(mode="after")
    def _pulses_move_devices(self) -> Card:
        if self.device is None or self.law.kind in ("Digital", "ProgramOnly"):
            return self
        if "dw_min" not in self.device.model_fields_set:
            rule = "the key is missing; a law of pulses needs the mean weight change of one"
            right = 'write dw_min = { value = ..., unit = "weight", source = "..." }'
            raise RuleError("device.dw_min", None, rule, right)
        return self

    def replace(self, **changes: object) -> Card:
        """A card that differs in some parameters, validated as a card from a file is.

        Prices do not follow what they were computed for: who changes ``periphery.adc_bits`` sets
        ``energy.adc_conversion`` too.

        Args:
            changes: new values by dotted key, as in
                ``card.replace(**{"device.dw_min": 0.002, "periphery.adc_bits": 6})``. A number for
                a quantity keeps the unit and gets the source "set by user", as does a number of
                joules for a price; a mapping, a :class:`Quantity` or a section replaces the whole.
                A constant of a component is ``components.<its name>``, as in
                ``components.adc.isaac.energy``, and need not be on the card yet.

        Returns:
            The new card, under the same name.

        Raises:
            CardError: a key is unknown, or the new card breaks a rule of the schema.
        """
        return replaced(self, changes)
