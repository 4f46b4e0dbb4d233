// Reads one JSON list of {tree, answers, today, this} and prints the list of their values.
import { readFileSync } from "node:fs";

// The browser knows this file for a module by its script tag; node, in its older versions, by its being data.
const source = readFileSync(new URL("../../fieldwork/web/static/expressions.js", import.meta.url), "utf8");
const { evaluate } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const cases = JSON.parse(readFileSync(0, "utf8"));
const values = cases.map((each) => evaluate(each.tree, each.answers, { today: each.today, this: each.this }));
process.stdout.write(JSON.stringify(values));
