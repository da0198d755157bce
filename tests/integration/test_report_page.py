"""The report of a study: one page that needs nothing else, the same from the same store."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import matplotlib
import pytest

from mortalff.errors import InputError, StoreError
from mortalff.report import write_report
from mortalff.report.figures import FIGURES
from mortalff.studies.store import PlanEntry
from tests.strategies.pages import Page, assert_nothing_is_fetched, assert_well_formed
from tests.strategies.stores import DEMO, Made, write_store

NAMES = {
    "test_error", "learning_curves", "energy", "error_against_cost", "goodness", "transfer",
}  # fmt: skip
FAILURE = 'Traceback:\n  <script>alert("x")</script>\nInputError: weights: got nan\n'
SKIPPED = PlanEntry("ab" * 8, "tiles", "aihwkit is not there & cannot be <built>")


def demo(folder: Path) -> Path:
    return write_store(
        folder, DEMO[2:5], chips=3, pairs=2, entries=[SKIPPED, PlanEntry("cd" * 8, "cards")],
        failures={"ef" * 8: FAILURE}, command="mortalff run demo --out reports/demo",
    )  # fmt: skip


def report_files(folder: Path) -> dict[str, bytes]:
    paths = [folder / "report.html", *sorted((folder / "figures").iterdir())]
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = demo(tmp_path_factory.mktemp("report") / "study")
    assert write_report(folder) == folder / "report.html"
    return folder


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_nothing_is_fetched_from_anywhere(html: str) -> None:
    assert_nothing_is_fetched(html)


def test_the_page_is_well_formed(page: Page) -> None:
    assert_well_formed(page)


def test_every_reference_inside_a_figure_is_to_the_same_figure(html: str, page: Page) -> None:
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    clips = re.findall(r"url\(#([^)]+)\)", html)
    assert clips
    assert set(clips) <= ids
    for figure in re.findall(r'<figure id="(\w+)">(.*?)</figure>', html, re.DOTALL):
        name, content = figure
        used = re.findall(r'(?:href="|url\()#([^")]+)', content)
        assert used
        assert all(reference.startswith(f"{name}-") for reference in used)


def test_every_figure_has_an_alternative_text_and_a_caption(html: str, page: Page) -> None:
    assert {attributes["id"] for attributes in page.of("figure")} == NAMES
    svgs = page.of("svg")
    assert len(svgs) == len(NAMES) == len(FIGURES)
    for svg in svgs:
        assert svg["role"] == "img"
        assert len(svg["aria-label"]) > 60
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", html, re.DOTALL)
    assert len(captions) == len(NAMES)
    assert all("n = " in caption for caption in captions)


def test_figures_are_saved_for_talks(folder: Path) -> None:
    saved = {path.name for path in (folder / "figures").iterdir()}
    assert saved == {f"{name}.{kind}" for name in NAMES for kind in ("svg", "pdf")}
    for name in NAMES:
        assert (folder / "figures" / f"{name}.svg").read_text().startswith("<?xml")
        assert (folder / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_the_page_says_how_it_was_made(page: Page) -> None:
    for words in (
        "How well do analog chips learn?",
        "mortalff run demo --out reports/demo",
        "mortalff report DIR",
        "0.1.0",
        "0123456789abcdef0123456789abcdef01234567",
        "5f" * 32,
        "2025-10-09",
        "4 done, 1 failed, 1 skipped, 1 left to do",
        "hardware: [gokmen_vlasov]",
    ):
        assert words in page.text


def test_tables_have_the_numbers(page: Page) -> None:
    cells = [cell.replace("\u00a0", " ") for cell in page.cells]
    assert any(cell.startswith("gokmen_vlasov") and "BP" in cell for cell in cells)
    assert "100 %(3 of 3)" in cells
    assert "privileged forward, forward_transposed, pulse" in cells
    assert "inputs and outputs forward, pulse" in cells
    assert "distilled" in cells


def test_what_failed_and_what_was_skipped_is_told_as_text(html: str, page: Page) -> None:
    assert "InputError: weights: got nan" in page.cells[page.cells.index("ef" * 8) + 1]
    assert '<script>alert("x")</script>' in page.text
    assert "<script" not in html
    assert SKIPPED.skipped in page.cells


def test_the_same_store_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = report_files(folder)
    elsewhere = demo(tmp_path / "another" / "place")
    with matplotlib.rc_context({"font.size": 23, "svg.fonttype": "none", "axes.facecolor": "red"}):
        write_report(elsewhere)
    assert report_files(elsewhere) == first


def test_the_yield_is_at_the_error_asked_for(tmp_path: Path) -> None:
    folder = write_store(tmp_path / "s", [Made("ecram", error=0.05, scatter=0.0)], chips=2, pairs=0)
    strict = write_report(folder, yield_error=0.04).read_text()
    assert "test error of at most 4 %" in strict
    assert "(0 of 2)" in strict


@pytest.mark.parametrize(
    ("lacking", "missing"),
    [
        ({"test_error", "teacher_error"}, {"test_error"}),
        ({"error_", "accuracy_kept"}, {"learning_curves"}),
        ({"energy_", "student_error"}, {"energy"}),
        ({"goodness", "count", "device_pulses", "agreement"}, {"goodness"}),
    ],
)
def test_a_store_that_lacks_something_gives_a_report_all_the_same(
    lacking: set[str], missing: set[str], tmp_path: Path
) -> None:
    folder = tmp_path / "s"
    write_store(folder, DEMO[2:3], chips=2, pairs=2, lacking=frozenset(lacking))
    page = Page(write_report(folder).read_text())
    assert page.open == []
    assert "What is missing" in page.text
    assert NAMES - {attributes["id"] for attributes in page.of("figure")} == missing


def test_a_store_without_runs_says_so(tmp_path: Path) -> None:
    folder = write_store(tmp_path / "s", (), pairs=0)
    page = Page(write_report(folder).read_text())
    assert "There is nothing to report yet" in page.text
    assert page.of("figure") == []
    assert not (folder / "figures").exists()


def test_transfers_alone_and_one_chip_alone_can_be_reported(tmp_path: Path) -> None:
    alone = Page(write_report(write_store(tmp_path / "t", (), pairs=1)).read_text())
    assert [attributes["id"] for attributes in alone.of("figure")] == ["transfer"]
    one = Page(write_report(write_store(tmp_path / "c", DEMO[:1], chips=1, pairs=0)).read_text())
    assert "n = 1" in one.text


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_yield_error_that_is_no_share_is_refused(share: float, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"yield_error: got .* give a number from 0 to 1"):
        write_report(tmp_path, yield_error=share)


def test_a_folder_that_is_no_study_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no such folder; give the folder that 'mortalff run"):
        write_report(tmp_path / "absent")
    with pytest.raises(StoreError, match=r"holds the file study.yaml, and this one does not"):
        write_report(tmp_path)
    write_store(tmp_path / "mine", (), pairs=0)
    with pytest.raises(StoreError, match=r"a study's own folder, such as '.*mine'"):
        write_report(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"mine"}


def test_a_damaged_run_is_named_and_the_old_report_stays(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    before = report_files(copy)
    run = sorted((copy / "runs").iterdir())[0]
    run.write_bytes(run.read_bytes()[:100])
    with pytest.raises(StoreError, match=f"{run.name}.*delete the file and run the study again"):
        write_report(copy)
    assert report_files(copy) == before


def test_a_report_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_store(tmp_path / "s", (), pairs=0)
    write_report(folder)
    before = (folder / "report.html").read_bytes()
    (folder / "study.yaml").write_text(
        (folder / "study.yaml").read_text().replace("How well", "How badly")
    )

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="No space left"):
            write_report(folder)
    assert (folder / "report.html").read_bytes() == before
    assert not list(folder.glob(".report*"))
    write_report(folder)
    assert b"How badly" in (folder / "report.html").read_bytes()


def test_long_names_fit_their_figures(tmp_path: Path) -> None:
    condition = {"variability.dw_min_dtod": 0.5, "periphery.output_noise_std": 0.06}
    name = "reram_of_a_laboratory_with_a_rather_long_name"
    setups = [
        Made(name, condition=condition),
        Made(name, condition=condition, settings={"lr": 0.05, "batch": 20}),
        Made(name, "direct_feedback_alignment", condition=condition, privileged=True),
    ]
    # A layout that does not work out is a warning, and warnings are errors here.
    page = Page(write_report(write_store(tmp_path / "s", setups, chips=2, pairs=0)).read_text())
    assert {attributes["id"] for attributes in page.of("figure")} == NAMES - {"transfer"}
