"""`anxin evaluate TASK …`: hands each task over to the part that does it."""

from __future__ import annotations

import sys

from evaluation.watch.command import main as watch

TASKS = {"watch": watch}


def main(argv: list[str]) -> int:
    """Run one task; return its exit code: 0 done, 2 wrong use."""
    task = TASKS.get(argv[0]) if argv else None
    if task is None:
        print(f"usage: anxin evaluate {{{','.join(TASKS)}}} …", file=sys.stderr)
        return 2
    return task(argv[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
