// The fields of one question: what is answered in them, and an answer put into them.

const WHOLE = { "month-year": [/^\d{4}-\d{2}$/, "-01"], year: [/^\d{4}$/, "-01-01"] };

/** The answer; null for none, undefined for one that somebody has only begun to give. */
export function read(item) {
  const reason = item.querySelector("input[value^='missing:']:checked");
  if (reason) return { missing: reason.value.slice("missing:".length) };
  const chosen = [...item.querySelectorAll("input:checked, select")].map((input) => input.value).filter(Boolean);
  switch (item.dataset.kind) {
    case "rank": return order(item, chosen);
    case "several": return chosen.length ? [...new Set(chosen)] : null;
    case "one": case "acknowledge": return chosen[0] ?? null;
    case "range": return chosen.length ? Number(chosen[0]) : null;
    case "number": return number(typed(item));
    case "date": return day(typed(item), item.dataset.look ?? "");
    case "file": return handedIn(item);
    default: return typed(item) || null;
  }
}

/** Put an answer in, as if somebody had given it. */
export function write(item, value) {
  const texts = (Array.isArray(value) ? value : [value]).map((one) => (one === null || typeof one === "object" ? "" : String(one)));
  const names = new Set(value?.missing ? [`missing:${value.missing}`] : texts);
  for (const [place, input] of inputs(item).entries()) {
    if (input.type === "radio" || input.type === "checkbox") input.checked = names.has(input.value);
    else if (input.localName === "select") input.value = texts[item.dataset.kind === "rank" ? place : 0] ?? "";
    else input.value = texts[0] ?? "";
  }
}

/** A reason for having no answer and an answer exclude each other. */
export function clearOthers(item, element) {
  const isReason = element.value.startsWith("missing:");
  if (!isReason && element.value === "") return;
  for (const other of inputs(item)) {
    if (other === element || isReason === other.value.startsWith("missing:")) continue;
    if (other.type === "radio" || other.type === "checkbox") other.checked = false;
    else if (isReason) other.value = "";
  }
}

/** The field somebody used before any script was there, if they did. */
export function touched(item) {
  return inputs(item).find((input) => {
    if (input.localName === "select") return ![...input.options].some((option) => option.defaultSelected) ? input.value !== "" : !input.selectedOptions[0]?.defaultSelected;
    return input.type === "radio" || input.type === "checkbox" ? input.checked && !input.defaultChecked : input.value !== input.defaultValue;
  });
}

function inputs(item) {
  return [...item.querySelectorAll("input:not([type=hidden]), textarea, select")];
}

function typed(item) {
  return item.querySelector("input:not([type=hidden], [type=radio], [type=checkbox]), textarea")?.value.trim() ?? "";
}

// A file that is chosen goes with the whole form, when the button is pressed.
function handedIn(item) {
  const kept = item.querySelector("[data-kept]:not(:checked)");
  return item.querySelector("input[type=file]")?.files.length ? undefined : (kept?.dataset.kept ?? null);
}

function number(text) {
  const value = Number(text.replace(",", "."));
  return text === "" ? null : Number.isNaN(value) ? text : value;
}

function day(text, look) {
  for (const [word, [short, rest]] of Object.entries(WHOLE)) {
    if (look.split(" ").includes(word) && short.test(text)) return text + rest;
  }
  return text || null;
}

// Where a filter leaves choices out, those that were put in order are the answer; otherwise it takes all of them.
function order(item, chosen) {
  const isWhole = chosen.length === item.querySelectorAll("select").length;
  if (!chosen.length) return null;
  return isWhole || item.dataset.filter ? chosen : undefined;
}
