"""The known faults: each with how it is caused and what is promised for it. `make faults` and the tests use it;
the table of docs/faults.md is written from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from anxin.config import ClockSettings
from tests.faults import acts, away, city, strangers
from tests.faults.acts import Act
from tests.faults.stand import Plan

RANDOM = "kill-random"
YEARS, MINUTES = timedelta(days=3 * 365), timedelta(minutes=10)
BEFORE_LEAP = timedelta(seconds=30)  # time for the stand to come up
PAGE_BEGIN, PAGE_END = "<!-- written by `python -m tests.faults --page` -->", "<!-- end -->"
USUAL, SMALL_STORE, LEAPING = Plan(), Plan(small_store=True), Plan(time_zone="Europe/Berlin")
CITY = Plan(pack_s=20.0)


@dataclass(frozen=True)
class Fault:
    """act causes it, as `how` says. answer, seen: what happens, and who sees what. kinds: technical alerts of which one
    must be raised. gap: readings may be declared lost. plan: the stand it needs. root: only root can cause it."""

    name: str
    act: Act
    how: str
    answer: str
    seen: str
    kinds: tuple[str, ...] = ()
    gap: bool = False
    plan: Plan = USUAL
    root: bool = False


def plan_of_leap() -> Plan:
    """A home in Berlin whose clocks are about to leap."""
    return Plan(time_zone="Europe/Berlin", clock=ClockSettings(acts.LEAP - BEFORE_LEAP, datetime.now(UTC)))


def random_kills(minutes: float) -> Fault:
    return Fault(
        RANDOM,
        acts.kill_at_random(minutes),
        f"kill -9 of any part, now and then two at once, every few seconds for {minutes:g} minutes",
        "each part goes on from what is on the disk: spool, log, watermarks, cursors, outbox",
        "alerts come as soon as the parts on their way are back",
    )


_AGAIN = "nothing: the wait is too short for an alert"
_KILLS = {
    "edge": ("the spool is whole; who pushed and got no answer pushes again", "its last will; silent after a grace"),
    "broker": ("agents and ingest connect again; the spools repeat what the store does not have", _AGAIN),
    "ingest": ("a batch is committed with its watermarks or not at all, and comes again", _AGAIN),
    "analytics": ("alerts, detector states and cursor are one transaction: it reads on where it stood", _AGAIN),
    "api": (
        "pages connect again and are given what they missed, from the alert history",
        "the page says it is cut off",
    ),
    "postgres": (
        "recovery from its log; everybody waits with growing pauses, nothing is acknowledged",
        "“database is away”",
    ),
}
FAULTS: tuple[Fault, ...] = (
    Fault("none", lambda scene: scene.pass_time(4), "nothing happens", "everything arrives, once", "nothing"),
    *(
        Fault(f"kill-{part}", acts.kill(part), f"kill -9 of {part} in mid-batch, twice", *answer)
        for part, answer in _KILLS.items()
    ),
    Fault(
        "broker-cut", acts.line("broker", "cut", 2),
        "the lines of agents and ingest to the broker are cut for 2 s, twice",
        "they connect again; the spool repeats from the watermark", _AGAIN,
    ),
    Fault(
        "broker-deaf", acts.line("broker", "deaf", 11),
        "the lines to the broker accept everything and pass on nothing for 11 s (half-open)",
        "the keep-alive ends them; the spool repeats", "calls ring on site after 10 s (`local_alarm`)",
    ),
    Fault(
        "broker-slow", acts.line("broker", "slow", 6), "the lines to the broker: 27 kB/s, 150 ms",
        "the window (64 messages, 256 kB) keeps calls from waiting behind data", "nothing",
    ),
    Fault(
        "store-cut", acts.line("store", "cut", 2), "the lines to the store are cut for 2 s, twice",
        "nothing is acknowledged; the batch at hand is written again, by a new connection", "“database is away”",
    ),
    Fault(
        "store-deaf", acts.line("store", "deaf", 11),
        "the lines to the store accept everything and answer nothing for 11 s",
        "after the statement's time and 5 s more the connection is given up", "“database is away”",
    ),
    Fault(
        "store-slow", acts.line("store", "slow", 6), "the lines to the store: 27 kB/s, 150 ms",
        "batches grow, up to their bound; the broker's thread waits beyond that", "later alerts",
    ),
    Fault(
        "store-frozen", acts.frozen_store, "SIGSTOP of the server and its processes for 11 s", "as store-deaf",
        "“database is away”",
    ),
    Fault(
        "store-restart", acts.restart_store, "a fast shutdown and a start, twice",
        "connections end, and are made again", "“database is away” for a moment",
    ),
    Fault(
        "store-away", acts.store_away, "nobody reaches the store for 12 s",
        "the queue of ingest is bounded, the edge keeps; all parts stay alive and say that they are not ready",
        "“database is away”; calls ring on site after 10 s (`local_alarm`)",
    ),
    Fault(
        "store-read-only", acts.read_only_store, "a failover to a server that only reads, for 4 s",
        "as a store that is away: nothing is acknowledged, new connections are tried until one can write",
        "pages still show the last state, with its age",
    ),
    Fault(
        "store-deadlock", acts.deadlock, "ingest and another session wait for each other's rows",
        "the server ends one of them; ingest writes the same batch again", "nothing",
    ),
    Fault(
        "store-timeout", acts.statement_timeout, "a lock is held for longer than a statement may take",
        "the statement ends with its time-out; the batch is written again", "nothing",
    ),
    Fault(
        "broker-without-memory", acts.broker_without_memory,
        "kill -9 of the broker, and its files are gone: sessions, retained watermarks, acknowledged messages",
        "the spool repeats what the store has not committed; watermarks are published anew", _AGAIN,
    ),
    Fault(
        "edge-disk-full", acts.full_edge_disk, "somebody else fills the spools' disk for 8 s; the line is good",
        "the reserve is given up; what the store has makes room", "`data_gap`, once a write met the full disk",
        root=True,
    ),
    Fault(
        "edge-disk-full-no-line", acts.full_edge_disk_without_line, "no line and no room for 8 s",
        "the oldest readings go, under a declared gap; no call does", "`data_gap`, with numbers and times",
        kinds=("data_gap",), gap=True, root=True,
    ),
    Fault(
        "repeats-and-shuffles", strangers.repeats_and_shuffles,
        "every message comes twice more, later, in any order, some of them retained",
        "a number at or below the watermark is a repeat; none of them is stored or rings", "nothing",
    ),
    Fault(
        "same-millisecond", strangers.same_millisecond, "all samples of a device carry the same millisecond",
        "each is stored: a sample is told from another by message and place, not by time", "nothing",
    ),
    Fault(
        "clock-minutes", acts.clock_step(MINUTES, -MINUTES), "the agents' clock is 10 min fast, then 10 min slow",
        "times stand as they were said; calls ring, from a slow clock as late", "`clock_wrong`", kinds=("clock_wrong",),
    ),
    Fault(
        "clock-years", acts.clock_step(-YEARS, YEARS), "the agents' clock is 3 years slow, then 3 years fast",
        "a time that cannot be true is replaced by that of the receipt, and counted; calls ring", "`clock_wrong`",
        kinds=("clock_wrong",),
    ),
    Fault(
        "unknown-device", strangers.unknown_devices, "a device and a gateway that nobody registered send",
        "kept in quarantine with bytes and reason; all others go on", "the page of what waits to be assigned",
    ),
    Fault(
        "poison", strangers.poison, "bytes that are no message, topics that are none of ours, raw rubbish",
        "kept in quarantine, and counted as committed, so that the lane goes on", "quarantine page",
    ),
    Fault(
        "ten-megabytes", strangers.ten_megabytes, "10 MB pushed at the edge, and straight at our broker",
        "refused at the edge (413) before it is read; the broker ends the connection of who sends it", "the edge's log",
    ),
    Fault(
        "flood", strangers.flood, "one gateway sends as fast as the broker takes it",
        "a gateway has its share of the queue (512 messages, 4 MB) and is served in turn; the rest it has to repeat",
        "quarantine page",
    ),
    Fault(
        "newer-schema", strangers.newer_schema, "a gateway speaks a newer schema than ingest knows",
        "ingest does not take it: the edge keeps it, and its calls ring on site, until ingest is updated",
        "quarantine page; the gateway is silent",
    ),
    Fault(
        "away-24-hours", away.a_day_away, "a gateway comes back with a day of readings and two unanswered calls",
        "all of it is stored; the old calls ring as late; a call pressed now overtakes the backlog", "late alerts",
    ),
    Fault(
        "city-store-away", city.store_away_from_a_city(400, 120),
        "20,000 beds send, and nobody reaches the store for 2 min",
        "every queue has its bound; memory stays flat; everything is stored afterwards, once", "“database is away”",
        plan=CITY,
    ),
    Fault(
        "store-disk-full", acts.full_store_disk, "somebody else fills the store's disk for 10 s",
        "the server refuses or ends; everybody waits; it goes on when there is room", "“database is away”",
        plan=SMALL_STORE, root=True,
    ),
    Fault(
        "leap-of-the-hour", acts.leap_of_the_hour, "all clocks pass the hour that summer time skips",
        "times are UTC everywhere; only what is local by rule (night) follows the leap", "nothing", plan=LEAPING,
    ),
)  # fmt: skip
BY_NAME = {fault.name: fault for fault in FAULTS}


def fill_page(page: str) -> str:
    """Return docs/faults.md with the table of these faults."""
    before, _, rest = page.partition(PAGE_BEGIN)
    return f"{before}{PAGE_BEGIN}\n{_table()}{PAGE_END}{rest.partition(PAGE_END)[2]}"


def _table() -> str:
    lines = ["| fault | how it is caused | what happens | who sees what |", "|---|---|---|---|"]
    for fault in (random_kills(10), *FAULTS):
        root = " (only root can)" if fault.root else ""
        lines.append(f"| `{fault.name}` | {fault.how}{root} | {fault.answer} | {fault.seen} |")
    return "\n".join(lines) + "\n"
