// What the tree of a condition amounts to; questionnaires/interpreter.py says the same to the server, line by line.

const DAY = 86_400_000;
const LAST_DAY = Date.UTC(9999, 11, 31) / DAY;
const FIRST_DAY = new Date("0001-01-01T00:00:00Z").getTime() / DAY;
const LARGEST_WRITTEN = 1e21; // beyond these two, languages write numbers differently: such a number has no text
const SMALLEST_WRITTEN = 1e-6;
const PLACES = Array.from({ length: 16 }, (_, places) => Number(`1e${places}`));

/** The value of a tree: a number, a text, true, false, or null for no value. */
export function evaluate(tree, answers, { today = null, this: self = null } = {}) {
  const value = new Reading(answers, today, self).value(tree);
  return Array.isArray(value) ? null : value;
}

export function truth(value) {
  return Boolean(value) && !Array.isArray(value);
}

/** One evaluation: the answers, the day and the value that `.` stands for. */
class Reading {
  constructor(answers, today, self) {
    this.answers = answers;
    this.today = today;
    this.self = scalar(self);
  }

  value([operation, ...parts]) {
    return OPERATIONS.get(operation)(this, ...parts);
  }

  number(tree) {
    return number(this.value(tree));
  }

  text(tree) {
    return text(this.value(tree)) ?? "";
  }

  truth(tree) {
    return truth(this.value(tree));
  }

  named(name) {
    if (Object.hasOwn(this.answers, name)) return scalar(this.answers[name]);
    const rows = Object.values(this.answers).filter(Array.isArray).flat();
    const column = rows.filter((row) => isRow(row) && Object.hasOwn(row, name)).map((row) => scalar(row[name]));
    return column.length ? column : null;
  }

  each(trees) {
    return trees.flatMap((tree) => this.value(tree)).filter((item) => item !== null && item !== "");
  }

  numbers(trees) {
    const numbers = this.each(trees).map(number);
    return numbers.includes(null) ? [] : numbers;
  }
}

function isRow(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function scalar(value) {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return finite(value);
  if (typeof value === "string") return value === "" || /\p{Surrogate}/u.test(value) ? null : value;
  if (!Array.isArray(value)) return null;
  if (value.every((item) => typeof item === "string")) return scalar(value.join(" "));
  const rows = value.filter(isRow);
  return rows.length ? rows : null;
}

function finite(value) {
  return Number.isFinite(value) ? value + 0 : null;
}

function number(value) {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const written = /^[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*$/.exec(value);
  return written ? finite(Number(written[1])) : days(value);
}

function days(value) {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value) || value.startsWith("0000")) return null;
  const moment = new Date(`${value}T00:00:00Z`);
  if (Number.isNaN(moment.getTime()) || !moment.toISOString().startsWith(value)) return null;
  return moment.getTime() / DAY;
}

function text(value) {
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") {
    const size = Math.abs(value);
    return value && !(SMALLEST_WRITTEN <= size && size < LARGEST_WRITTEN) ? null : String(value);
  }
  return typeof value === "string" ? value : null;
}

function day(value) {
  const count = number(value);
  if (count === null || typeof value === "boolean" || (typeof value === "string" && days(value) === null)) return null;
  const whole = Math.floor(count);
  return FIRST_DAY <= whole && whole <= LAST_DAY ? new Date(whole * DAY).toISOString().slice(0, 10) : null;
}

function equals(left, right) {
  if (Array.isArray(left) || Array.isArray(right) || (left === null && right === null)) return null;
  if (left === null || right === null) return left === "" || right === "" ? true : null;
  if (typeof left === "boolean" || typeof right === "boolean") return truth(left) === truth(right);
  if (typeof left === "string" && typeof right === "string") return left === right;
  const [first, second] = [number(left), number(right)];
  return first === null || second === null ? null : first === second;
}

function order(left, right) {
  if (typeof left === "string" && typeof right === "string") return byCodePoint(left, right);
  const [first, second] = [number(left), number(right)];
  return first === null || second === null ? null : Math.sign(first - second);
}

function byCodePoint(left, right) {
  const [ours, theirs] = [Array.from(left), Array.from(right)];
  const place = ours.findIndex((character, index) => character !== theirs[index]);
  if (place < 0) return Math.sign(ours.length - theirs.length);
  if (place >= theirs.length) return 1;
  return Math.sign(ours[place].codePointAt(0) - theirs[place].codePointAt(0));
}

function compare(test) {
  return (at, left, right) => {
    const found = order(at.value(left), at.value(right));
    return found !== null && test(found);
  };
}

function reckon(rule) {
  return (at, left, right) => {
    const [first, second] = [at.number(left), at.number(right)];
    return first === null || second === null ? null : finite(rule(first, second));
  };
}

function change(rule) {
  return (at, part) => {
    const value = at.number(part);
    return value === null ? null : finite(rule(value));
  };
}

function round(at, tree, places) {
  const value = at.number(tree);
  const factor = places ? PLACES[at.number(places) ?? -1] : 1;
  if (value === null || factor === undefined) return null;
  const raised = finite(value * factor);
  return raised === null ? null : finite(Math.floor(raised + 0.5) / factor);
}

function furthest(choose) {
  return (at, ...parts) => {
    const numbers = at.numbers(parts);
    return numbers.length ? numbers.reduce((one, other) => choose(one, other)) : null;
  };
}

function chosen(at, tree) {
  return at.text(tree).split(" ").filter(Boolean);
}

const OPERATIONS = new Map(
  Object.entries({
    value: (_, literal) => literal,
    name: (at, name) => at.named(name),
    this: (at) => at.self,
    or: (at, ...parts) => parts.some((part) => at.truth(part)),
    and: (at, ...parts) => parts.every((part) => at.truth(part)),
    not: (at, part) => !at.truth(part),
    "=": (at, left, right) => equals(at.value(left), at.value(right)) === true,
    "!=": (at, left, right) => equals(at.value(left), at.value(right)) === false,
    "<": compare((found) => found < 0),
    "<=": compare((found) => found <= 0),
    ">": compare((found) => found > 0),
    ">=": compare((found) => found >= 0),
    "+": reckon((left, right) => left + right),
    "-": reckon((left, right) => left - right),
    "*": reckon((left, right) => left * right),
    div: reckon((left, right) => left / right),
    mod: reckon((left, right) => left % right),
    negative: change((value) => -value),
    abs: change(Math.abs),
    int: change(Math.trunc),
    round,
    min: furthest(Math.min),
    max: furthest(Math.max),
    sum: (at, ...parts) => {
      const total = furthest((one, other) => one + other)(at, ...parts);
      return total === null ? null : finite(total);
    },
    count: (at, ...parts) => at.each(parts).length,
    if: (at, test, yes, no) => at.value(at.truth(test) ? yes : no),
    coalesce: (at, ...parts) => {
      for (const part of parts) {
        const value = at.value(part);
        if (value !== null && value !== "") return value;
      }
      return null;
    },
    once: (at, part) => at.self ?? at.value(part),
    selected: (at, several, one) => chosen(at, several).includes(at.text(one)),
    "count-selected": (at, several) => chosen(at, several).length,
    number: (at, part) => at.number(part),
    string: (at, part) => at.text(part),
    "string-length": (at, part) => Array.from(at.text(part)).length,
    concat: (at, ...parts) => parts.flatMap((part) => at.value(part)).map((value) => text(value) ?? "").join(""),
    contains: (at, whole, part) => at.text(whole).includes(at.text(part)),
    "starts-with": (at, whole, part) => at.text(whole).startsWith(at.text(part)),
    date: (at, part) => day(at.value(part)),
    today: (at) => at.today,
    true: () => true,
    false: () => false,
  }),
);
