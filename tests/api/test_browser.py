"""The pages in a real browser: what people with a phone, a keyboard, a screen reader or a wall see and hear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

from anxin.clock import ManualClock
from anxin.vocabulary import AlertKind
from api.app import create
from tests.api.house import PASSWORD, House, build
from tests.api.scene import busy_night
from tests.support.browser import Served, chromium
from tests.support.databases import Server
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.browser, pytest.mark.database]
AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
DESKTOP, PHONE, WALL = (ViewportSize(width=w, height=h) for w, h in ((1440, 900), (375, 812), (1920, 1080)))
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def home(embedded_server: Server) -> Iterator[tuple[House, Served]]:
    """One busy night for all tests of this module; each adds to it and takes nothing away."""
    database = embedded_server.fresh()
    house = build(database, ManualClock(datetime(2026, 3, 1, 18, 0, tzinfo=UTC)), residents=24)
    busy_night(house)
    server = Served(create(house.settings, house.clock))
    server.start()
    yield house, server
    server.stop()
    house.connection.close()
    embedded_server.drop(database)


@pytest.fixture
def open_page(browser: Browser, home: tuple[House, Served]) -> Iterator[Open]:
    """Return a function that signs in and opens a page; afterwards nothing may have gone wrong or gone outside."""
    _, server = home
    troubles: list[str] = []
    contexts = []

    def watch(request: Request) -> None:
        if not request.url.startswith((server.url, "data:")):
            troubles.append(f"asked for {request.url}")

    def open_(account: str, path: str, size: ViewportSize = DESKTOP) -> Page:
        context = browser.new_context(viewport=size, reduced_motion="reduce", color_scheme="light", base_url=server.url)
        context.set_default_timeout(PATIENCE_S * 1_000)
        contexts.append(context)
        context.add_cookies([{"name": "anxin_language", "value": "zh", "url": server.url}])
        answer = context.request.post("/login", form={"account": account, "password": PASSWORD})
        assert answer.ok, answer.status
        page = context.new_page()
        page.on("request", watch)
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [one for one in troubles if "ERR_" not in one and "status of 500" not in one] == []


def violations(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA."""
    page.evaluate(AXE)  # by the debugger, past the page's own policy
    found = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']}))"
        ".violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.failureSummary}`))"
    )
    return [str(item) for item in found]


@pytest.mark.parametrize(
    ("account", "paths"),
    [
        ("nurse1", ["/console", "/beds", "/alerts/1", "/residents/1", "/arrive", "/arrive/scan-w1-101-1"]),
        ("nurse2", ["/duty", "/burden", "/alerts/1/sheet"]),
        ("manager", ["/duty", "/burden"]),
        ("manager", ["/accounts", "/equipment", "/unassigned", "/quarantine"]),
        ("integrator", ["/quarantine/1"]),
        ("family1", ["/family"]),
        ("wall", ["/wall"]),
    ],
)
def test_pages_are_accessible_and_fit(
    open_page: Open, home: tuple[House, Served], account: str, paths: list[str]
) -> None:
    page = open_page(account, paths[0], WALL if account == "wall" else DESKTOP)
    for language in ("zh", "en"):
        if language == "en":
            page.context.add_cookies([{"name": "anxin_language", "value": "en", "url": home[1].url}])
            page.set_viewport_size(PHONE)
            page.emulate_media(color_scheme="dark")
        for path in paths:
            page.goto(path)
            assert str(page.locator("html").get_attribute("lang")).startswith(language)
            page.wait_for_load_state("load")
            assert violations(page) == [], (path, language)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (path, language, wide)
            small = page.evaluate(
                "[...document.querySelectorAll('button, nav a, a.button, input, .choices label')]"
                ".filter(e => e.offsetParent && e.type !== 'radio' && e.type !== 'hidden' && e.offsetHeight < 48)"
                ".map(e => e.outerHTML)"
            )
            assert small == [], (path, language)


def test_an_alert_appears_by_itself_and_focus_and_words_stay(open_page: Open, home: tuple[House, Served]) -> None:
    house, _ = home
    page = open_page("nurse1", "/console")
    expect(page.locator("#connection.on")).to_be_visible()
    button = page.locator("#alert-1 button")
    button.focus()
    alert = house.alert(AlertKind.FALL_CONFIRMED, house.beds()[12])
    expect(page.locator(f"#alert-{alert}")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('.alert').id") == "alert-1"
    assert page.title().startswith("(")


def test_a_nurse_takes_an_alert_and_others_see_it(open_page: Open, home: tuple[House, Served]) -> None:
    house, _ = home
    alert = house.alert(AlertKind.SOS_CALL, house.beds()[13])
    phone, desk = open_page("nurse3", "/console", PHONE), open_page("nurse4", "/console")
    for page in (phone, desk):
        expect(page.locator("#connection.on")).to_be_visible()
    phone.click(f"#alert-{alert} button")
    expect(phone.locator(f"#alert-{alert}.taken")).to_be_visible()
    expect(desk.locator(f"#alert-{alert}.taken")).to_be_visible()
    phone.goto(f"/alerts/{alert}")
    phone.fill("#code", f"scan-{house.beds()[13]}")
    phone.click("#arrive button")
    phone.check("input[value=assisted]")
    phone.click("#resolve button")
    phone.wait_for_url("**/console")
    expect(desk.locator(f"#alert-{alert}")).to_have_count(0)


def test_a_half_written_note_survives_news(open_page: Open, home: tuple[House, Served]) -> None:
    house, _ = home
    page = open_page("nurse1", "/alerts/1")
    expect(page.locator("#connection.on")).to_be_visible()
    page.fill("#note", "还在写")
    alert = house.alert(AlertKind.FALL_CONFIRMED, house.beds()[14])
    expect(page.locator("#facts")).to_be_visible()
    page.wait_for_function("() => performance.getEntriesByType('resource').some(e => e.name.endsWith('/facts'))")
    assert page.input_value("#note") == "还在写"
    assert alert > 1


def test_sound_follows_what_rings_and_a_pause_is_broken(open_page: Open, home: tuple[House, Served]) -> None:
    house, _ = home
    page = open_page("nurse2", "/console")
    expect(page.locator("#sound.off")).to_be_visible()
    page.click("#sound")
    expect(page.locator("#sound.off")).to_have_count(0)
    page.wait_for_function("() => anxin.sound.counters.bursts[1] >= 1")
    page.wait_for_function("() => anxin.sound.level() > 0.05")
    page.click("#pause")
    assert 0 < page.evaluate("anxin.sound.pausedForS()") <= 120
    house.alert(AlertKind.FALL_CONFIRMED, house.beds()[15])
    page.wait_for_function("() => anxin.sound.pausedForS() === 0")


def test_a_lost_connection_is_unmissable_within_seven_seconds(browser: Browser, home: tuple[House, Served]) -> None:
    house, _ = home
    server = Served(create(house.settings, house.clock))
    server.start()
    context = browser.new_context(viewport=WALL, base_url=server.url)
    page = context.new_page()
    page.clock.install()
    page.goto("/login?next=/wall")
    page.fill("#account", "wall")
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    expect(page.locator("#connection.on")).to_be_visible()
    server.stop()
    page.clock.run_for(7_000)
    assert page.locator("#lost").is_visible()
    page.wait_for_function("() => anxin.sound.ringing().some(item => item.id === 'lost')")
    again = Served(create(house.settings, house.clock), server.port)
    again.start()
    expect(page.locator("#lost")).to_be_hidden()
    context.close()
    again.stop()


def test_a_watch_that_stands_still_rings_high_on_every_page(open_page: Open, home: tuple[House, Served]) -> None:
    """Who has died cannot raise an alert: analytics two minutes behind what is stored. A hesitation only says so."""
    house, _ = home
    page = open_page("nurse6", "/console")
    expect(page.locator("#connection.on")).to_be_visible()
    ringing = "() => anxin.sound.ringing().some(item => item.id === 'watch' && item.priority === 1)"
    lag = "update anxin.cursor set received_at = received_at - %s::interval where consumer = 'analytics'"
    with house.database.connect() as owner:
        owner.execute("update anxin.ingest_partition set next_arrival = next_arrival + 9")  # there is more to read
        owner.execute(lag, ("30 seconds",))
        expect(page.locator("#stale")).to_contain_text("报警可能延迟")
        assert not page.evaluate(ringing)
        owner.execute(lag, ("90 seconds",))
        expect(page.locator("#stale")).to_contain_text("人工巡视")
        page.wait_for_function(ringing)
        owner.execute("update anxin.ingest_partition set next_arrival = next_arrival - 9")
    house.beat()
    expect(page.locator("#stale")).to_be_hidden()
    page.wait_for_function("() => anxin.sound.ringing().every(item => item.id !== 'watch')")


def test_a_list_that_cannot_be_renewed_is_not_shown_as_fresh(open_page: Open, home: tuple[House, Served]) -> None:
    house, _ = home
    page = open_page("nurse6", "/console")
    expect(page.locator("#connection.on")).to_be_visible()
    page.route("**/console/worklist", lambda route: route.fulfill(status=500, body="x"))
    alert = house.alert(AlertKind.FALL_CONFIRMED, house.beds()[17])
    expect(page.locator("#stale")).to_contain_text("未能刷新")
    page.unroute("**/console/worklist")
    house.alert(AlertKind.FALL_CONFIRMED, house.beds()[18])
    expect(page.locator(f"#alert-{alert}")).to_be_visible()
    expect(page.locator("#stale")).to_be_hidden()


def test_the_pages_work_without_scripts(browser: Browser, home: tuple[House, Served]) -> None:
    house, server = home
    alert = house.alert(AlertKind.FALL_CONFIRMED, house.beds()[16])
    context = browser.new_context(java_script_enabled=False, base_url=server.url)
    page = context.new_page()
    page.goto("/login?next=/console")
    page.fill("#account", "nurse5")
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.click(f"#alert-{alert} button")
    expect(page.locator("#facts .who")).to_contain_text("接手")
    context.close()
