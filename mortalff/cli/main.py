"""``mortalff``: the command line. Commands are imported when they are used, so that help is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App
from cyclopts.exceptions import CycloptsError
from rich.console import Console
from rich.text import Text

from mortalff import __version__
from mortalff.errors import MortalffError

_UNREAD, _BAD_INPUT, _STOPPED = 1, 2, 130

_HELP = "Simulate analog hardware and train it in situ with the Forward-Forward algorithm."
_EXAMPLES = """Examples:

  mortalff doctor                            what works on this machine
  mortalff run demo                          run the demonstration study
  mortalff run mine.yaml --out results/mine  run a study of your own
  mortalff run mine.yaml --dry-run           only say what would be run
  mortalff report results/mine               make its report
  mortalff reproduce --list                  papers' experiments, to be made again
  mortalff cards show ecram                  every number on a device card

Exit codes: 0 all is well; 1 a run failed, or a check did; 2 wrong input; 130 stopped by Ctrl-C."""

_REPRODUCE_EXAMPLES = """Examples:

  mortalff reproduce --list                    which experiments there are
  mortalff reproduce label_in_input            one of them
  mortalff reproduce rivals --workers 4        all whose names begin so
  mortalff reproduce --size paper              at the paper's own sizes
  mortalff reproduce --from reports/reference  what results that are there say

Exit codes: 0 done, targets met or missed; 1 a run failed; 2 wrong input;
130 stopped by Ctrl-C."""

_RUN_EXAMPLES = """Examples:

  mortalff run demo
  mortalff run mine.yaml --out results/mine --workers 4
  mortalff run mine.yaml --out results/mine --dry-run

Exit codes: 0 every run is done; 1 a run failed; 2 wrong input; 130 stopped by Ctrl-C."""

app = App(
    name="mortalff",
    help=_HELP,
    help_epilogue=_EXAMPLES,
    help_format="plaintext",
    version=__version__,
    suppress_keyboard_interrupt=False,
)
for _name, _where, _what in (
    ("cards", "cards:app", "List cards; explain, plot or check one; make one of measurements."),
    ("data", "data:app", "List data sets, and get those that live in files."),
    ("doctor", "doctor:doctor", "Say what works on this machine."),
    ("energy", "energy:app", "What components cost, and learners on architectures."),
):
    app.command(f"mortalff.cli.{_where}", name=_name, help=_what)
app.command(
    "mortalff.cli.run:run",
    name="run",
    help="Run a study, or what is left of one.",
    help_epilogue=_RUN_EXAMPLES,
)
app.command(
    "mortalff.cli.reproduce:reproduce",
    name="reproduce",
    help="Run reference experiments, and compare them with what was published.",
    help_epilogue=_REPRODUCE_EXAMPLES,
)
app.command(
    "mortalff.cli.report:report",
    name="report",
    help="Make the report of a study that was run.",
    help_epilogue="Example:\n\n  mortalff report reports/demo",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Args:
        arguments: the words after ``mortalff``; by default those of this process.

    Returns:
        The exit code: 0; 1 where a run failed, or nobody reads what is printed; 2 for wrong input; 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        result: object = app(
            words, exit_on_error=False, print_error=False, result_action="return_value"
        )
        sys.stdout.flush()  # here, where a reader that is gone can be dealt with
    except (MortalffError, CycloptsError) as error:
        return _complain(str(error))
    except BrokenPipeError:
        if not _reader_is_gone():
            raise
        return _UNREAD
    except OSError as error:
        if error.filename is None:
            raise
        return _complain(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        _complain("stopped")
        return _STOPPED
    return result if isinstance(result, int) else 0


def _reader_is_gone() -> bool:
    """Whether standard output is a pipe nobody reads, as after ``| head``; if so, write to nowhere from now on."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain then.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return True
    return False


def _complain(text: str) -> int:
    """Say what is wrong, in red where there are colours."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(text, style="red"))
    return _BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
