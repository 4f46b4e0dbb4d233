"""README's pictures, taken from a running demo: `python deploy/pictures.py READY_FILE`."""

import json
import sys
from pathlib import Path

import pyotp
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent / "pictures"
WIDE = {"width": 1280, "height": 800}
TABLET = {"width": 820, "height": 1000}
PHONE = {"width": 390, "height": 844}


def main(ready_file: str) -> None:
    demo = json.loads(Path(ready_file).read_text())
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport=WIDE)
        page.goto(demo["staff_url"])
        take(page, "sign-in")
        sign_in(page, next(each for each in demo["accounts"] if each["role"] == "coordinator"))
        take(page, "home")
        page.locator("table tbody th a").first.click()
        family = page.url
        take(page, "family")
        page.goto(f"{demo['staff_url']}/reports/retention")
        take(page, "retention")
        page.set_viewport_size(TABLET)
        page.goto(f"{family}/visits/T2")
        page.locator(".asked__item", has_text="How the future looks").locator(".govuk-button").first.click()
        take(page, "section")
        phone = browser.new_page(viewport=PHONE)
        phone.goto(demo["family_link"])
        phone.get_by_role("button", name="Start").click()
        phone.wait_for_url("**/questions/*")
        take(phone, "phone")
        browser.close()


def sign_in(page: Page, account: dict[str, str]) -> None:
    page.get_by_label("E-mail address").fill(account["email"])
    page.get_by_label("Password").fill(account["password"])
    page.get_by_label("Code from your app").fill(pyotp.TOTP(account["totp_secret"]).now())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def take(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1])
