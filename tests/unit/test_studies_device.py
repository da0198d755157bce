"""Which torch device a study's chips are simulated on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.hardware.torch_device import checked_device
from mortalff.studies.chips import Around, CardChips
from mortalff.studies.plan import make_plan
from tests.strategies.studies import study_file

STUDY = """
study: device
data: {name: digits, train: 50, test: 20}
hidden: [5]
epochs: 1
blocks: [{name: a, hardware: [ideal], learners: [ff]}]
"""


def test_another_device_makes_another_run_and_the_cpu_the_run_it_always_was() -> None:
    card = load_card("ideal")
    here, there = CardChips(card), CardChips(card, around=Around(device="cuda"))
    assert "device" not in here.identity()
    assert there.identity() == {**here.identity(), "device": "cuda"}
    assert (here.name, there.name) == ("ideal", "ideal on cuda")


@pytest.mark.parametrize(
    ("name", "said"), [("gpu7", "no device of this name"), ("meta", "CPUs and on GPUs")]
)
def test_devices_that_cannot_be(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        checked_device(name)


def test_a_plan_refuses_a_device_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="sees no GPU"):
        make_plan(study_file(tmp_path, STUDY), device="cuda")
    assert len(make_plan(study_file(tmp_path, STUDY)).runs) == 1
