"""The page of ``mortalff energy compare``: one that needs nothing else, with the numbers of the comparison."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import pytest

from mortalff.cards import card_hash, load_card
from mortalff.cli.energy_compare_plans import plans_for
from mortalff.cli.energy_compare_rule import Training
from mortalff.cli.main import main
from mortalff.energy.architectures import PURPOSES, Comparison, Corner, Net, Task, compare
from mortalff.energy.architectures.duel import Duel, duels
from mortalff.energy.library import Price
from mortalff.energy.text import format_joules
from mortalff.errors import InputError
from mortalff.report import write_comparison
from mortalff.report.comparison.answers import sentences
from tests.strategies.pages import Page, assert_nothing_is_fetched, assert_well_formed

ARCHITECTURES = ("ff_analog", "bp_analog", "bp_digital", "sram")
SMALL = (
    "--net", "12-8", "--classes", "3", "--batch", "4", "--samples", "20", "--learners", "ff,bp",
    *(word for name in ARCHITECTURES for word in ("--architecture", name)),
)  # fmt: skip


def wrote(path: Path, *words: str) -> str:
    assert main(["energy", "compare", *words, "--page", str(path)]) == 0
    return path.read_text(encoding="utf-8")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("pages") / "new"
    return wrote(folder / "compared.html", "--card", "ecram", *SMALL)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    planned = plans_for(
        ["ff", "bp"], ARCHITECTURES, [], load_card("ecram"), Net.of("12-8", 3), Training(4)
    )
    return compare(planned.plans, Task(4), samples=20)


def test_the_page_needs_nothing_else(html: str, page: Page) -> None:
    assert_nothing_is_fetched(html)
    assert_well_formed(page)


def test_the_page_can_be_read_without_seeing_it(html: str, page: Page) -> None:
    assert {attributes["id"] for attributes in page.of("figure")} == {"energy_costs", "break_even"}
    assert all(len(svg["aria-label"]) > 60 and svg["role"] == "img" for svg in page.of("svg"))
    assert re.findall(r"<b>(Figure \d)\.</b> \w", html) == ["Figure 1", "Figure 2"]
    assert all(head["scope"] in ("row", "col") for head in page.of("th"))
    wide = [each for each in page.of("div") if each.get("class") in ("wide", "plate")]
    assert len(wide) > len(page.of("table"))
    assert all(each["tabindex"] == "0" and each["aria-label"] for each in wide)


def test_the_numbers_are_those_of_the_comparison(page: Page, comparison: Comparison) -> None:
    cells = [plain(cell) for cell in page.cells]
    for entrant in comparison.entrants:
        for purpose in PURPOSES:
            cost = entrant.costs[purpose]
            low, value, high = (
                format_joules(bound)
                for bound in (cost.energy_j.low, cost.energy_j.value, cost.energy_j.high)
            )
            at = cells.index(f"{value}({low}–{high})")
            ratio = comparison.ratio(entrant.name, "ff on ff_analog", purpose).value
            assert cells[at - 1] == entrant.name
            assert float(cells[at + 1].split("(")[0]) == pytest.approx(ratio, rel=5e-3)
            if cost.edp_js is not None:
                assert cells[at + 3] == f"{cost.edp_js:.2g}"
        area = entrant.area.total
        assert area is None or any(f"{area.value * 1e-6:.3g} mm²" in cell for cell in cells)
    for name, share in comparison.entrants[0].costs["update"].bill.shares.items():
        if share >= 0.01:
            assert name.replace("_", " ") in cells
            assert f"{share:.0%}".replace("%", " %") in cells


def test_every_price_is_there_with_its_source(page: Page, comparison: Comparison) -> None:
    for entrant in comparison.entrants:
        for cost in entrant.costs.values():
            for term in cost.bill.terms:
                assert all(factor.source in page.cells for factor in term.factors)
            missing = {**cost.bill.unpriced, **cost.latency.not_timed, **entrant.area.unpriced}
            assert {*missing.values()} <= {*page.cells}
        assert entrant.plan.architecture.summary in page.text
        assert all(note in page.text for note in entrant.plan.architecture.notes)


def test_the_answer_says_who_takes_least_and_where_it_turns(
    page: Page, comparison: Comparison
) -> None:
    text = plain(page.text)
    least = min(comparison.entrants, key=lambda each: each.costs["inference"].energy_j.value)
    assert f"An inference takes least with {least.name}: " in text
    for duel in duels(comparison):
        told = f"{duel.ratio.value:.3g} ({duel.ratio.low:.3g}–{duel.ratio.high:.3g})"
        assert f"{told} over {duel.other}" in text
        ratios = [corner.ratio.value for corner in duel.corners]
        assert f"The ratio is from {min(ratios):.2f} (" in text
    assert "There is no break-even with bp on sram" in text


def test_the_page_says_how_it_was_made(page: Page) -> None:
    assert (
        "mortalff energy compare --card ecram --learners ff,bp --net 12-8 --classes 3" in page.text
    )
    assert "--samples 20 --page FILE.html" in page.text
    assert "20 of each constant, seed 0" in page.text
    assert card_hash(load_card("ecram")) in page.text


def test_the_same_comparison_gives_the_same_bytes(html: str, tmp_path: Path) -> None:
    with matplotlib.rc_context({"font.size": 23, "svg.fonttype": "none", "axes.facecolor": "red"}):
        again = wrote(tmp_path / "again.html", "--card", "ecram", *SMALL, "--json")
    assert again == html
    assert [path.name for path in tmp_path.iterdir()] == ["again.html"]


def test_from_python_it_is_the_same_but_for_the_command(
    html: str, comparison: Comparison, tmp_path: Path
) -> None:
    path = write_comparison(comparison, tmp_path / "page.html")
    told = re.sub(r"<p>This makes the page again:</p>\n<pre>.*</pre>\n", "", html)
    assert path.read_text(encoding="utf-8") == told
    with pytest.raises(InputError, match=r"path: got '.*page.pdf'; its name must end in .html"):
        write_comparison(comparison, tmp_path / "page.pdf")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("page", "--page: got 'page'; its name must end in .html; write page.html"),
        ("page.htm", "--page: got 'page.htm'; its name must end in .html; did you mean '.html'?"),
    ],
)
def test_another_suffix_is_refused(
    name: str, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["energy", "compare", "--card", "ecram", *SMALL, "--page", name]) == 2
    shown = capsys.readouterr()
    assert error in shown.err
    assert shown.out == ""


def test_who_is_not_compared_is_told_and_one_learner_alone_has_a_page(tmp_path: Path) -> None:
    words = ("--card", "reram_es", "--net", "12-8", "--classes", "3", "--samples", "2")
    page = Page(wrote(tmp_path / "alone.html", *words, "--learners", "ff"))
    assert_well_formed(page)
    assert "Not compared: ff on ff_analog, because on card 'reram_es'" in page.text
    assert "How ff on ff_digital holds weights" in page.text
    assert [figure["id"] for figure in page.of("figure")] == ["energy_costs"]


def test_own_constants_are_told_as_text(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[hold.isaac.energy]\nvalue = 2e-15\nunit = "J"\nsource = "<b>ours</b> & mine"\n'
    )
    page = Page(wrote(tmp_path / "own.html", "--card", "ecram", *SMALL, "--components", str(own)))
    assert "<b>ours</b> & mine" in page.cells
    assert f"--components {own}" in page.text


def test_designs_won_and_lost_are_counted_by_node(comparison: Comparison) -> None:
    def corner(node: float, ratio: float, wins: float) -> Corner:
        return Corner(6, 128, node, Price(ratio, ratio, ratio), wins)

    corners = (corner(45.0, 0.5, 1.0), corner(45.0, 0.9, 0.7), corner(7.0, 2.0, 0.01))
    one, other = "ff on ff_analog", "bp on bp_digital"
    duel = Duel(one, other, comparison.ratio(one, other), (), corners)
    told = plain(" ".join(sentences(comparison, "update", [duel])))
    for words in (
        "wins in 2 and loses in 1 (2 of 2 won at 45 nm and 0 of 1 won at 7 nm)",
        "in 95 % of draws or more it wins in 1 and loses in 1",
        "from 0.50 (6 bits, 128 lines, 45 nm) to 2.00 (6 bits, 128 lines, 7 nm)",
        "Break-even with bp on bp_analog was not asked for",
    ):
        assert words in told
