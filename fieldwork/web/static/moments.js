// Days and times as conditions reckon with them; questionnaires/moments.py says the same to the server, line by line.

export const DAY = 86_400_000;
const FIRST = new Date("0001-01-01T00:00:00Z").getTime();
const LAST = Date.UTC(9999, 11, 31) + DAY - 1;
const MONTHS = "January February March April May June July August September October November December".split(" ");
const WEEKDAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const CLOCK = String.raw`([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?`;
const TIME = new RegExp(`^${CLOCK}$`);
const MOMENT = new RegExp(`^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]${CLOCK})?$`);
const FORMAT = /^(?:[^%]|%[YymnbBdeHhMS3a%])*$/;

/** The milliseconds since 1970 of a day, or of a day with its time. */
export function read(text) {
  const found = MOMENT.exec(text);
  if (!found || found[1].startsWith("0000")) return null;
  const day = new Date(`${found[1]}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(found[1])) return null;
  const time = found[2] ? clock(found.slice(2)) : 0;
  return time === null ? null : day.getTime() + time;
}

/** The milliseconds since midnight of a time, or of a day with its time. */
export function timeOfDay(text) {
  const found = TIME.exec(text);
  if (found) return clock(found.slice(1));
  const moment = read(text);
  return moment === null ? null : sinceMidnight(moment);
}

function sinceMidnight(moment) {
  return moment - Math.floor(moment / DAY) * DAY;
}

function clock(parts) {
  const [hour, minute, second] = parts.slice(0, 3).map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return null;
  return ((hour * 60 + minute) * 60 + second) * 1000 + Number((parts[3] ?? "").slice(0, 3).padEnd(3, "0"));
}

/** The moment a value stands for: a written one, or one told by its days since 1970. */
export function of(value) {
  if (typeof value === "string") return read(value);
  if (typeof value !== "number" || !(FIRST <= value * DAY && value * DAY <= LAST)) return null;
  const moment = Math.floor(value * DAY + 0.5);
  return FIRST <= moment && moment <= LAST ? moment : null;
}

export function day(moment) {
  return new Date(moment).toISOString().slice(0, 10);
}

/** Day and time; thousandths only where there are any. */
export function written(moment) {
  return said(moment, `%Y-%m-%dT%H:%M:%S${sinceMidnight(moment) % 1000 ? ".%3" : ""}`);
}

/** A moment in the letters of a form's author; null where one of them has no meaning. */
export function said(moment, letters) {
  if (!FORMAT.test(letters)) return null;
  const at = new Date(moment);
  const month = MONTHS[at.getUTCMonth()];
  const words = {
    Y: padded(at.getUTCFullYear(), 4),
    y: padded(at.getUTCFullYear() % 100, 2),
    m: padded(at.getUTCMonth() + 1, 2),
    n: String(at.getUTCMonth() + 1),
    b: month.slice(0, 3),
    B: month,
    d: padded(at.getUTCDate(), 2),
    e: String(at.getUTCDate()),
    a: WEEKDAYS[at.getUTCDay()],
    H: padded(at.getUTCHours(), 2),
    h: String(at.getUTCHours()),
    M: padded(at.getUTCMinutes(), 2),
    S: padded(at.getUTCSeconds(), 2),
    3: padded(at.getUTCMilliseconds(), 3),
    "%": "%",
  };
  return letters.replace(/%(.)/g, (_, letter) => words[letter]);
}

function padded(number, width) {
  return String(number).padStart(width, "0");
}
