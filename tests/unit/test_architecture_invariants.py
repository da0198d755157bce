"""What must hold of any design: more never costs less."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mortalff.energy.architectures import Draws, Plan, Purpose, Task, area, break_even
from mortalff.energy.architectures.comparison import cost
from mortalff.energy.library import built_in_library
from tests.strategies.architectures import ON_CROSSBARS, PAIRS, plan

LIBRARY, DRAWS = built_in_library(), Draws(0, 50)
PURPOSES = st.sampled_from(["update", "inference"])
ON_ARRAYS = st.sampled_from(ON_CROSSBARS)
FEW = settings(max_examples=8, deadline=None)


def joules(of: Plan, purpose: Purpose = "update", batch: int = 5) -> float:
    return cost(of, purpose, Task(batch, 2 * batch), LIBRARY, DRAWS).bill.total.value


def two_of(*values: float) -> st.SearchStrategy[list[float]]:
    return st.lists(st.sampled_from(values), min_size=2, max_size=2, unique=True).map(sorted)


@FEW
@given(ON_ARRAYS, PURPOSES, two_of(*range(1, 17)), st.sampled_from(["reference", "survey"]))
def test_more_bits_are_never_cheaper(
    pair: tuple[str, str], purpose: Purpose, bits: list[int], model: str
) -> None:
    for key in ("adc_bits", "dac_bits"):
        few, many = (
            joules(
                plan(*pair, changes={f"converters.{key}": b, "converters.adc_model": model}),
                purpose,
            )
            for b in bits
        )
        assert few <= many


@FEW
@given(ON_ARRAYS, PURPOSES, two_of(2, 3, 5, 8, 13, 512))
def test_smaller_arrays_are_never_cheaper(
    pair: tuple[str, str], purpose: Purpose, sizes: list[int]
) -> None:
    small, large = (
        joules(plan(*pair, changes={"arrays.rows": size, "arrays.columns": size}), purpose)
        for size in sizes
    )
    assert small >= large * (1 - 1e-12)


@FEW
@given(st.sampled_from(PAIRS[:7]), PURPOSES, two_of(7, 14, 22, 32, 45, 65))
def test_older_nodes_are_never_cheaper(
    pair: tuple[str, str], purpose: Purpose, nodes: list[int]
) -> None:
    new, old = (joules(plan(*pair, changes={"node_nm": float(node)}), purpose) for node in nodes)
    assert new <= old


@FEW
@given(st.sampled_from(PAIRS), PURPOSES, st.integers(2, 9), st.integers(2, 9), st.integers(1, 4))
def test_larger_nets_and_batches_cost_more(
    pair: tuple[str, str], purpose: Purpose, n_in: int, width: int, batch: int
) -> None:
    least = joules(plan(*pair, f"{n_in}-{width}"), purpose, batch)
    assert least < joules(plan(*pair, f"{n_in + 1}-{width}"), purpose, batch)
    assert least < joules(plan(*pair, f"{n_in}-{width + 1}"), purpose, batch)
    assert least < joules(plan(*pair, f"{n_in}-{width}-{width}"), purpose, batch)
    if purpose == "update":
        assert least < joules(plan(*pair, f"{n_in}-{width}"), purpose, batch + 1)


@FEW
@given(ON_ARRAYS)
def test_smoothed_gradients_and_converted_partial_sums_cost_more(pair: tuple[str, str]) -> None:
    plain = joules(plan(*pair))
    assert plain < joules(plan(*pair, changes={"gradient.smoothed": True}))
    if plan(*pair).architecture.activities == "digital":
        tiled = {"arrays.rows": 5, "arrays.columns": 5}
        split = {**tiled, "arrays.partial_sums": "digital"}
        assert joules(plan(*pair, changes=tiled)) < joules(plan(*pair, changes=split))


@FEW
@given(ON_ARRAYS, two_of(1, 2, 4, 8, 16))
def test_shared_converters_take_no_less_time_and_no_more_silicon(
    pair: tuple[str, str], sharing: list[int]
) -> None:
    few, many = (plan(*pair, changes={"converters.columns_per_adc": int(n)}) for n in sharing)
    times = [cost(of, "update", Task(5, 5), LIBRARY, DRAWS).latency.seconds for of in (few, many)]
    sizes = [area(of, LIBRARY).total for of in (few, many)]
    assert times[0] is not None
    assert times[1] is not None
    assert times[0].value <= times[1].value
    assert sizes[0] is not None
    assert sizes[1] is not None
    assert sizes[0].value >= sizes[1].value


def test_break_even_gives_both_sides_the_same_design() -> None:
    one, other = plan("ff", "ff_analog"), plan("bp", "bp_digital")
    corners = break_even(
        one, other, Task(5, 5), LIBRARY, DRAWS, adc_bits=(4, 9), sizes=(8, 512), nodes_nm=(32,)
    )
    assert [corner[:3] for corner in corners] == [
        (4, 8, 32),
        (4, 512, 32),
        (9, 8, 32),
        (9, 512, 32),
    ]
    assert corners[3].ratio.value == joules(one) / joules(other)
    ff, bp = (of.on(of.architecture.changed(**{"converters.adc_bits": 4})) for of in (one, other))
    assert corners[1].ratio.value == joules(ff) / joules(bp) != corners[3].ratio.value
    for corner in corners:
        assert corner.ratio.low <= corner.ratio.value <= corner.ratio.high
        assert corner.wins >= 0.95 or corner.ratio.high >= 1.0
