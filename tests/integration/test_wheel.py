"""What an installation without a checkout gets."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling import build

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return zipfile.Path(folder / build.build_wheel(str(folder)))


def test_it_holds_every_card_and_study(wheel: zipfile.Path) -> None:
    cards = sorted(path.parent.name for path in ROOT.glob("device_models/*/card.toml"))
    assert cards
    for name in cards:
        packed = wheel / "mortalff" / "device_models" / name / "card.toml"
        assert packed.read_bytes() == (ROOT / "device_models" / name / "card.toml").read_bytes()
    for study in ROOT.glob("studies/*.yaml"):
        assert (wheel / "mortalff" / "studies_examples" / study.name).is_file()


def test_it_holds_the_package_its_types_and_its_command(wheel: zipfile.Path) -> None:
    assert (wheel / "mortalff" / "py.typed").is_file()
    (facts,) = (path for path in wheel.iterdir() if path.name.endswith(".dist-info"))
    assert "mortalff = mortalff.cli.main:main" in (facts / "entry_points.txt").read_text()
    top = {path.name for path in wheel.iterdir()}
    assert top == {"mortalff", facts.name}


def test_it_holds_nothing_generated(wheel: zipfile.Path) -> None:
    names = wheel.root.namelist()
    assert not [name for name in names if "__pycache__" in name or name.endswith((".nbc", ".nbi"))]
