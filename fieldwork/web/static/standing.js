// Which questions apply, what may be chosen and what stands in the words, as the answers of this page are now.
// Each thing is looked at again only when an answer changes that it names.

import { evaluate, truth } from "./expressions.js";
import * as values from "./values.js";

const PATH = /^([A-Za-z]\w*)(?:\[(\d+)\]\.([A-Za-z]\w*))?$/;
const MOST = 10_000; // no questionnaire without loops takes as many steps to settle
const OUTSIDE = { repeat: "", row: null };

export class Standing {
  constructor(form, read) {
    const live = JSON.parse(form.dataset.live);
    this.form = form;
    this.read = read;
    this.gone = live.gone;
    this.around = { today: live.today, now: live.now, labels: live.labels };
    this.repeats = new Map(live.repeats.map((repeat) => [repeat.name, repeat]));
    this.values = plain(live.answers);
    for (const name of this.repeats.keys()) if (Object.hasOwn(this.values, name)) this.values[name] = this.values[name].map(plain);
    this.watchers = new Map();
    for (const calculation of live.calculations) {
      this.watch([calculation.tree, ...calculation.when], () => this.calculate(calculation), calculation.repeat);
    }
  }

  /** Let what stands in a part of the page follow the answers. */
  attach(part) {
    for (const element of all(part, "[data-relevant]")) this.follow(element, "relevant", (tree, place) => this.apply(element, tree, place));
    for (const element of all(part, "[data-filter]")) this.follow(element, "filter", (tree, place) => this.offer(element, tree, place));
    for (const element of all(part, "[data-rule]")) this.follow(element, "rule", (tree, place) => this.judge(element, tree, place));
    for (const element of all(part, "[data-piped]")) {
      const place = this.place(element);
      this.watch([["name", element.dataset.piped]], () => this.say(element, place), "", element);
    }
  }

  follow(element, key, act) {
    const tree = JSON.parse(element.dataset[key]);
    const place = this.place(element);
    const update = () => act(tree, place);
    this.watch([tree], update, key === "rule" ? PATH.exec(element.dataset.item)[3] ?? element.dataset.item : "", element);
  }

  watch(trees, update, also = "", element = null) {
    const entry = { update, element };
    for (const name of [...trees.flatMap(names), also].filter(Boolean)) {
      if (!this.watchers.has(name)) this.watchers.set(name, new Set());
      this.watchers.get(name).add(entry);
    }
  }

  /** An answer has changed on the page. */
  changed(item) {
    this.run(this.recount(item));
  }

  /** Everything anew: a browser may have brought back answers the server did not know. */
  all() {
    for (const item of this.form.querySelectorAll("[data-item]")) this.recount(item);
    const entries = new Set([...this.watchers.values()].flatMap((found) => [...found]));
    this.run([...entries].flatMap((entry) => entry.update()));
  }

  run(changed) {
    const waiting = [...new Set(changed)];
    for (let steps = 0; waiting.length && steps < MOST; steps += 1) {
      const watchers = this.watchers.get(waiting.shift()) ?? new Set();
      for (const entry of watchers) {
        if (entry.element && !entry.element.isConnected) watchers.delete(entry);
        else for (const name of entry.update()) if (!waiting.includes(name)) waiting.push(name);
      }
    }
  }

  /** What counts of the questions in a part of the page: nothing of those that are out of sight. */
  recount(part) {
    return all(part, "[data-item]").flatMap((item) => {
      const value = item.closest("[data-relevant][hidden], [data-row][hidden]") ? null : this.read(item);
      return value === undefined ? [] : this.set(item.dataset.item, value);
    });
  }

  set(path, value) {
    const [, name, number, inner] = PATH.exec(path) ?? [];
    if (!name || (inner && !this.repeats.has(name))) return [];
    const holder = inner ? this.row(name, Number(number), value) : this.values;
    const key = inner ?? name;
    if (!holder || JSON.stringify(holder[key] ?? null) === JSON.stringify(value)) return [];
    holder[key] = value;
    if (value === null) delete holder[key];
    if (inner) this.trim(name);
    return inner ? [name, inner] : [name];
  }

  row(name, number, value) {
    const rows = (this.values[name] ??= []);
    if (value === null && rows.length < number) return null;
    while (rows.length < number) rows.push(Object.create(null));
    return rows[number - 1];
  }

  /** Rows nothing stands in any more are none, unless something else says how many there are. */
  trim(name) {
    const rows = this.values[name];
    while (!this.repeats.get(name).counted && rows.length && !Object.keys(rows.at(-1)).length) rows.pop();
    if (!rows.length) delete this.values[name];
  }

  /** A repeat has so many rows. */
  count(name, number) {
    const rows = (this.values[name] ??= []);
    while (rows.length < number) rows.push(Object.create(null));
    rows.length = number;
    if (!number) delete this.values[name];
    return [name, ...this.repeats.get(name).inner];
  }

  place(element) {
    const row = element.closest("[data-row]");
    return row ? { repeat: row.closest("[data-repeat]").dataset.repeat, row: Number(row.dataset.row) } : OUTSIDE;
  }

  seen({ repeat, row }) {
    if (!repeat) return this.values;
    const seen = Object.assign(Object.create(null), this.values);
    for (const name of this.repeats.get(repeat).inner) seen[name] = null;
    return Object.assign(seen, this.values[repeat]?.[row - 1]);
  }

  value(tree, place, more = {}) {
    return evaluate(tree, this.seen(place), { ...this.around, position: place.row, ...more });
  }

  calculate({ item, repeat, tree, when }) {
    const rows = repeat ? (this.values[repeat] ?? []).map((_, at) => ({ repeat, row: at + 1 })) : [OUTSIDE];
    return rows.flatMap((place) => {
      const applies = when.every((condition) => truth(this.value(condition, place)));
      return this.set(repeat ? `${repeat}[${place.row}].${item}` : item, applies ? this.value(tree, place) : null);
    });
  }

  apply(element, tree, place) {
    const hidden = !truth(this.value(tree, place));
    if (element.hidden === hidden) return [];
    element.hidden = hidden;
    const counted = all(element, "[data-repeat]").filter(() => hidden).map((repeat) => repeat.dataset.repeat);
    for (const name of counted) delete this.values[name];
    const shown = all(element, "[data-repeat][data-count]").filter(() => !hidden);
    for (const repeat of shown) repeat.dispatchEvent(new CustomEvent("recount"));
    return [...counted, ...this.recount(element)];
  }

  offer(item, tree, place) {
    for (const choice of item.querySelectorAll("[data-choice]")) {
      const columns = JSON.parse(choice.dataset.choice);
      const hidden = !truth(this.value(tree, place, { this: columns.name, row: columns }));
      choice.hidden = hidden;
      if (choice.localName === "option") choice.disabled = hidden && !choice.selected;
    }
    const left = [...item.querySelectorAll("[data-choice][hidden]")].some((choice) => choice.selected || choice.querySelector("input:checked"));
    this.complain(item, "gone", this.gone, left);
    return [];
  }

  judge(item, tree, place) {
    const value = item.closest("[data-relevant][hidden]") ? null : this.read(item);
    const isAnswer = value !== null && value !== undefined && !value.missing;
    this.complain(item, "rule", item.dataset.broken, isAnswer && !truth(this.value(tree, place, { this: value })));
    return [];
  }

  /** A sentence stands over a question once, whether the server or this page has found the fault. */
  complain(item, key, sentence, isBroken) {
    const said = [...item.querySelectorAll(".govuk-error-message")].filter((one) => one.textContent.trim().endsWith(sentence));
    if (isBroken && !said.length) item.prepend(complaint(sentence, key));
    if (!isBroken) for (const one of said) one.remove();
  }

  say(element, place) {
    const name = element.dataset.piped;
    const seen = this.seen(place);
    const value = Object.hasOwn(seen, name) ? seen[name] : null;
    const labels = Object.hasOwn(this.around.labels, name) ? this.around.labels[name] : {};
    const texts = (Array.isArray(value) ? value : [value]).map((one) => values.text(values.scalar(one))).filter(Boolean);
    element.textContent = texts.map((text) => (Object.hasOwn(labels, text) ? labels[text] : text)).join(", ") || "…";
    return [];
  }
}

/** A sentence in red over a question. */
export function complaint(sentence, about) {
  const said = document.createElement("p");
  said.className = "govuk-error-message live-complaint";
  said.setAttribute("role", "alert");
  said.dataset.about = about;
  said.textContent = sentence;
  return said;
}

/** The questions a tree looks at. */
export function names(tree) {
  if (!Array.isArray(tree)) return [];
  const [operation, ...parts] = tree;
  if (operation === "name") return [parts[0]];
  return [...(operation === "choice-name" ? [parts[1]] : []), ...parts.flatMap(names)];
}

function all(part, selector) {
  return [...(part.matches(selector) ? [part] : []), ...part.querySelectorAll(selector)];
}

// Answers bear names that somebody else gave: nothing they are called may be found that is not theirs.
function plain(mapping) {
  return Object.assign(Object.create(null), mapping);
}
