"""`python -m fairseat_local.watch --port 4318 --data-dir .data`."""

from __future__ import annotations

import argparse
from pathlib import Path

from fairseat_local import listening
from fairseat_local.watch.app import WatchApp


def main() -> None:
    """Read the command line and serve until a signal to stop."""
    parser = argparse.ArgumentParser(prog="fairseat_local.watch", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    options = parser.parse_args()
    listening.serve(WatchApp(options.data_dir), [listening.bound_socket(options.port)])


if __name__ == "__main__":
    main()
