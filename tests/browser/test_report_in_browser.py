"""The report in a browser: it opens offline without a complaint, and filter, sort and slider do what they say."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from pipeline.config import Config
from pipeline.report.page import Material, render, view
from pipeline.report.recut import recut
from tests.browser.conftest import many
from tests.report.test_fit import MOVED
from tests.report.test_worked import LEARNED, MAY
from tests.report_world import HOSTILE

VISIBLE = "return [...document.querySelectorAll('#top tbody tr')].filter((row) => row.offsetParent !== null)"
# Contrast of every text with the background it stands on (WCAG 2.1, 1.4.3): 4.5, or 3 where it is large.
TOO_PALE = r"""
const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const colour = (text) => text.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
const ground = (e) => { for (; e; e = e.parentElement) {
  const c = colour(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const pale = new Set();
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || e.closest("svg, script") || !e.checkVisibility()) continue;
  const style = getComputedStyle(e), size = parseFloat(style.fontSize);
  const [a, b] = [light(colour(style.color)), light(ground(e))].sort((x, y) => y - x);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) pale.add(`${e.tagName}.${e.className}: ${walker.currentNode.data.trim()}`);
}
return [...pale];
"""


@contextmanager
def emulated(browser: WebDriver, command: str, on: dict, off: dict) -> Iterator[None]:
    browser.execute_cdp_cmd(command, on)
    try:
        yield
    finally:
        browser.execute_cdp_cmd(command, off)


def rows(browser: WebDriver) -> list[WebElement]:
    return browser.execute_script(VISIBLE)


def column(browser: WebDriver, name: str) -> list[str]:
    """The cells of the rows that are seen, without labels and bars."""
    cells = "map((row) => (row.querySelector(`[data-label=\"${arguments[0]}\"]`)).firstChild?.textContent.trim() ?? '')"
    return browser.execute_script(f"{VISIBLE}.{cells}", name)


def head(browser: WebDriver, name: str) -> WebElement:
    return next(one for one in browser.find_elements(By.CSS_SELECTOR, "#top thead th") if one.text == name)


def said(browser: WebDriver, name: str) -> str:
    return browser.find_element(By.ID, name).text


def choose(browser: WebDriver, what: str, value: str) -> None:
    Select(browser.find_element(By.CSS_SELECTOR, f"select[data-filter={what}]")).select_by_value(value)


def test_it_opens_offline_and_nothing_complains(chromium: WebDriver, page: Path) -> None:
    chromium.get_log("browser")
    chromium.get(page.as_uri())
    assert chromium.get_log("browser") == []
    assert chromium.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)") == []
    assert chromium.title == "Churn report, Tiny, 1 June 2024"
    assert len(rows(chromium)) == 50
    assert said(chromium, "shown") == "50 of 160 customers shown"


def test_it_opens_as_well_before_there_are_lists(
    chromium: WebDriver, tmp_path: Path, material: Material, report_config: Config
) -> None:
    path = tmp_path / "early.html"
    path.write_text(render(view(material, report_config)), encoding="utf-8")
    chromium.get_log("browser")
    chromium.get(path.as_uri())
    assert chromium.get_log("browser") == []
    assert said(chromium, "shown") == "3 of 3 customers shown"
    assert [select.get_attribute("data-filter") for select in chromium.find_elements(By.CSS_SELECTOR, "select[data-filter]")] == [
        "risk"
    ]
    choose(chromium, "risk", "medium")
    assert column(chromium, "Customer") == ["007"]
    assert chromium.find_elements(By.ID, "budget") == []


def test_what_an_id_says_is_not_run(chromium: WebDriver, tmp_path: Path, material: Material, report_config: Config) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(render(view(material, report_config)).replace("</main>", "<script>window.ran = 1</script></main>"), "utf-8")
    chromium.get(path.as_uri())
    assert HOSTILE in chromium.find_element(By.ID, "top").text
    assert chromium.execute_script("return window.ran") is None  # even a script that stood in the page is refused
    assert "Content Security Policy" in chromium.get_log("browser")[0]["message"]


def test_search_keeps_the_rows_with_all_its_words(opened: WebDriver) -> None:
    find = opened.find_element(By.ID, "find")
    find.send_keys("ORDER 60")
    assert said(opened, "shown") == "20 of 20 customers shown, chosen from 160"
    assert {name[:2] for name in column(opened, "Customer")} == {"a3"}
    find.send_keys(" nobody")
    assert (rows(opened), said(opened, "shown")) == ([], "No customer matches. Change or reset the filters.")
    opened.find_element(By.ID, "reset").click()
    assert (find.get_property("value"), said(opened, "shown")) == ("", "50 of 160 customers shown")


def test_choices_of_list_segment_lifecycle_and_channel_are_joined(opened: WebDriver) -> None:
    choose(opened, "list", "churn")
    assert said(opened, "shown") == "50 of 60 customers shown, chosen from 160"
    choose(opened, "segment", "leaving")
    assert {name[:2] for name in column(opened, "Customer")} == {"a2", "a3"}
    choose(opened, "lifecycle", "cooling")
    assert {name[:2] for name in column(opened, "Customer")} == {"a3"}
    choose(opened, "channel", "sms")
    assert rows(opened) == []


def test_more_rows_are_shown_when_asked(opened: WebDriver) -> None:
    more = opened.find_element(By.ID, "more")
    choose(opened, "list", "churn")
    assert more.text == "Show 10 more"
    more.click()
    assert (len(rows(opened)), more.is_displayed()) == (60, False)
    assert said(opened, "shown") == "60 of 60 customers shown, chosen from 160"


def test_a_heading_sorts_by_click_and_by_key_and_says_so(opened: WebDriver) -> None:
    profit = head(opened, "Expected profit")
    profit.find_element(By.TAG_NAME, "button").click()
    assert profit.get_attribute("aria-sort") == "descending"
    assert column(opened, "Expected profit")[:3] == ["952.00", "944.00", "936.00"]
    profit.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    assert profit.get_attribute("aria-sort") == "ascending"
    assert column(opened, "Expected profit")[:3] == ["200.00", "202.00", "204.00"]
    customer = head(opened, "Customer")
    customer.find_element(By.TAG_NAME, "button").send_keys(Keys.SPACE)
    assert (profit.get_attribute("aria-sort"), customer.get_attribute("aria-sort")) == (None, "ascending")
    assert column(opened, "Customer")[:2] == ["a1-00", "a1-01"]


@pytest.mark.parametrize("times", [1, 2])
def test_who_has_no_value_comes_last_whichever_way_it_is_sorted(opened: WebDriver, times: int) -> None:
    choose(opened, "lifecycle", "active")  # c2 with a profit, c3 and c4 without
    for _ in range(times):
        head(opened, "Expected profit").find_element(By.TAG_NAME, "button").click()
    shown = column(opened, "Expected profit")
    assert all(value != "–" for value in shown[:20])
    assert set(shown[20:]) == {"–"}


def test_the_slider_cuts_the_list_again(opened: WebDriver, listed_material: Material) -> None:
    material = many(listed_material)
    curve = recut(material.customers, material.kept)
    assert curve is not None
    slider = opened.find_element(By.ID, "budget")
    assert (said(opened, "recut-customers"), said(opened, "recut-against")) == ("60", "This is today's choice.")
    before = opened.find_element(By.ID, "here").get_attribute("transform")
    slider.send_keys(Keys.ARROW_RIGHT)
    point, today = curve.points[curve.chosen + 1], curve.today
    assert point.saves is not None
    shown = [said(opened, f"recut-{name}") for name in ("customers", "spend", "profit", "saves")]
    assert shown == [f"{value:,.0f}" for value in (point.customers, point.spend, point.profit, point.saves)]
    more, paid = f"{point.profit - today.profit:,.0f}", f"{point.spend - today.spend:,.0f}"
    assert said(opened, "recut-against") == f"{more} more profit than today's choice for {paid} more."
    assert opened.find_element(By.ID, "here").get_attribute("transform") != before
    assert slider.get_attribute("aria-valuetext").startswith(f"{point.spend:,.0f}: {point.customers} customers contacted")
    slider.send_keys(Keys.HOME)
    assert [said(opened, f"recut-{name}") for name in ("customers", "spend", "profit", "saves")] == ["0"] * 4
    assert said(opened, "recut-against").endswith(f"less profit than today's choice for {today.spend:,.0f} less.")
    opened.find_element(By.ID, "back").click()
    assert (said(opened, "recut-customers"), opened.find_element(By.ID, "here").get_attribute("transform")) == ("60", before)
    assert opened.switch_to.active_element == slider


def test_numbers_that_the_script_writes_are_italian_in_italian(
    chromium: WebDriver, tmp_path: Path, listed_material: Material, report_config: Config
) -> None:
    path = tmp_path / "rapporto.html"
    dear = many(listed_material)
    dear = replace(dear, customers=dear.customers.assign(expected_cost=dear.customers["expected_cost"] * 10))
    path.write_text(render(view(dear, report_config.model_copy(update={"locale": "it"}))), encoding="utf-8")
    chromium.get(path.as_uri())
    before = said(chromium, "recut-spend")
    assert before[1:2] == "."  # 1.234, not 1,234 or 1234
    chromium.find_element(By.ID, "budget").send_keys(Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert said(chromium, "recut-spend") == before
    assert said(chromium, "shown") == "50 clienti mostrati su 160"


def test_without_scripts_it_is_a_plain_table(chromium: WebDriver, page: Path) -> None:
    with emulated(chromium, "Emulation.setScriptExecutionDisabled", {"value": True}, {"value": False}):
        chromium.get(page.as_uri())
        seen = [row for row in chromium.find_elements(By.CSS_SELECTOR, "#top tbody tr") if row.is_displayed()]
        assert len(seen) == 50
        assert not chromium.find_element(By.CSS_SELECTOR, ".controls").is_displayed()
        assert not chromium.find_element(By.ID, "budget").is_displayed()
        assert said(chromium, "recut-customers") == "60"


def test_paper_has_fifty_rows_and_no_controls(opened: WebDriver) -> None:
    opened.find_element(By.ID, "more").click()
    assert len(rows(opened)) == 100
    with emulated(opened, "Emulation.setEmulatedMedia", {"media": "print"}, {"media": ""}):
        assert len(rows(opened)) == 50
        hidden = [opened.find_element(By.CSS_SELECTOR, place) for place in (".controls", "#more", "nav", "#budget")]
        assert [one.is_displayed() for one in hidden] == [False] * 4


def test_headings_are_repeated_on_every_sheet(opened: WebDriver) -> None:
    # a button in a heading that is a box of its own would keep Chromium from repeating it
    with emulated(opened, "Emulation.setEmulatedMedia", {"media": "print"}, {"media": ""}):
        button = opened.find_element(By.CSS_SELECTOR, "#top thead button")
        assert button.value_of_css_property("display") == "contents"


def test_a_telephone_need_not_scroll_sideways(chromium: WebDriver, page: Path) -> None:
    size = {"width": 360, "height": 780, "deviceScaleFactor": 2, "mobile": True}
    with emulated(chromium, "Emulation.setDeviceMetricsOverride", size, {**size, "width": 0, "height": 0, "mobile": False}):
        chromium.get(page.as_uri())
        assert chromium.execute_script("return document.documentElement.scrollWidth") == 360
        assert said(chromium, "shown") == "10 of 160 customers shown"
        order = Select(chromium.find_element(By.ID, "order"))
        order.select_by_visible_text("Expected profit ↑")
        assert column(chromium, "Expected profit")[0] == "200.00"
        small = chromium.execute_script(
            "return [...document.querySelectorAll('.controls :is(input, select, button), #budget, #more')]"
            ".filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44).map((one) => one.id)"
        )
        assert small == []
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_what_moved_is_read_on_a_telephone_and_on_a_screen(
    chromium: WebDriver, tmp_path: Path, material: Material, report_config: Config
) -> None:
    path = tmp_path / "moved.html"
    path.write_text(render(view(replace(material, drift=MOVED), report_config)), encoding="utf-8")
    size = {"width": 360, "height": 780, "deviceScaleFactor": 2, "mobile": True}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    chromium.get(path.as_uri())
    assert chromium.execute_script("return document.documentElement.scrollWidth") == 360
    cells = [cell for cell in chromium.find_elements(By.CSS_SELECTOR, ".moved td[data-label]") if cell.is_displayed()]
    assert all(cell.text for cell in cells)
    assert all(cell.rect["x"] + cell.rect["width"] <= 360 for cell in cells)
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.get(path.as_uri())
    assert chromium.execute_script(TOO_PALE) == []
    section = chromium.find_element(By.ID, "fit")
    assert section.accessible_name == "Does the model still fit?"
    assert section.find_element(By.CSS_SELECTOR, "svg").accessible_name.startswith("Mean risk by snapshot.")


@pytest.mark.parametrize("locale", ["en", "it"])
def test_what_became_of_deliveries_fits_a_screen(
    chromium: WebDriver, tmp_path: Path, material: Material, report_config: Config, locale: str
) -> None:
    large = {"saves": [-1_234.5, 11_234.5], "revenue": None, "margin": None, "profit": [-1_234_567.0, 12_345_678.0]}
    months = [
        MAY | {"as_of": f"2024-{month:02}-01", "saves": 5_000.0, "profit": 5_555_555.0, "intervals": large} for month in (4, 9)
    ]
    rows = [LEARNED, LEARNED | {"held_out": 7, "offer": "second_order_voucher"}, LEARNED | {"segment": "valuable_cooling"}]
    told = replace(material, outcomes={"deliveries": months}, manifest={**material.manifest, "learned": rows})
    path = tmp_path / f"{locale}.html"
    path.write_text(render(view(told, report_config.model_copy(update={"locale": locale}))), encoding="utf-8")
    too_wide = "return [...document.querySelectorAll('#worked .scroll')].map((one) => one.scrollWidth - one.clientWidth)"
    for width, mobile in ((1200, False), (390, True)):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": mobile}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        chromium.get(path.as_uri())
        assert chromium.execute_script(too_wide) == [0, 0, 0]
        assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.get(path.as_uri())
    assert chromium.execute_script(TOO_PALE) == []


def test_segments_of_an_offer_are_folded_without_scripts_and_whole_on_paper(
    chromium: WebDriver, tmp_path: Path, material: Material, report_config: Config
) -> None:
    rows = [LEARNED, LEARNED | {"segment": "valuable_cooling"}]
    told = replace(material, outcomes={"deliveries": [MAY]}, manifest={**material.manifest, "learned": rows})
    path = tmp_path / "folded.html"
    path.write_text(render(view(told, report_config)), encoding="utf-8")
    with emulated(chromium, "Emulation.setScriptExecutionDisabled", {"value": True}, {"value": False}):
        chromium.get(path.as_uri())
        details = chromium.find_element(By.CSS_SELECTOR, ".folded details")
        summary = details.find_element(By.TAG_NAME, "summary")
        assert details.rect["height"] == summary.rect["height"]
        with emulated(chromium, "Emulation.setEmulatedMedia", {"media": "print"}, {"media": ""}):
            assert details.rect["height"] > 2 * summary.rect["height"]
        assert details.rect["height"] == summary.rect["height"]
        summary.click()
        assert details.find_element(By.CSS_SELECTOR, ".sub th").is_displayed()


def test_everything_has_a_name_a_place_and_enough_contrast(opened: WebDriver) -> None:
    controls = opened.find_elements(By.CSS_SELECTOR, "input, select, button, [role=region], section, nav, figure svg")
    assert [one.get_attribute("outerHTML")[:90] for one in controls if not one.accessible_name and one.is_displayed()] == []
    landmarks = {name: len(opened.find_elements(By.CSS_SELECTOR, f"body > {name}")) for name in ("header", "main", "footer")}
    assert landmarks == {"header": 1, "main": 1, "footer": 1}
    assert opened.execute_script(TOO_PALE) == []


def test_the_keyboard_reaches_the_content_first_and_sees_where_it_is(opened: WebDriver) -> None:
    opened.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = opened.switch_to.active_element
    assert (skip.text, skip.get_attribute("href").endswith("#content"), skip.is_displayed()) == (
        "Skip to the content",
        True,
        True,
    )
    opened.find_element(By.ID, "find").send_keys(Keys.TAB)
    style = "const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]"
    assert opened.execute_script(style) == ["solid", "2px"]
