"""Which deliveries of a foreign broker are in the spool already: a repeat of one of them must not ring again.

A broker delivers a QoS 1 message again, marked as a repeat, when the connection (or we) died between the write and the
acknowledgement. The mark alone says too little: a first delivery that we never wrote is marked as well when it comes
again. So both must hold, the mark and that the same delivery was written.
"""

from __future__ import annotations

from collections import OrderedDict

from edge.translator import Raw

KEPT = 512  # more than may be written and not yet acknowledged: one round of the agent
_SIZE = 8


class Repeats:
    """The last deliveries that were taken, oldest first. `state` belongs into the transaction that writes them."""

    def __init__(self, state: bytes | None = None) -> None:
        digests = (state or b"")[: len(state or b"") // _SIZE * _SIZE]
        self._taken = OrderedDict.fromkeys(digests[at : at + _SIZE] for at in range(0, len(digests), _SIZE))
        self.changed = False

    def known(self, raw: Raw) -> bool:
        """Whether this is the repeat of a delivery that was taken; otherwise it counts as taken from now on."""
        if raw.delivery is None:
            return False
        digest = raw.delivery[:_SIZE]
        if raw.repeat and digest in self._taken:
            return True
        self._taken[digest] = None
        self._taken.move_to_end(digest)
        if len(self._taken) > KEPT:
            self._taken.popitem(last=False)
        self.changed = True
        return False

    def state(self) -> bytes:
        """Return what must survive a restart."""
        return b"".join(self._taken)
