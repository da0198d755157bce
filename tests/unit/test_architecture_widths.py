"""Numbers in memory have the architecture's widths: weights one, activities and errors another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mortalff.cards import Card, load_card
from mortalff.energy.architectures import Purpose, Task, built_in_architectures, compare, work_for
from mortalff.energy.forms import FORMS, NetworkPlan, update_counts
from mortalff.energy.forms.widths import SIMULATED, Widths
from mortalff.learners import BPSettings, DFASettings
from tests.strategies.architectures import PAIRS, plan
from tests.strategies.learner_plans import learner_type

FOUR = Task(batch=4, examples=4)
CROSSBAR, DIGITAL = load_card("gokmen_vlasov"), load_card("ideal")
halves = st.sampled_from([1.0, 2.0, 4.0])


def priced_bytes(
    learner: str, architecture: str, purpose: Purpose = "update", **changes: object
) -> float:
    """Bytes in the bill of 4 examples, 12-8 and three classes."""
    keyed = {key.replace("__", "."): value for key, value in changes.items()}
    of = plan(learner, architecture, "12-8", changes=keyed)
    bill = compare([of], FOUR, samples=2).entrants[0].costs[purpose].bill
    return sum(term.count for term in bill.terms if term.action == "memory_byte")


def test_beside_crossbars_weights_alone_have_another_width() -> None:
    """Direct feedback: the matrix fetched; inputs of 7 bits, errors of 8 and one of derivative, whatever words are."""
    kept = 4 * 2 * (7 * (13 + 9) + 9 * (8 + 3)) / 8
    assert priced_bytes("dfa", "bp_digital") == kept + 2 * 8 * 3
    assert priced_bytes("dfa", "bp_digital", digital__word_bytes=4.0) == kept + 4 * 8 * 3
    assert priced_bytes("bp", "bp_digital") == kept


def test_digital_accelerators_store_what_they_calculate_with() -> None:
    """12-8-3, four examples: 13 x 8 and 9 x 3 weights fetched, the second once more backwards, read and written.

    Activities and errors are of 16 bits in fp16, with a bit of derivative; master weights may be wider.
    """
    first, second = 13 * 8, 9 * 3
    passed = 2 * 4 * ((13 + 8) + 2 * (9 + 3))
    kept = 4 * 2 * (16 * (13 + 9) + 17 * (8 + 3)) / 8
    weights = 3 * first + 4 * second
    assert priced_bytes("bp", "sram") == 2 * weights + passed + kept
    wide = priced_bytes("bp", "sram", digital__word_bytes=4.0)
    assert wide == 4 * weights + passed + kept
    assert priced_bytes("bp", "sram", "inference") == (2 * (first + second) + 2 * 4 * 33) / 4


def test_in_words_of_simulation_what_is_priced_is_what_a_run_counts() -> None:
    """Beside crossbars; digital accelerators have errors as wide as activities, simulation 8 bits."""
    for learner, architecture in PAIRS:
        if architecture in ("sram", "gpu"):
            continue
        of = plan(learner, architecture, changes={"digital.word_bytes": SIMULATED.word_bytes})
        work = work_for("update", of, FOUR)
        assert work.spared_bytes == 0.0
        assert work.stored == work


@pytest.mark.parametrize("name", sorted(FORMS))
@given(word=halves, number=st.sampled_from([8, 16, 32]), error=st.sampled_from([8, 16]))
def test_widths_change_bytes_alone_and_in_proportion(
    name: str, word: float, number: int, error: int
) -> None:
    """Bytes are linear in each width, and nothing else depends on any."""
    settings = learner_type(name).settings_type()
    for card in (CROSSBAR, DIGITAL):

        def counts(widths: Widths, card: Card = card) -> dict[str, float]:
            of = NetworkPlan(card, (1, 16, 1), (5, 4), 3, widths=widths)
            return dict(update_counts(name, settings, of, 4))

        asked, simulated = counts(Widths(word, number, error)), counts(SIMULATED)
        parts = [
            counts(one).get("memory_byte", 0.0) - simulated.get("memory_byte", 0.0)
            for one in (Widths(word), Widths(4.0, number), Widths(4.0, 32, error))
        ]
        due = simulated.pop("memory_byte", 0.0) + sum(parts)
        assert asked.pop("memory_byte", 0.0) == pytest.approx(due, rel=1e-12)
        assert asked == simulated


def test_all_built_in_ones_have_words_of_one_width() -> None:
    assert {one.digital.word_bytes for one in built_in_architectures().values()} == {2.0}
    for name in ("sram", "gpu"):
        assert plan("bp", name).widths == Widths(2.0, 16, 16)


def test_feedback_matrices_and_activities_are_told_apart() -> None:
    """Half as wide words take half of a matrix's bytes, and none of the rest."""
    for settings, name in ((BPSettings(), "bp"), (DFASettings(), "dfa")):
        four, two = (
            update_counts(
                name, settings, NetworkPlan(CROSSBAR, (1, 6, 1), (5,), 3, widths=widths), 4
            )["memory_byte"]
            for widths in (SIMULATED, Widths(word_bytes=2.0))
        )
        assert four - two == (2 * 5 * 3 if name == "dfa" else 0)
