"""Say plainly what keeps this Python from running mortalff. Written to run on any Python."""

import sys

OLDEST = (3, 11)
NEWEST_PINNED = (3, 14)

found = "%d.%d" % sys.version_info[:2]
if sys.version_info[:2] < OLDEST:
    sys.exit(
        "mortalff needs Python %d.%d or newer; %s is Python %s.\n"
        "Name another one: make setup PYTHON=python3.12" % (OLDEST + (sys.executable, found))
    )
if sys.version_info[:2] > NEWEST_PINNED:
    sys.stderr.write(
        "note: tools/constraints.txt pins packages for Python up to %d.%d, and this is %s; if the "
        "installation fails, name another one: make setup PYTHON=python3.12\n"
        % (NEWEST_PINNED + (found,))
    )
try:
    import ensurepip  # noqa: F401  (its absence is what Debian leaves out without python3-venv)
    import venv  # noqa: F401
except ImportError:
    sys.exit(
        "%s (Python %s) cannot make virtual environments. On Debian or Ubuntu:\n"
        "    apt-get install python%s-venv" % (sys.executable, found, found)
    )
