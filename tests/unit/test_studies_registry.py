"""Finding learners among what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.errors import SpecError
from mortalff.learners.bp import BP
from mortalff.learners.ff import FF
from mortalff.studies.registry import find_learner, learner_names
from tests.strategies.studies import install, install_breaking_learners


def test_mortalffs_own_are_found() -> None:
    assert {"bp", "ff"} <= set(learner_names())
    assert find_learner("ff") == (FF, "")
    assert find_learner("bp") == (BP, "")


def test_an_unknown_learner_is_answered_with_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"learner: got 'fff'; .* did you mean 'ff'\?"):
        find_learner("fff")


def test_another_distributions_learner_is_found_with_where_it_is_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_breaking_learners(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    found = find_learner("raises")
    assert found.kind.__name__ == "Raises"
    assert found.provider == "breaking 1.5"
    assert "raises" in learner_names()


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("no_such_module:Learner", r"cannot be imported \(ModuleNotFoundError"),
        ("json:loads", "no subclass of mortalff.learners.base.Learner"),
    ],
)
def test_a_learner_that_is_none_is_told_with_its_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, told: str
) -> None:
    install(tmp_path, "odd", {"odd": target})
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SpecError, match=rf"learner 'odd': .*{told}.*; mend or uninstall odd 1.5"):
        find_learner("odd")


def test_one_name_for_two_learners_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "other", {"ff": "other:FF"})
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SpecError, match=r"two installed distributions .* other 1.5 \(other:FF\)"):
        find_learner("ff")
