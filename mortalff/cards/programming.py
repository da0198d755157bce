"""How a device is written to a given weight, which only privileged access does, and what its reads scatter by."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from mortalff.cards.quantity import SPREAD, Quantity, Section, quantity
from mortalff.errors import RuleError

Dependence = Literal["independent", "proportional", "inverse"]
_PCM = "aihwkit 1.2.0 PCMLikeNoiseModel, after Nandakumar et al., ICECS 2019"
_USUAL_G = (1e-12, 1e-2)


def _g_min(default_siemens: float, source: str) -> Any:  # as pydantic.Field, for which it stands
    """The field of the conductance that stands for nothing."""
    meaning = "conductance of a device that holds nothing: zero of a pair, w_min of one device"
    return quantity(
        "S", meaning, ge=0, usual=_USUAL_G, default=default_siemens, default_source=source
    )


class ExactScatter(Section):
    """A device takes the weight that is written, as far as its bounds allow."""

    kind: Literal["Exact"]


class PCMLikeScatter(Section):
    """Normal, σ = scale · (c0 + c1 x + c2 x²) · g_max/g_reference with x = g/g_max."""

    kind: Literal["PCMLike"]
    g_min_siemens: Quantity = _g_min(0.0, _PCM)
    c0_siemens: Quantity = quantity(
        "S", "σ at zero conductance", default=0.26348e-6, default_source=_PCM
    )
    c1_siemens: Quantity = quantity("S", "σ linear in x", default=1.9650e-6, default_source=_PCM)
    c2_siemens: Quantity = quantity(
        "S", "σ quadratic in x", default=-1.1731e-6, default_source=_PCM
    )
    g_reference_siemens: Quantity = quantity(
        "S",
        "full scale at which c0, c1 and c2 were measured",
        gt=0,
        usual=_USUAL_G,
        default=25e-6,
        default_source=_PCM,
    )
    scale: Quantity = quantity("1", "factor on σ", ge=0, default=1.0, default_source=_PCM)


class NormalScatter(Section):
    """A normal error e of x = g/g_max: x + e, x (1 + e) or x + e/x (CrossSim's generic devices)."""

    kind: Literal["Normal"]
    dependence: Dependence = Field(
        default="independent", description="how the error goes with the conductance"
    )
    magnitude: Quantity = quantity("1", "standard deviation of e", ge=0, usual=SPREAD)
    g_min_siemens: Quantity = _g_min(0.0, "an infinite on/off ratio")


class UniformScatter(Section):
    """As ``Normal``, with an error that is uniform about zero."""

    kind: Literal["Uniform"]
    dependence: Dependence = Field(
        default="independent", description="how the error goes with the conductance"
    )
    magnitude: Quantity = quantity("1", "full width of e", ge=0, usual=SPREAD)
    g_min_siemens: Quantity = _g_min(0.0, "an infinite on/off ratio")


class PCMJoshiScatter(Section):
    """Measured on phase-change memory up to 25 µS (Joshi et al., Nature Communications 2020)."""

    kind: Literal["PCMJoshi"]
    g_min_siemens: Quantity = _g_min(0.25e-6, "CrossSim 3.2 PCMJoshi: an on/off ratio of 100")


class RRAMMiloScatter(Section):
    """Measured on resistive memory, 50 to 225 µS (Milo et al., IRPS 2021)."""

    kind: Literal["RRAMMilo"]
    g_min_siemens: Quantity = _g_min(50e-6, "CrossSim 3.2 RRAMMilo: from 50 to 225 µS")


class RRAMWanScatter(Section):
    """Measured on resistive memory up to 39.26 µS (Wan et al., Nature 2022)."""

    kind: Literal["RRAMWan"]
    g_min_siemens: Quantity = _g_min(0.0, "an infinite on/off ratio")


class SONOSScatter(Section):
    """Measured on 40 nm charge traps up to 3200 nA (Agrawal et al., IEDM 2022)."""

    kind: Literal["SONOS"]
    elapsed_s: Quantity = quantity(
        "s",
        "time after programming whose shift and scatter are taken",
        ge=0,
        le=432_000,
        default=0.0,
        default_source="right after programming, CrossSim 3.2 SONOS",
    )
    g_min_siemens: Quantity = _g_min(0.0, "CrossSim 3.2 SONOS: an on/off ratio of 1e7")


Scatter = Annotated[
    ExactScatter
    | PCMLikeScatter
    | NormalScatter
    | UniformScatter
    | PCMJoshiScatter
    | RRAMMiloScatter
    | RRAMWanScatter
    | SONOSScatter,
    Field(discriminator="kind"),
]


class Verify(Section):
    """Program and verify: read, pulse what is off towards its target, read again.

    A verifying read shows what any read does of a device (write noise, levels, wear), with ``read_std``. Pulses are the
    law's own, counted as ``device_pulse``; each read of a cell is counted, and so priced, as ``weight_read``.
    """

    tolerance: Quantity = quantity(
        "weight",
        "a device is done when its read is this close to its target",
        gt=0,
        usual=(1e-6, 1),
        default=0.01,
        default_source="one per cent of a weight of one; without effect while one_shot",
    )
    rounds_max: int = Field(
        default=100, ge=1, le=1_000_000, description="bursts of pulses a device gets at most"
    )
    pulses_per_round_max: int = Field(
        default=10, ge=1, le=10_000, description="pulses in a burst, between two reads, at most"
    )
    pulse_amplitude: Quantity = quantity(
        "1",
        "step of such a pulse as a multiple of a training pulse's",
        gt=0,
        usual=(1e-3, 1e3),
        default=1.0,
        default_source="the pulse that trains",
    )
    read_std: Quantity = quantity("weight", "noise of one verifying read", ge=0, default=0.0)


class FabricatedDrift(Section):
    """A device keeps the drift exponent that it was made with."""

    kind: Literal["Fabricated"]


class PCMLikeDrift(Section):
    """Programming draws ν anew: |μ + σ ξ|, each clip(slope · ln x + offset, low, high), x = g/g_max."""

    kind: Literal["PCMLike"]
    mean_slope: Quantity = quantity("1", "slope of μ", default=-0.0155, default_source=_PCM)
    mean_offset: Quantity = quantity("1", "offset of μ", default=0.0244, default_source=_PCM)
    mean_low: Quantity = quantity("1", "least μ", ge=0, default=0.049, default_source=_PCM)
    mean_high: Quantity = quantity("1", "greatest μ", ge=0, default=0.1, default_source=_PCM)
    std_slope: Quantity = quantity("1", "slope of σ", default=-0.0125, default_source=_PCM)
    std_offset: Quantity = quantity("1", "offset of σ", default=-0.0059, default_source=_PCM)
    std_low: Quantity = quantity("1", "least σ", ge=0, default=0.008, default_source=_PCM)
    std_high: Quantity = quantity("1", "greatest σ", ge=0, default=0.045, default_source=_PCM)
    scale: Quantity = quantity("1", "factor on ν", ge=0, default=1.0, default_source=_PCM)

    @model_validator(mode="after")
    def _ordered(self) -> PCMLikeDrift:
        for low, high in (("mean_low", "mean_high"), ("std_low", "std_high")):
            least, most = float(getattr(self, low)), float(getattr(self, high))
            if least > most:
                rule = f"it must be at most {high}, {most:g}"
                raise RuleError(low, least, rule, f"exchange {low} and {high}")
        return self


ProgrammedDrift = Annotated[FabricatedDrift | PCMLikeDrift, Field(discriminator="kind")]


class NoReadNoise(Section):
    """A read shows what a device holds, but for the noise that [periphery] states."""

    kind: Literal["None"]


class PCMLikeReadNoise(Section):
    """std = scale · g · Q √ln((t + t_r)/2t_r), Q = min(factor/max(x^power, 10⁻³), factor_max)."""

    kind: Literal["PCMLike"]
    factor: Quantity = quantity("1", "Q at g_max", ge=0, default=0.0088, default_source=_PCM)
    power: Quantity = quantity("1", "exponent of x in Q", gt=0, default=0.65, default_source=_PCM)
    factor_max: Quantity = quantity("1", "greatest Q", ge=0, default=0.2, default_source=_PCM)
    read_time_s: Quantity = quantity(
        "s",
        "t_r, duration of a read in the fit",
        gt=0,
        usual=(1e-11, 1.0),
        default=250e-9,
        default_source=_PCM,
    )
    scale: Quantity = quantity("1", "factor on the noise", ge=0, default=1.0, default_source=_PCM)


class SONOSReadNoise(Section):
    """σ(I) = 12.58 nA · (1 − exp(−I/215.4 nA)) (Agrawal et al., IEDM 2022, Fig. 11b)."""

    kind: Literal["SONOS"]


class NormalReadNoise(Section):
    """A normal error of g/g_max at each read, as :class:`NormalScatter` has it."""

    kind: Literal["Normal"]
    dependence: Dependence = Field(
        default="independent", description="how the error goes with the conductance"
    )
    magnitude: Quantity = quantity("1", "standard deviation of e", ge=0, usual=SPREAD)


ReadNoise = Annotated[
    NoReadNoise | PCMLikeReadNoise | SONOSReadNoise | NormalReadNoise, Field(discriminator="kind")
]


class Programming(Section):
    """How privileged programming writes a device, and what is left to chance. All off by default."""

    method: Literal["one_shot", "verify"] = Field(
        default="one_shot",
        description="one_shot: what is written, with scatter; verify: pulses until a read agrees",
    )
    scatter: Scatter = Field(
        default=ExactScatter(kind="Exact"),
        description="how far devices land from what one_shot writes",
    )
    verify: Verify = Field(default=Verify(), description="settings of program-and-verify")
    drift: ProgrammedDrift = Field(
        default=FabricatedDrift(kind="Fabricated"),
        description="drift exponents of devices that were programmed",
    )
    read_noise: ReadNoise = Field(
        default=NoReadNoise(kind="None"),
        description="noise of a device at each read, by its conductance",
    )

    @model_validator(mode="after")
    def _one_way_to_miss(self) -> Programming:
        if self.method == "verify" and self.scatter.kind != "Exact":
            raise RuleError(
                "scatter.kind",
                self.scatter.kind,
                "verify ends where its own pulses leave a device; measured scatter is what"
                " another such loop left",
                'write scatter = { kind = "Exact" }, or method = "one_shot"',
            )
        return self
