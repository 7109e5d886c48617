"""A headless Chromium, and the page of many customers opened in it from disk."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from pipeline.config import Config
from pipeline.report.page import Material, render, view
from tests.afterwards import GROUP, afterwards
from tests.report_world import listed_customers

COPIES = 20
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("no Chromium with its driver here: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(driver, popen_kw={"start_new_session": True})
    browser = webdriver.Chrome(options=options, service=service)
    with afterwards(GROUP, service.process.pid):
        yield browser
    browser.quit()


def many(material: Material) -> Material:
    """The listed customers twenty times over; profits and costs rise from copy to copy, so that no two are alike."""
    copies = []
    for n in range(COPIES):
        one = listed_customers()
        more = 1 + n / 100
        copies.append(
            one.assign(
                customer_id=one["customer_id"] + f"-{n:02}",
                expected_profit=one["expected_profit"] * more * 100,
                expected_cost=one["expected_cost"] * more**2,
            )
        )
    return replace(material, customers=pd.concat(copies, ignore_index=True))


@pytest.fixture
def page(tmp_path: Path, listed_material: Material, report_config: Config) -> Path:
    path = tmp_path / "report.html"
    path.write_text(render(view(many(listed_material), report_config)), encoding="utf-8")
    return path


@pytest.fixture
def opened(chromium: WebDriver, page: Path) -> WebDriver:
    chromium.get(page.as_uri())
    return chromium
