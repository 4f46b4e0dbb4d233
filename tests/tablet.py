"""A researcher's tablet: Chromium with a folder of its own, that can be killed at any moment and started again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pyotp
from cast import PASSWORD, Member
from playwright.async_api import BrowserContext, Dialog, Error, Page, Playwright

# A page tries a broken line again after three seconds. Whoever waits for it here has no three seconds each time.
HASTE = """(() => {
    const later = window.setTimeout.bind(window);
    window.setTimeout = (act, delay, ...more) => later(act, delay === 3000 ? 300 : delay, ...more);
})()"""
# A browser that draws for nobody needs no card and no programs beside it.
PLAIN = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--in-process-gpu",
    "--no-zygote",
    "--disable-breakpad",
)
LISTENS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")  # a microphone that hums


class Tablet:
    def __init__(self, playwright: Playwright, chromium: str, folder: Path, url: str) -> None:
        self.playwright, self.chromium, self.folder, self.url = playwright, chromium, folder, url
        self.faults: list[str] = []
        self.in_haste = False
        self._context: BrowserContext | None = None

    @property
    def context(self) -> BrowserContext:
        assert self._context is not None
        return self._context

    @property
    def page(self) -> Page:
        return self.context.pages[0]

    async def start(self) -> Page:
        self._context = await self.playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=self.chromium,
            args=[*PLAIN, "--hide-crash-restore-bubble", *LISTENS],
            locale="en-GB",
            timezone_id="Europe/London",
            viewport={"width": 820, "height": 1180},
        )
        if self.in_haste:
            await self.context.add_init_script(HASTE)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", _leave)
        return self.page

    async def hasten(self) -> None:
        """From the next page on, however often it is started again."""
        self.in_haste = True
        await self.context.add_init_script(HASTE)

    async def kill(self) -> None:
        """As if its battery had gone."""
        for process in psutil.process_iter(["cmdline"]):
            if f"--user-data-dir={self.folder}" in (process.info["cmdline"] or []):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        with suppress(Error):
            await self.context.close()

    async def sign_in(self, member: Member) -> None:
        await self.page.goto(f"{self.url}/sign-in")
        await self.fill_in(member, self.page.get_by_role("main"))

    async def admit(self, cookie: dict[str, Any]) -> None:
        """Signed in without the form, by what the server would have told the browser."""
        same_site = cookie["samesite"].capitalize()
        told = {"name": cookie["key"], "value": cookie["value"], "url": self.url, "httpOnly": cookie["httponly"]}
        await self.context.add_cookies([{**told, "sameSite": same_site}])  # type: ignore[typeddict-item]

    async def fill_in(self, member: Member, where: object, button: str = "Sign in") -> None:
        await where.get_by_label("E-mail address").fill(member.email)  # type: ignore[attr-defined]
        await where.get_by_label("Password").fill(PASSWORD)  # type: ignore[attr-defined]
        await where.get_by_label("Code from your app").fill(pyotp.TOTP(member.secret).now())  # type: ignore[attr-defined]
        await where.get_by_role("button", name=button).click()  # type: ignore[attr-defined]


async def _leave(dialog: Dialog) -> None:
    with suppress(Error):
        await dialog.accept()
