"""The section of a card on programming: off by default, every kind read, mistakes named."""

from __future__ import annotations

import tomllib

import pytest
import torch
from pydantic import ValidationError

from mortalff.cards import Card, load_card
from mortalff.cards.keys import leaves
from mortalff.cards.programming import (
    ExactScatter,
    FabricatedDrift,
    NoReadNoise,
    Programming,
    Verify,
)
from mortalff.cards.quantity import Quantity
from mortalff.errors import CardError
from mortalff.hardware.conductance_models import (
    conductance_scale,
    drift_model,
    read_noise_model,
    scatter_model,
)
from mortalff.physics.conductance_error import GenericError
from mortalff.physics.conductance_scale import ConductanceScale
from mortalff.physics.measured_errors import PCM_JOSHI, RRAM_MILO, RRAM_WAN
from mortalff.physics.pcm import PCMDrift, PCMProgramming, PCMReadNoise
from mortalff.physics.sonos import SONOSError, SONOSReadNoise

MAGNITUDE = 'magnitude = { value = 0.05, unit = "1", source = "test" }'
SCALE = ConductanceScale(-1.0, 1.0, 0.0, 25e-6, "pair")


def section(toml: str) -> Programming:
    return Programming.model_validate(tomllib.loads(toml))


def scatter(kind: str, *lines: str) -> Programming:
    return section("\n".join(["[scatter]", f'kind = "{kind}"', *lines]))


def with_g_max(siemens: float) -> Card:
    return load_card("gokmen_vlasov").replace(**{"conductance.g_max_siemens": siemens})


def test_everything_is_off_by_default() -> None:
    made = Programming()
    assert isinstance(made.scatter, ExactScatter)
    assert isinstance(made.drift, FabricatedDrift)
    assert isinstance(made.read_noise, NoReadNoise)
    assert made.method == "one_shot"
    assert scatter_model(made.scatter, SCALE, 0.2) is None
    assert drift_model(made.drift) is None
    assert read_noise_model(made.read_noise, SCALE, 0.2) is None
    assert section("") == made


def test_kinds_of_scatter_give_their_models() -> None:
    """By the defaults of the schema the constants of aihwkit and CrossSim."""
    expected = {
        "PCMLike": PCMProgramming(25e-6),
        "PCMJoshi": PCM_JOSHI,
        "RRAMWan": RRAM_WAN,
        "SONOS": SONOSError(0.1),
    }
    for kind, model in expected.items():
        assert scatter_model(scatter(kind).scatter, SCALE, 0.1) == model
    milo = ConductanceScale(-1.0, 1.0, 50e-6, 225e-6, "pair")
    assert scatter_model(scatter("RRAMMilo").scatter, milo, 0.1) == RRAM_MILO
    for dependence in ("independent", "proportional", "inverse"):
        for kind in ("Normal", "Uniform"):
            made = scatter(kind, MAGNITUDE, f'dependence = "{dependence}"')
            model = scatter_model(made.scatter, SCALE, 0.1)
            assert model == GenericError(kind.lower(), dependence, 0.05, 25e-6)  # type: ignore[arg-type]


def test_drift_and_read_noise_give_their_models() -> None:
    made = section('drift.kind = "PCMLike"\nread_noise.kind = "PCMLike"')
    assert drift_model(made.drift) == PCMDrift()
    assert read_noise_model(made.read_noise, SCALE, 0.1) == PCMReadNoise()
    sonos = section('read_noise.kind = "SONOS"')
    assert read_noise_model(sonos.read_noise, SCALE, 0.1) == SONOSReadNoise(0.1)
    normal = section(f'[read_noise]\nkind = "Normal"\n{MAGNITUDE}')
    expected = GenericError("normal", "independent", 0.05, 25e-6)
    assert read_noise_model(normal.read_noise, SCALE, 0.1) == expected


def test_what_a_card_states_reaches_the_model() -> None:
    made = scatter(
        "PCMLike",
        'scale = { value = 2.0, unit = "1", source = "test" }',
        'c1_siemens = { value = 0.0, unit = "S", source = "test" }',
        'c2_siemens = { value = 0.0, unit = "S", source = "test" }',
        'g_reference_siemens = { value = 50e-6, unit = "S", source = "test" }',
    )
    model = scatter_model(made.scatter, SCALE, 0.1)
    assert model is not None
    assert float(model.std(torch.tensor(1e-5))) == pytest.approx(0.26348e-6, rel=1e-6)
    later = scatter("SONOS", 'elapsed_s = { value = 86400.0, unit = "s", source = "test" }')
    assert scatter_model(later.scatter, SCALE, 0.05) == SONOSError(0.05, 86_400.0)


def test_every_quantity_has_a_source() -> None:
    made = section('scatter.kind = "PCMLike"\ndrift.kind = "PCMLike"\nread_noise.kind = "PCMLike"')
    quantities = [value for _, _, value in leaves(made) if isinstance(value, Quantity)]
    assert len(quantities) == 23
    assert all(len(q.source) > len("schema default: ") + 10 for q in quantities)


def test_scale_of_a_card() -> None:
    card = with_g_max(25e-6)
    device = card.device
    assert device is not None
    scale = conductance_scale(card, scatter("PCMJoshi"), "pair")
    expected = ConductanceScale(float(device.w_min), float(device.w_max), 0.25e-6, 25e-6, "pair")
    assert scale == expected
    assert conductance_scale(card, Programming(), "offset").g_min == 0.0


@pytest.mark.parametrize(
    ("kind", "g_max", "match"),
    [
        ("PCMJoshi", 26e-6, r"programming\.scatter, PCMJoshi: .*26 µS.*covers 0 to 25 µS"),
        ("RRAMMilo", 230e-6, r"RRAMMilo: .*covers 50 to 225 µS"),
        ("RRAMWan", 40e-6, r"RRAMWan: .*covers 0 to 39.26 µS"),
        ("SONOS", 33e-6, r"SONOS: .*3300 nA.*covers 0 to 3200 nA"),
    ],
)
def test_a_full_scale_beyond_the_fit_is_refused_at_once(
    kind: str, g_max: float, match: str
) -> None:
    made = scatter(kind)
    scale = conductance_scale(with_g_max(g_max), made, "pair")
    with pytest.raises(CardError, match=match):
        scatter_model(made.scatter, scale, 0.1)


def test_a_card_without_what_conductances_need_is_refused() -> None:
    with pytest.raises(CardError, match=r"'ideal'.*add \[device\]"):
        conductance_scale(load_card("ideal"), Programming(), "pair")
    with pytest.raises(
        CardError, match=r"g_min_siemens: got 5e-05; .*below .*g_max_siemens, 4e-05"
    ):
        conductance_scale(with_g_max(40e-6), scatter("RRAMMilo"), "pair")


@pytest.mark.parametrize(
    ("toml", "match"),
    [
        ('method = "verify"\nscatter.kind = "PCMLike"', "verify ends where its own pulses"),
        ('method = "twice"', "one_shot"),
        ('scatter.kind = "PCM"', "PCMLike"),
        ('scatter.kind = "Normal"', "magnitude"),
        (
            '[scatter]\nkind = "Normal"\nmagnitude = { value = 5.0, unit = "1", source = "test" }',
            "usual range",
        ),
        (
            '[scatter]\nkind = "PCMJoshi"\n'
            'g_min_siemens = { value = 250.0, unit = "nS", source = "test" }',
            'write value = 2.5e-07, unit = "S"',
        ),
        (
            '[scatter]\nkind = "SONOS"\nelapsed_s = { value = 5e5, unit = "s", source = "test" }',
            "at most 432000",
        ),
        ('verify.tolerance = { value = 0.0, unit = "weight", source = "test" }', "must be above 0"),
        ("verify.rounds_max = 0", "greater than or equal to 1"),
        (
            '[drift]\nkind = "PCMLike"\nmean_low = { value = 0.2, unit = "1", source = "test" }',
            "it must be at most mean_high, 0.1",
        ),
        ('[drift]\nkind = "PCMLike"\nmeanlow = 1', "meanlow"),
    ],
)
def test_mistakes_are_named(toml: str, match: str) -> None:
    with pytest.raises(ValidationError, match=match):
        section(toml)


def test_verify_is_used_with_exact_scatter() -> None:
    made = section('method = "verify"\nverify.rounds_max = 7')
    assert made.verify == Verify(rounds_max=7)
