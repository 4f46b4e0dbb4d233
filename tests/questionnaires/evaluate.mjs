// Reads one JSON list of {tree, answers, today, now, this, position, row, labels} and prints the list of their values.
import { readFileSync } from "node:fs";

// The browser knows these files for modules by its script tag; node, in its older versions, by their being data.
function asData(name) {
  const source = readFileSync(new URL(`../../fieldwork/web/static/${name}`, import.meta.url), "utf8");
  const whole = source.replace(/"\.\/([a-z]+\.js)"/g, (_, inner) => JSON.stringify(asData(inner)));
  return `data:text/javascript;base64,${Buffer.from(whole).toString("base64")}`;
}

const { evaluate } = await import(asData("expressions.js"));

const cases = JSON.parse(readFileSync(0, "utf8"));
const values = cases.map(({ tree, answers, ...around }) => evaluate(tree, answers, around));
process.stdout.write(JSON.stringify(values));
