"""A real browser, headless, for the tests of pages."""

import shutil

import axe_core_python
from selenium import webdriver

AXE_SECONDS = 120  # how long the accessibility engine may take on a busy machine
FLAGS = (
    *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync"),
    *("disable-background-networking", "disable-component-update", "disable-dev-shm-usage"),
    "use-fake-device-for-media-stream",  # a camera, where a page is allowed to use one
)


def chromium(folder):
    """The driver of a Chromium whose profile lies in ``folder``; None where it is not installed."""
    browser, driver_path = shutil.which("chromium"), shutil.which("chromedriver")
    if not (browser and driver_path):
        return None
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"user-data-dir={folder}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
    driver.set_script_timeout(AXE_SECONDS)
    return driver


def show(driver, page, width=1280, dark=False):
    """Open a page (Path) in a window of this width."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    driver.get(page.as_uri())


def violations(driver):
    """What the accessibility engine finds wrong: [(rule, the elements)]; it must have found much right."""
    with open(axe_core_python.__path__[0] + "/axe.min.js", encoding="utf-8") as engine:
        driver.execute_script(engine.read())
    found = driver.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    assert len(found["passes"]) > 15
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]
