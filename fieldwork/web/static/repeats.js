// Rows of a repeat come and go in the page. Without this script the same buttons post the form.

import { evaluate } from "./expressions.js";
import * as values from "./values.js";

const CARRIED = ["id", "name", "for", "aria-describedby", "aria-labelledby", "data-item", "data-note"];

/** `standing` follows the answers, `dress` makes a new row's questions work, `clear` takes back those of one that goes. */
export function attach(container, standing, { dress, clear }) {
  const repeat = new Rows(container, standing, { dress, clear });
  container.addEventListener("row", ({ detail: number }) => repeat.upTo(number));
  if (container.dataset.count) {
    const tree = JSON.parse(container.dataset.count);
    standing.follow(container, "count", () => repeat.resize(tree));
    container.addEventListener("recount", () => standing.run(repeat.resize(tree)));
  } else {
    container.querySelector("[value^='add:']").addEventListener("click", (event) => repeat.press(event, () => repeat.add().querySelector("input:not([type=hidden]), select, textarea")?.focus()));
    container.querySelector("[value^='remove:']").addEventListener("click", (event) => repeat.press(event, () => repeat.remove()));
  }
}

class Rows {
  constructor(container, standing, { dress, clear }) {
    this.container = container;
    this.name = container.dataset.repeat;
    this.most = Number(container.dataset.most);
    this.standing = standing;
    this.dress = dress;
    this.clear = clear;
  }

  get rows() {
    return [...this.container.querySelectorAll(":scope > [data-row]")];
  }

  press(event, act) {
    event.preventDefault();
    act();
    this.container.querySelector("[value^='add:']").hidden = this.rows.length >= this.most;
  }

  add() {
    const number = this.rows.length + 1;
    const row = this.container.querySelector(":scope > template").content.cloneNode(true).querySelector("[data-row]");
    row.dataset.row = number;
    row.querySelector("[data-number]").textContent = number;
    for (const element of [row, ...row.querySelectorAll("*")]) this.rename(element, number);
    (this.rows.at(-1) ?? this.container.querySelector(":scope > template")).after(row);
    this.counted();
    this.standing.attach(row);
    this.dress(row);
    this.standing.run([this.name, ...this.standing.repeats.get(this.name).inner]);
    return row;
  }

  /** Room for an answer that was kept on this device. */
  upTo(number) {
    while (this.rows.length < Math.min(number, this.most)) this.add();
  }

  rename(element, number) {
    for (const attribute of CARRIED) {
      const text = element.getAttribute(attribute);
      if (text) element.setAttribute(attribute, text.replaceAll(`${this.name}[0]`, `${this.name}[${number}]`));
    }
    if (element.localName === "input" && element.type === "hidden") {
      for (const kind of ["shown", "base"]) if (element.name.startsWith(`${kind}.${this.name}[0]`)) element.name = element.name.replace("[0]", `[${number}]`);
    }
  }

  remove() {
    const row = this.rows.at(-1);
    if (!row) return;
    for (const item of row.querySelectorAll("[data-item]")) this.clear(item);
    if (this.rows.length > 1) row.remove();
    this.counted();
  }

  /** As many rows as are counted; further ones stay, out of sight, so that nothing is lost that was said. */
  resize(tree) {
    const place = this.standing.place(this.container);
    const wanted = values.number(evaluate(tree, this.standing.seen(place), this.standing.around)) ?? 0;
    const number = this.container.closest("[data-relevant][hidden]") ? 0 : Math.max(0, Math.min(Math.trunc(wanted), this.most));
    while (this.rows.length < number) this.add();
    for (const row of this.rows) row.hidden = Number(row.dataset.row) > number;
    const changed = this.standing.count(this.name, number);
    for (const row of this.rows) this.standing.recount(row);
    return changed;
  }

  counted() {
    this.container.querySelector(":scope > [name^='rows.']").value = this.rows.length;
  }
}
