// What an answer is to a condition; questionnaires/values.py says the same to the server, line by line.

import * as moments from "./moments.js";

const LARGEST_WRITTEN = 1e21; // beyond these two, languages write numbers differently: such a number has no text
const SMALLEST_WRITTEN = 1e-6;

export function isRow(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function scalar(value) {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return finite(value);
  if (typeof value === "string") return value === "" || /\p{Surrogate}/u.test(value) ? null : value;
  if (!Array.isArray(value)) return null;
  if (value.every((item) => typeof item === "string")) return scalar(value.join(" "));
  const rows = value.filter(isRow);
  return rows.length ? rows : null;
}

export function finite(value) {
  return Number.isFinite(value) ? value + 0 : null;
}

export function truth(value) {
  return Boolean(value) && !Array.isArray(value);
}

export function number(value) {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const written = /^[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*$/.exec(value);
  if (written) return finite(Number(written[1]));
  const moment = moments.read(value);
  return moment === null ? null : moment / moments.DAY;
}

export function text(value) {
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") {
    const size = Math.abs(value);
    return value && !(SMALLEST_WRITTEN <= size && size < LARGEST_WRITTEN) ? null : String(value);
  }
  return typeof value === "string" ? value : null;
}

export function day(value) {
  const moment = moments.of(typeof value === "number" ? Math.floor(value) : value);
  return moment === null ? null : moments.day(moment);
}

export function equals(left, right) {
  if (Array.isArray(left) || Array.isArray(right) || (left === null && right === null)) return null;
  if (left === null || right === null) return left === "" || right === "" ? true : null;
  if (typeof left === "boolean" || typeof right === "boolean") return truth(left) === truth(right);
  if (typeof left === "string" && typeof right === "string") return left === right;
  const [first, second] = [number(left), number(right)];
  return first === null || second === null ? null : first === second;
}

export function order(left, right) {
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

/** By squaring, so that each engine rounds at the same steps. */
export function power(base, exponent) {
  let left = Math.abs(exponent);
  if (!Number.isInteger(left)) return null;
  let result = 1;
  for (let factor = base; left; factor *= factor) {
    if (left % 2) result *= factor;
    left = Math.floor(left / 2);
  }
  if (exponent >= 0) return result;
  return result ? 1 / result : null;
}

/** Each character of the old ones becomes the new one in its place, or goes where there is none. */
export function translated(whole, old, fresh) {
  const letters = Array.from(fresh);
  const changes = new Map();
  for (const [place, character] of Array.from(old).entries()) {
    if (!changes.has(character)) changes.set(character, letters[place] ?? "");
  }
  return Array.from(whole, (character) => changes.get(character) ?? character).join("");
}
