"""What a study file may say of hidden layers, and of what is built around arrays."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.cards import load_card
from mortalff.errors import SpecError
from mortalff.hardware.scheme import Plain
from mortalff.networks.local import LocalFields
from mortalff.networks.stage_choice import UnknownStageChoice
from mortalff.studies.chips import AihwkitChips, Around, CardChips
from mortalff.studies.run_spec import RunSpec
from mortalff.studies.study_file import read_study
from tests.strategies.studies import dedented, study_file, write
from tests.unit.test_studies_run_spec import SPEC

BASE = dedented("""
    study: mine
    data: {name: digits}
    hidden: [{channels: 4, field: 4, stride: 2}, 10]
    epochs: 2
    blocks:
      - name: a
        hardware: [{card: ecram, stage: {strength: 1, mixing: 0.25}, scheme: plain}]
        learners: [{name: ff, from_card: true}]
""")


def test_hidden_layers_are_widths_or_fields(tmp_path: Path) -> None:
    study = study_file(tmp_path, BASE).study
    assert study.hidden == (LocalFields(channels=4, field=4, stride=2), 10)


def test_hardware_may_have_a_stage_and_a_scheme(tmp_path: Path) -> None:
    block = study_file(tmp_path, BASE).study.blocks[0]
    hardware = block.hardware[0]
    assert hardware.stage == UnknownStageChoice(strength=1.0, mixing=0.25)
    assert hardware.scheme is not None
    assert (hardware.scheme.name, hardware.scheme.settings) == ("plain", {})
    assert block.learners[0].from_card


WRONG = [
    ("channels: 4", "channels: 0", "3: hidden[0].channels: got 0; .*at least 1"),
    ("channels: 4", "chanels: 4", "3: hidden[0].chanels: got 4; .*did you mean 'channels'?"),
    ("channels: 4, ", "", "3: hidden[0].channels: the key is missing; units at each place"),
    ("channels: 4", "channels: x", "3: hidden[0].channels: got 'x'; .*must be a whole number"),
    (", 10]", ", wide]", "3: hidden[1]: got 'wide'; .*must be a whole number"),
    (", 10]", ", true]", "3: hidden[1]: got True; .*must be a whole number"),
    ("strength: 1", "strength: -1", "7: blocks[0].hardware[0].stage.strength: got -1; .*at least 0"),
    ("strength: 1", "strenght: 1", "7: blocks[0].hardware[0].stage.strenght: .*'strength'?"),
    ("{strength: 1, mixing: 0.25}", "1", "7: blocks[0].hardware[0].stage: got 1; .*keys and values"),
    ("scheme: plain", "scheme: [plain]", "7: blocks[0].hardware[0].scheme: got ['plain']; .*keys and values"),
    ("scheme: plain", "scheme: {nam: plain}", "7: blocks[0].hardware[0].scheme.nam: .*'name'?"),
    ("from_card: true", "from_card: 1", "8: blocks[0].learners[0].from_card: got 1; .*valid boolean"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), WRONG, ids=[w[1] or "missing" for w in WRONG])
def test_each_rule_is_told_once_with_file_line_and_key(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in BASE
    path = write(tmp_path, BASE.replace(old, new, 1))
    with pytest.raises(SpecError) as caught:
        read_study(path)
    place, *rest = told.split(".*")
    lines = [line for line in str(caught.value).splitlines() if f"{path}:{place}" in line]
    assert len(lines) == 1, str(caught.value)
    assert all(part in lines[0] for part in rest), lines[0]


def test_what_is_around_the_arrays_is_in_name_and_identity_where_there_is_something() -> None:
    card, stage = load_card("gokmen_vlasov"), UnknownStageChoice(strength=1.0)
    plain = CardChips(card)
    staged = CardChips(card, "exact", around=Around(stage))
    assert plain.identity() == CardChips(card, around=Around(scheme=Plain())).identity()
    assert plain.identity() == {"card": "gokmen_vlasov"}
    assert staged.name == "gokmen_vlasov (exact pulses) + unknown stage 1"
    assert staged.identity()["stage"] == {"strength": 1.0, "mixing": 0.0}
    assert staged.digest() == plain.digest(), "the card is the same"
    mixed = UnknownStageChoice(strength=0.5, mixing=0.2)
    tiles = AihwkitChips("EcRamPreset", around=Around(mixed))
    assert tiles.name == "aihwkit:EcRamPreset + unknown stage 0.5, mixing 0.2"
    assert tiles.digest() != AihwkitChips("EcRamPreset").digest()


def test_a_run_with_local_layers_has_a_name_and_survives_being_written() -> None:
    local = LocalFields(channels=4, field=4, stride=2)
    spec = SPEC.model_copy(update={"sizes": (64, local, 10)})
    other = SPEC.model_copy(update={"sizes": (64, local.model_copy(update={"stride": 4}), 10)})
    assert len({SPEC.run_id, spec.run_id, other.run_id}) == 3
    read = RunSpec.model_validate_json(spec.canonical())
    assert read == spec
    assert spec.effort > 0.0
