"""From a card's [programming] to the models of how its conductances scatter."""

from __future__ import annotations

import torch

from mortalff.cards import Card
from mortalff.cards.programming import (
    ExactScatter,
    NoReadNoise,
    NormalReadNoise,
    NormalScatter,
    PCMJoshiScatter,
    PCMLikeDrift,
    PCMLikeReadNoise,
    PCMLikeScatter,
    ProgrammedDrift,
    Programming,
    ReadNoise,
    RRAMMiloScatter,
    RRAMWanScatter,
    Scatter,
    SONOSReadNoise,
    SONOSScatter,
    UniformScatter,
)
from mortalff.errors import CardError, InputError, message
from mortalff.physics import pcm, sonos
from mortalff.physics.conductance_error import ConductanceError, GenericError
from mortalff.physics.conductance_scale import ConductanceScale, Encoding
from mortalff.physics.measured_errors import PCM_JOSHI, RRAM_MILO, RRAM_WAN

ReadNoiseModel = ConductanceError | pcm.PCMReadNoise


def conductance_scale(card: Card, programming: Programming, encoding: Encoding) -> ConductanceScale:
    """What this card's weights are in siemens.

    Args:
        card: its [device] and [conductance].
        programming: says what a device that holds nothing has.
        encoding: ``pair`` where a weight is the difference of two devices of which one holds it;
            ``offset`` where a device stands for itself, also each of a one-sided pair.

    Raises:
        CardError: the card has no [device] or no [conductance], or g_min is not below g_max.
    """
    if card.device is None or card.conductance is None:
        section = "device" if card.device is None else "conductance"
        rule = f"models of conductances need [{section}]"
        raise CardError(message(f"card {card.name!r}", None, rule, f"add [{section}]"))
    scatter = programming.scatter
    g_min = 0.0 if isinstance(scatter, ExactScatter) else float(scatter.g_min_siemens)
    g_max = float(card.conductance.g_max_siemens)
    if g_min >= g_max:
        where = f"card {card.name!r}: programming.scatter.g_min_siemens"
        rule = f"it must be below conductance.g_max_siemens, {g_max:g}"
        raise CardError(message(where, g_min, rule, "give a smaller one"))
    w_min, w_max = float(card.device.w_min), float(card.device.w_max)
    return ConductanceScale(w_min, w_max, g_min, g_max, encoding)


def scatter_model(
    scatter: Scatter, scale: ConductanceScale, read_voltage_v: float
) -> ConductanceError | None:
    """The model of how far devices land from what is written; None where they do not.

    Args:
        scatter: the card's ``programming.scatter``.
        scale: gives the full scale.
        read_voltage_v: the card's ``conductance.read_voltage_v``, at which currents are.

    Raises:
        CardError: g_min or g_max lies outside the range that the model was fitted in.
    """
    model: ConductanceError
    match scatter:
        case ExactScatter():
            return None
        case PCMLikeScatter():
            c = (scatter.c0_siemens, scatter.c1_siemens, scatter.c2_siemens)
            model = pcm.PCMProgramming(
                g_max=scale.g_max,
                coefficients=tuple(float(part) for part in c),
                g_reference=float(scatter.g_reference_siemens),
                scale=float(scatter.scale),
            )
        case NormalScatter():
            size = float(scatter.magnitude)
            model = GenericError("normal", scatter.dependence, size, scale.g_max)
        case UniformScatter():
            size = float(scatter.magnitude)
            model = GenericError("uniform", scatter.dependence, size, scale.g_max)
        case PCMJoshiScatter():
            model = PCM_JOSHI
        case RRAMMiloScatter():
            model = RRAM_MILO
        case RRAMWanScatter():
            model = RRAM_WAN
        case SONOSScatter():
            model = sonos.SONOSError(read_voltage_v, float(scatter.elapsed_s))
    _check_ends(model, scatter.kind, scale)
    return model


def drift_model(drift: ProgrammedDrift) -> pcm.PCMDrift | None:
    """How programming draws drift exponents; None where devices keep those they were made with."""
    if not isinstance(drift, PCMLikeDrift):
        return None
    return pcm.PCMDrift(
        mean=pcm.ClippedLogLine(
            float(drift.mean_slope),
            float(drift.mean_offset),
            float(drift.mean_low),
            float(drift.mean_high),
        ),
        std=pcm.ClippedLogLine(
            float(drift.std_slope),
            float(drift.std_offset),
            float(drift.std_low),
            float(drift.std_high),
        ),
        scale=float(drift.scale),
    )


def read_noise_model(
    noise: ReadNoise, scale: ConductanceScale, read_voltage_v: float
) -> ReadNoiseModel | None:
    """The model of how a device's reads scatter; None where they do not."""
    match noise:
        case NoReadNoise():
            return None
        case PCMLikeReadNoise():
            return pcm.PCMReadNoise(
                factor=float(noise.factor),
                power=float(noise.power),
                factor_max=float(noise.factor_max),
                read_time_s=float(noise.read_time_s),
                scale=float(noise.scale),
            )
        case SONOSReadNoise():
            return sonos.SONOSReadNoise(read_voltage_v)
        case NormalReadNoise():
            size = float(noise.magnitude)
            return GenericError("normal", noise.dependence, size, scale.g_max)


def _check_ends(model: ConductanceError, kind: str, scale: ConductanceScale) -> None:
    """Refuse a card at once, rather than at the first weight that is out of range."""
    ends = torch.tensor([scale.g_min, scale.g_max])
    try:
        model.std(ends)
    except InputError as error:
        raise CardError(f"programming.scatter, {kind}: {error}") from None
