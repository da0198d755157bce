"""Cards are found by path, in MORTALFF_CARDS, in installed packages and among the built-in ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mortalff.cards import find_cards, load_card
from mortalff.errors import CardError
from tests.strategies.cards import CARD_TEXT, write_card


@pytest.fixture(autouse=True)
def _no_other_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MORTALFF_CARDS", raising=False)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed distribution whose entry point names the package ``lab_cards_for_tests``."""
    site = tmp_path / "site"
    folder = site / "lab_cards_for_tests"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    record = site / "lab_cards-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-cards\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[mortalff.cards]\nlab = lab_cards_for_tests\n")
    monkeypatch.syspath_prepend(str(site))
    yield folder
    sys.modules.pop("lab_cards_for_tests", None)


def summary(text: str) -> str:
    return CARD_TEXT.replace("a card for tests", text)


def test_a_path_is_a_file_or_a_folder(tmp_path: Path) -> None:
    path = write_card(tmp_path)
    assert load_card(path) == load_card(str(path)) == load_card(path.parent)
    assert load_card(str(path.parent)).name == "tiny"


def test_a_file_of_another_name_has_the_name_of_its_card(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(CARD_TEXT)
    assert load_card(path).name == "tiny"
    other = path.rename(tmp_path / "other.toml")
    with pytest.raises(CardError, match="the name of the card's file; write name = 'other'"):
        load_card(other)


def test_a_path_relative_to_the_folder_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card(tmp_path)
    monkeypatch.chdir(tmp_path / "tiny")
    assert load_card("card.toml").name == "tiny"
    monkeypatch.chdir(tmp_path)
    assert load_card("./tiny").name == "tiny"
    with pytest.raises(CardError, match=r"for the folder here write '\./tiny'"):
        load_card("tiny")


@pytest.mark.parametrize("where", ["nowhere/card.toml", "empty", "nowhere.toml"])
def test_a_path_to_nothing(tmp_path: Path, where: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CardError, match="there is no such file; give a TOML file"):
        load_card(tmp_path / where)


def test_an_unknown_name_is_answered_with_the_nearest_and_the_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MORTALFF_CARDS", str(tmp_path))
    with pytest.raises(CardError) as caught:
        load_card("gokmen_vlasow")
    told = str(caught.value)
    assert told.startswith("card: got 'gokmen_vlasow'; there is no such card in ")
    assert f"{tmp_path} (MORTALFF_CARDS)" in told
    assert "(built-in)" in told
    assert told.endswith("did you mean 'gokmen_vlasov'?")


def test_capitals_are_no_obstacle_to_the_nearest_name() -> None:
    with pytest.raises(CardError, match=r"got 'ECRAM'; .* did you mean 'ecram'"):
        load_card("ECRAM")


def test_listed_folders_come_before_packages_before_the_built_in(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card(package, summary("from the package"), "ecram")
    assert load_card("ecram").summary == "from the package"
    first, second = tmp_path / "first", tmp_path / "second"
    write_card(second, summary("from the second folder"), "ecram")
    first.mkdir()
    monkeypatch.setenv("MORTALFF_CARDS", f"{first}{os.pathsep}{os.pathsep}{second}")
    assert load_card("ecram").summary == "from the second folder"
    write_card(first, summary("from the first folder"), "ecram")
    assert load_card("ecram").summary == "from the first folder"


def test_cards_are_listed_once_with_their_origin(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "listed"
    write_card(listed, name="ecram")
    write_card(listed, name="mine")
    write_card(package, name="theirs")
    (listed / "no_card").mkdir()
    (listed / "notes.txt").write_text("")
    monkeypatch.setenv("MORTALFF_CARDS", str(listed))
    found = find_cards()
    origins = {card.name: card.origin for card in found}
    assert [card.name for card in found] == sorted(origins)
    assert origins["ecram"] == origins["mine"] == "MORTALFF_CARDS"
    assert origins["theirs"] == "entry point lab"
    assert origins["ideal"] == "built-in"
    assert "no_card" not in origins


def test_a_listed_folder_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MORTALFF_CARDS", str(tmp_path / "typo"))
    with pytest.raises(CardError, match=r"MORTALFF_CARDS: got .*typo.*; it must list folders"):
        load_card("ideal")


def test_the_cards_inside_an_installed_package_are_the_built_in_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card(tmp_path / "device_models")
    monkeypatch.setattr("mortalff.cards.search.files", lambda _: tmp_path)
    assert [card.name for card in find_cards()] == ["tiny"]


def test_an_entry_point_that_cannot_be_imported(package: Path) -> None:
    (package / "__init__.py").write_text("import no_such_module_anywhere\n")
    with pytest.raises(CardError, match=r"entry point 'lab' .* it must name a package that can be"):
        find_cards()
