"""Where aihwkit is missing or broken, that is said plainly, with the way out."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest
import torch

from mortalff.errors import MissingDependencyError
from mortalff.hardware.aihwkit_library import aihwkit_version, preset_names
from mortalff.hardware.aihwkit_tile import AihwkitTile


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """The version is asked for once a process, so what is remembered must go before and after."""
    aihwkit_version.cache_clear()
    yield
    aihwkit_version.cache_clear()


class _Tile:
    _shared_weight_tensor: torch.Tensor | None = torch.zeros(2, 3)

    def __init__(self, *arguments: object) -> None:
        pass

    def joint_forward(self, x: torch.Tensor, is_test: bool) -> torch.Tensor:
        return torch.zeros(1, 2)

    def set_learning_rate(self, lr: float) -> None:
        pass

    def update(self, x: torch.Tensor, d: torch.Tensor) -> None:
        pass


class _Foreign(_Tile):
    """What a wheel for another torch does."""

    def joint_forward(self, x: torch.Tensor, is_test: bool) -> torch.Tensor:
        raise RuntimeError("x_input must be a CPU tensor\nException raised from operator()")


class _Nonsense(_Tile):
    def joint_forward(self, x: torch.Tensor, is_test: bool) -> torch.Tensor:
        return torch.full((1, 2), float("nan"))


class _Old(_Tile):
    _shared_weight_tensor = None


def _fake(monkeypatch: pytest.MonkeyPatch, tile: type[_Tile]) -> None:
    library, configs = types.ModuleType("aihwkit"), types.ModuleType("aihwkit.simulator.configs")
    config = types.SimpleNamespace(tile_class=tile)
    library.__dict__["__version__"] = "9.9"
    configs.__dict__["SingleRPUConfig"] = lambda device: config
    configs.__dict__["ConstantStepDevice"] = lambda construction_seed: None
    monkeypatch.setitem(sys.modules, "aihwkit", library)
    monkeypatch.setitem(sys.modules, "aihwkit.simulator.configs", configs)


def test_a_missing_library_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aihwkit", None)
    for attempt in (
        lambda: AihwkitTile("GokmenVlasovPreset", 4, 5),
        preset_names,
    ):
        with pytest.raises(MissingDependencyError, match=r"make setup.*tools/build_aihwkit\.py"):
            attempt()


@pytest.mark.parametrize(
    ("tile", "says"),
    [
        (
            _Foreign,
            r"does not run \(RuntimeError: x_input must be a CPU tensor\); run `make setup`",
        ),
        (_Nonsense, "aihwkit 9.9 runs but reads nonsense"),
        (_Old, "aihwkit 9.9 is too old, 1.2 is needed"),
    ],
)
def test_a_broken_library_is_found_out(
    monkeypatch: pytest.MonkeyPatch, tile: type[_Tile], says: str
) -> None:
    _fake(monkeypatch, tile)
    with pytest.raises(MissingDependencyError, match=says):
        aihwkit_version()


def test_a_working_library_gives_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    _fake(monkeypatch, _Tile)
    assert aihwkit_version() == "9.9"
