// The steps of a pattern are run here as in questionnaires/patterns.py, which reads the pattern itself.

const WORD = [48, 57, 65, 90, 95, 95, 97, 122];

/** Whether the whole text is written so; null where it would take more steps than `most` to say. */
export function matches(steps, text, most) {
  const codes = Array.from(text, (character) => character.codePointAt(0));
  let reached = reach(steps, [0], codes, 0);
  let work = reached.size;
  for (const [index, code] of codes.entries()) {
    const ahead = [];
    for (const at of reached) if (steps[at][0] === "any" && within(code, steps[at][1])) ahead.push(at + 1);
    if (!ahead.length) return false;
    reached = reach(steps, ahead, codes, index + 1);
    work += reached.size;
    if (work > most) return null;
  }
  return reached.has(steps.length - 1);
}

/** Where one can stand without reading on. */
function reach(steps, waiting, codes, place) {
  const reached = new Set();
  while (waiting.length) {
    const at = waiting.pop();
    if (reached.has(at)) continue;
    reached.add(at);
    const [kind, distance] = steps[at];
    if (kind === "any") continue;
    if (kind === "fork" || kind === "jump") waiting.push(at + distance);
    if (kind === "fork" || (kind !== "jump" && stands(kind, codes, place))) waiting.push(at + 1);
  }
  return reached;
}

function stands(kind, codes, place) {
  if (kind === "start") return place === 0;
  if (kind === "end") return place === codes.length;
  const [before, after] = [codes[place - 1], codes[place]].map((code) => code !== undefined && within(code, WORD));
  return (before !== after) === (kind === "edge");
}

function within(code, ranges) {
  for (let at = 0; at < ranges.length; at += 2) if (ranges[at] <= code && code <= ranges[at + 1]) return true;
  return false;
}
