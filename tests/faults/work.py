"""`klantbeeld work` as it is, but for its child, which has bugs in it: `python -m tests.faults.work timeline`."""

import sys
from typing import Any

from klantbeeld.cli import main
from streams import supervision


class Supervisor(supervision.Supervisor):
    def __init__(self, name: str, module: str, order: Any) -> None:
        super().__init__(name, "tests.faults.worker", order)


if __name__ == "__main__":
    supervision.Supervisor = Supervisor  # type: ignore[misc]
    sys.exit(main(["work", *sys.argv[1:]]))
