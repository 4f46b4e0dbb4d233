"""A page as a screen reader tells it: Chromium's accessibility tree, and what in it would leave a listener lost."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from msgspec import Struct
from playwright.async_api import Page

# What can be worked, where one lists it by name: two of one name in one group can't be told apart.
CONTROLS = {"button", "link", "textbox", "radio", "checkbox", "spinbutton", "combobox", "slider", "DisclosureTriangle"}
GROUPS = {"group", "radiogroup", "region", "dialog", "navigation", "form", "alertdialog"}
NAMED = {"group", "radiogroup", "region", "dialog", "navigation", "heading", "img", "image"}
ONCE = ("main", "banner")
OUT_OF_ORDER = (
    "[...document.querySelectorAll('[tabindex]')].filter(each => each.tabIndex > 0).map(each => each.outerHTML)"
)


class Part(Struct, frozen=True):
    role: str
    name: str
    level: int
    group: str


async def tree(page: Page) -> list[Part]:
    """Everything that is told, each with the groups it is told in."""
    session = await page.context.new_cdp_session(page)
    nodes = {each["nodeId"]: each for each in (await session.send("Accessibility.getFullAXTree"))["nodes"]}
    await session.detach()
    return [_part(each, nodes) for each in nodes.values() if not each["ignored"]]


def _part(node: dict[str, Any], nodes: dict[str, dict[str, Any]]) -> Part:
    groups, above = [], nodes.get(node.get("parentId", ""))
    while above is not None:
        if _said(above, "role") in GROUPS and not above["ignored"]:
            groups.append(f"{_said(above, 'role')} “{_said(above, 'name')}”")
        above = nodes.get(above.get("parentId", ""))
    level = next((each["value"]["value"] for each in node.get("properties", ()) if each["name"] == "level"), 0)
    return Part(_said(node, "role"), _said(node, "name"), level, ", ".join(groups))


def _said(node: dict[str, Any], what: str) -> str:
    return " ".join(str(node.get(what, {}).get("value", "")).split())


async def faults(page: Page) -> list[str]:
    """What a listener would stumble over, as sentences."""
    parts = await tree(page)
    roles = Counter(part.role for part in parts)
    found = [f"there are {roles[role]} of {role}" for role in ONCE if roles[role] != 1]
    levels = [part.level for part in parts if part.role == "heading"]
    if levels.count(1) != 1:
        found.append(f"there are {levels.count(1)} main headings")
    found += [f"a heading jumps from {one} to {two}" for one, two in pairwise(levels) if two > one + 1]
    found += [f"a {part.role} has no name" for part in parts if part.role in CONTROLS | NAMED and not part.name]
    alike = Counter((part.role, part.name, part.group) for part in parts if part.role in CONTROLS)
    found += [
        f"{many} of {role} “{name}” in {group or 'the page'}" for (role, name, group), many in alike.items() if many > 1
    ]
    places = Counter(part.name for part in parts if part.role == "navigation")
    found += [f"{many} navigations are called “{name}”" for name, many in places.items() if many > 1]
    found += [f"goes out of order: {each}" for each in await page.evaluate(OUT_OF_ORDER)]
    return found
