// What the tree of a condition amounts to; questionnaires/interpreter.py says the same to the server, line by line.

import * as moments from "./moments.js";
import { matches } from "./patterns.js";
import * as values from "./values.js";

export { truth } from "./values.js";

const PLACES = Array.from({ length: 16 }, (_, places) => Number(`1e${places}`));
const THIS = ["this"];
const YES = "yes";

/**
 * The value of a tree: a number, a text, true, false, or null for no value.
 * `around` may hold today and now as text, this, position (of the row), row (of a choice's columns) and labels.
 */
export function evaluate(tree, answers, around = {}) {
  const value = new Reading(answers, around).value(tree);
  return Array.isArray(value) ? null : value;
}

/** One evaluation: the answers, the moment, the value that `.` stands for, the row and the choice it is about. */
class Reading {
  constructor(answers, { today = null, now = null, this: self = null, position = null, row = null, labels = null }) {
    this.answers = answers;
    this.self = values.scalar(self);
    this.today = today;
    this.now = now;
    this.position = position;
    this.row = row ?? {};
    this.labels = labels ?? {};
  }

  value([operation, ...parts]) {
    return OPERATIONS.get(operation)(this, ...parts);
  }

  number(tree) {
    return values.number(this.value(tree));
  }

  text(tree) {
    return values.text(this.value(tree)) ?? "";
  }

  truth(tree) {
    return values.truth(this.value(tree));
  }

  moment(tree) {
    return moments.of(this.value(tree));
  }

  named(name) {
    if (Object.hasOwn(this.answers, name)) return values.scalar(this.answers[name]);
    const rows = Object.values(this.answers).filter(Array.isArray).flat();
    const column = rows.filter((row) => values.isRow(row) && Object.hasOwn(row, name));
    return column.length ? column.map((row) => values.scalar(row[name])) : null;
  }

  each(trees) {
    return trees.flatMap((tree) => this.value(tree)).filter((item) => item !== null && item !== "");
  }

  numbers(trees) {
    const numbers = this.each(trees).map(values.number);
    return numbers.includes(null) ? [] : numbers;
  }
}

/** What a name stands for in a mapping that came as JSON, and not in what every object inherits. */
function own(mapping, name) {
  return values.isRow(mapping) && Object.hasOwn(mapping, name) ? mapping[name] : null;
}

function compare(test) {
  return (at, left, right) => {
    const found = values.order(at.value(left), at.value(right));
    return found !== null && test(found);
  };
}

function reckon(rule) {
  return (at, left, right) => {
    const [first, second] = [at.number(left), at.number(right)];
    return first === null || second === null ? null : values.finite(rule(first, second));
  };
}

function change(rule) {
  return (at, part) => {
    const value = at.number(part);
    return value === null ? null : values.finite(rule(value));
  };
}

function round(at, tree, places) {
  const value = at.number(tree);
  const factor = places ? PLACES[at.number(places) ?? -1] : 1;
  if (value === null || factor === undefined) return null;
  const raised = values.finite(value * factor);
  return raised === null ? null : values.finite(Math.floor(raised + 0.5) / factor);
}

function furthest(choose) {
  return (at, ...parts) => {
    const numbers = at.numbers(parts);
    return numbers.length ? numbers.reduce((one, other) => choose(one, other)) : null;
  };
}

function sum(at, ...parts) {
  const total = furthest((one, other) => one + other)(at, ...parts);
  return total === null ? null : values.finite(total);
}

function coalesce(at, ...parts) {
  for (const part of parts) {
    const value = at.value(part);
    if (value !== null && value !== "") return value;
  }
  return null;
}

function chosen(at, tree) {
  return at.text(tree).split(" ").filter(Boolean);
}

function chosenAt(at, several, place) {
  const [names, number] = [chosen(at, several), at.number(place)];
  return number !== null && 0 <= number && number < names.length ? names[Math.trunc(number)] : "";
}

function substring(at, tree, start, end) {
  const whole = Array.from(at.text(tree));
  const [first, last] = [at.number(start), end ? at.number(end) : whole.length];
  return first === null || last === null ? null : whole.slice(first, last).join("");
}

function before(at, tree, part) {
  const [whole, wanted] = [at.text(tree), at.text(part)];
  return wanted && whole.includes(wanted) ? whole.slice(0, whole.indexOf(wanted)) : "";
}

function after(at, tree, part) {
  const [whole, wanted] = [at.text(tree), at.text(part)];
  return whole.includes(wanted) ? whole.slice(whole.indexOf(wanted) + wanted.length) : "";
}

function texts(separator, found) {
  return found.map((value) => values.text(value) ?? "").join(separator);
}

function checklist(at, least, most, ...answers) {
  return between(at, least, most, at.each(answers).filter((value) => value === YES).length);
}

function weighted(at, least, most, ...parts) {
  let total = 0;
  for (let index = 0; index < parts.length; index += 2) {
    const number = at.number(parts[index + 1]);
    if (at.value(parts[index]) === YES) total = number === null ? NaN : total + number;
  }
  return between(at, least, most, total);
}

function between(at, least, most, found) {
  const [low, high] = [at.number(least), at.number(most)];
  if (low === null || high === null || Number.isNaN(found)) return false;
  return (low === -1 || low <= found) && (high === -1 || found <= high);
}

function indexed(at, [, question], [, repeat], number) {
  const [rows, place] = [own(at.answers, repeat), at.number(number)];
  if (!Array.isArray(rows) || place === null || !(1 <= place && place < rows.length + 1)) return null;
  return values.scalar(own(rows[Math.trunc(place) - 1], question));
}

function said(at, tree, letters) {
  const moment = at.moment(tree);
  return moment === null ? null : moments.said(moment, at.text(letters));
}

function dateTime(at, tree) {
  const moment = at.moment(tree);
  return moment === null ? null : moments.written(moment);
}

function decimalDateTime(at, tree) {
  const value = at.value(tree);
  const moment = typeof value === "string" ? moments.read(value) : null;
  return typeof value === "number" ? value : moment === null ? null : moment / moments.DAY;
}

function decimalTime(at, tree) {
  const moment = moments.timeOfDay(at.text(tree));
  return moment === null ? null : moment / moments.DAY;
}

const OPERATIONS = new Map(
  Object.entries({
    value: (_, literal) => literal,
    name: (at, name) => at.named(name),
    this: (at) => at.self,
    column: (at, column) => values.scalar(own(at.row, column)),
    or: (at, ...parts) => parts.some((part) => at.truth(part)),
    and: (at, ...parts) => parts.every((part) => at.truth(part)),
    not: (at, part) => !at.truth(part),
    "=": (at, left, right) => values.equals(at.value(left), at.value(right)) === true,
    "!=": (at, left, right) => values.equals(at.value(left), at.value(right)) === false,
    "<": compare((found) => found < 0),
    "<=": compare((found) => found <= 0),
    ">": compare((found) => found > 0),
    ">=": compare((found) => found >= 0),
    "+": reckon((left, right) => left + right),
    "-": reckon((left, right) => left - right),
    "*": reckon((left, right) => left * right),
    div: reckon((left, right) => left / right),
    mod: reckon((left, right) => left % right),
    pow: reckon(values.power),
    negative: change((value) => -value),
    abs: change(Math.abs),
    int: change(Math.trunc),
    sqrt: change(Math.sqrt),
    pi: () => Math.PI,
    round,
    min: furthest(Math.min),
    max: furthest(Math.max),
    sum,
    count: (at, ...parts) => at.each(parts).length,
    "count-non-empty": (at, ...parts) =>
      at.each(parts).filter((value) => !values.isRow(value) || Object.keys(value).length).length,
    position: (at) => at.position,
    "indexed-repeat": indexed,
    if: (at, test, yes, no) => at.value(at.truth(test) ? yes : no),
    coalesce,
    once: (at, part) => at.self ?? at.value(part),
    boolean: (at, part) => Boolean(at.value(part)),
    "boolean-from-string": (at, part) => ["true", "1"].includes(at.text(part)),
    selected: (at, several, one) => chosen(at, several).includes(at.text(one)),
    "selected-at": chosenAt,
    "count-selected": (at, several) => chosen(at, several).length,
    "choice-name": (at, part, question) => values.scalar(own(own(at.labels, question), at.text(part))),
    checklist,
    "weighted-checklist": weighted,
    number: (at, part) => at.number(part),
    string: (at, part) => at.text(part),
    "string-length": (at, part = THIS) => Array.from(at.text(part)).length,
    "normalize-space": (at, part = THIS) => at.text(part).split(/[ \t\r\n]+/).filter(Boolean).join(" "),
    concat: (at, ...parts) => texts("", parts.flatMap((part) => at.value(part))),
    join: (at, separator, ...parts) => texts(at.text(separator), at.each(parts)),
    contains: (at, whole, part) => at.text(whole).includes(at.text(part)),
    "starts-with": (at, whole, part) => at.text(whole).startsWith(at.text(part)),
    "ends-with": (at, whole, part) => at.text(whole).endsWith(at.text(part)),
    substr: substring,
    "substring-before": before,
    "substring-after": after,
    translate: (at, whole, old, fresh) => values.translated(at.text(whole), at.text(old), at.text(fresh)),
    regex: (at, part, pattern) => matches(pattern.steps, at.text(part), pattern.most),
    date: (at, part) => values.day(at.value(part)),
    "date-time": dateTime,
    "format-date": said,
    "decimal-date-time": decimalDateTime,
    "decimal-time": decimalTime,
    today: (at) => at.today,
    now: (at) => at.now,
    true: () => true,
    false: () => false,
  }),
);
