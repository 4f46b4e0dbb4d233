"""A browser made of httpx: it opens pages, fills in the forms it finds there and presses their buttons."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

VOID = {"input", "br", "hr", "img", "meta", "link", "rect", "path"}


class Form:
    def __init__(self, page: Page, method: str, action: str) -> None:
        self.page, self.method, self.action = page, method, action
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str, str]] = []
        self.files: list[tuple[str, tuple[str, bytes, str]]] = []
        self.names: set[str] = set()
        self.name = ""

    def fill(self, values: dict[str, Any] | None = None, **more: Any) -> Form:
        """Type or choose; a field the form does not have is a mistake of the test."""
        for name, value in {**(values or {}), **more}.items():
            if name not in self.names:
                raise AssertionError(f"The form has no field {name}; it has {sorted(self.names)}")
            self.fields = [pair for pair in self.fields if pair[0] != name]
            self.fields += [(name, str(each)) for each in (value if isinstance(value, list) else [value])]
        return self

    def attach(self, name: str, content: bytes, filename: str = "list.csv") -> Form:
        self.files.append((name, (filename, content, "text/csv")))
        return self

    async def press(self, text: str = "") -> Page:
        """Send the form with the button that says this; without a text, with its first."""
        found = [button for button in self.buttons if text in button[2]]
        if not found:
            raise AssertionError(f"No button says {text!r}; there are {[button[2] for button in self.buttons]}")
        name, value, _ = found[0]
        pairs = [*self.fields, *([(name, value)] if name else [])]
        data: dict[str, list[str]] = {}
        for key, each in pairs:
            data.setdefault(key, []).append(each)
        return await self.page.browser.send(self.method, self.action, data=data, files=self.files or None)


class Page(HTMLParser):
    def __init__(self, browser: Browser, response: httpx.Response) -> None:
        super().__init__(convert_charrefs=True)
        self.browser, self.response = browser, response
        self.status, self.html, self.path = response.status_code, response.text, urlsplit(str(response.url)).path
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._skip = 0
        self._text: list[str] = []
        self._open: tuple[str, dict[str, str], int] | None = None
        self._select: str | None = None
        self._elsewhere: list[tuple[str, tuple[str, str, str]]] = []
        self._chosen = False
        if "html" in response.headers.get("content-type", ""):
            self.feed(response.text)
        for name, button in self._elsewhere:
            next(form for form in self.forms if form.name == name).buttons.append(button)
        self.text = " ".join(" ".join(self._text).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attributes}
        if tag in ("script", "style", "title"):
            self._skip += tag != "title"
        if tag == "form":
            self._form = Form(self, known.get("method", "get"), known.get("action", self.path))
            self._form.name = known.get("id", "")
            # What only a script could show is no form of the person in front of this browser.
            if "hidden" not in known and self._form.method != "dialog":
                self.forms.append(self._form)
        if tag in ("a", "button", "textarea", "option"):
            self._open = (tag, known, len(self._text))
        if self._form is not None:
            self._field(tag, known)

    def _field(self, tag: str, known: dict[str, str]) -> None:
        assert self._form is not None
        name = known.get("name", "")
        if tag == "select":
            self._select, self._chosen = name, False
            self._form.names.add(name)
        elif tag == "option" and self._select:
            if "selected" in known or not self._chosen:
                self._form.fields = [pair for pair in self._form.fields if pair[0] != self._select]
                self._form.fields.append((self._select, known.get("value", "")))
                self._chosen = True
        elif tag in ("input", "textarea") and name:
            self._form.names.add(name)
            kind = known.get("type", "text")
            if tag == "input" and (kind not in ("radio", "checkbox", "file", "submit") or "checked" in known):
                self._form.fields.append((name, known.get("value", "on")))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._skip -= 1
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = None
        if self._open and self._open[0] == tag:
            _, known, start = self._open
            said = " ".join(" ".join(self._text[start:]).split())
            if tag == "a" and "href" in known:
                self.links.append((said, known["href"]))
            elif tag == "button" and known.get("type", "submit") == "submit":
                self._button(known, (known.get("name", ""), known.get("value", ""), said))
            elif tag == "textarea" and self._form is not None and known.get("name"):
                self._form.fields.append((known["name"], said))
            self._open = None

    def _button(self, known: dict[str, str], button: tuple[str, str, str]) -> None:
        """It belongs to the form around it, or to the one it names, which may come later."""
        if "form" in known:
            self._elsewhere.append((known["form"], button))
        elif self._form is not None:
            self._form.buttons.append(button)

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self._text.append(data)

    def form(self, action: str = "") -> Form:
        """The form that posts to an address ending like this; without one, the page's own (not the sign-out)."""
        own = [form for form in self.forms if form.action != "/sign-out" and form.action.endswith(action)]
        if not own:
            raise AssertionError(
                f"No form posts to {action!r} on {self.path}; there are {[form.action for form in self.forms]}"
            )
        return own[-1] if not action else own[0]

    async def follow(self, text: str) -> Page:
        found = [href for said, href in self.links if text in said]
        if not found:
            raise AssertionError(f"No link says {text!r} on {self.path}; there are {[said for said, _ in self.links]}")
        return await self.browser.open(found[0])


class Browser:
    """One person at one device: cookies of its own, redirects followed, the origin said as browsers say it."""

    def __init__(self, client: httpx.AsyncClient, origin: str) -> None:
        self.client, self.origin, self.path = client, origin, "/"

    async def open(self, path: str) -> Page:
        return await self.send("get", path)

    async def send(self, method: str, path: str, **sent: Any) -> Page:
        headers = {"origin": self.origin, "sec-fetch-site": "same-origin"} if method != "get" else {}
        response = await self.client.request(method, urljoin(self.path, path), headers=headers, **sent)
        page = Page(self, response)
        self.path = page.path
        return page
