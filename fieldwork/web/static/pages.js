// The sections of an interview: one is seen at a time, all of them are on the page.

export class Pages {
  /** `open` counts what a section leaves unanswered; `isOnline` and `isQuiet` say whether something can be fetched, or waits. */
  constructor(root, { open, isOnline, isQuiet, leave }) {
    this.root = root;
    this.open = open;
    this.isOnline = isOnline;
    this.isQuiet = isQuiet;
    this.leave = leave;
    this.base = root.dataset.interview;
    root.addEventListener("submit", (event) => this.press(event));
    root.querySelector(".sections").addEventListener("click", (event) => this.follow(event));
    window.addEventListener("popstate", () => this.show(this.named(location.pathname)));
    this.show(this.named(location.pathname));
  }

  get names() {
    return this.forms.filter((form) => form.dataset.section === "end" || !form.parentElement.hidden).map((form) => form.dataset.section);
  }

  get forms() {
    return [...this.root.querySelectorAll("[data-section]")];
  }

  get current() {
    return this.forms.find((form) => !form.hidden);
  }

  beside(step) {
    const names = this.names;
    return names[names.indexOf(this.current.dataset.section) + step];
  }

  press(event) {
    const pressed = event.submitter;
    if (pressed?.dataset.to) {
      event.preventDefault();
      return this.leave(pressed.dataset.to);
    }
    if (pressed?.value?.startsWith("add:") || pressed?.value?.startsWith("remove:")) return;
    // A file goes with its whole form, which needs a line.
    if (holdsFile(event.target) && this.isOnline()) return;
    event.preventDefault();
    const isBack = pressed !== null && pressed !== undefined && "back" in pressed.dataset;
    if (this.current.dataset.section === "end" && !isBack) this.root.dispatchEvent(new CustomEvent("complete"));
    else this.go(this.beside(isBack ? -1 : 1));
  }

  follow(event) {
    const part = event.target.closest("a")?.closest("[data-part]");
    if (!part || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.go(part.dataset.part);
  }

  go(name) {
    if (!name) return;
    const address = `${this.base}/${encodeURIComponent(name)}`;
    if (name === "end" && this.isOnline() && this.isQuiet()) return this.leave(address);
    history.pushState(null, "", address);
    this.show(name);
    this.current.querySelector("h2").focus();
    window.scrollTo(0, 0);
  }

  named(path) {
    const name = decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
    return this.names.includes(name) ? name : this.current.dataset.section;
  }

  show(name) {
    this.root.dispatchEvent(new CustomEvent("section", { bubbles: true, detail: name }));
    for (const form of this.forms) form.hidden = form.dataset.section !== name;
    this.current.querySelector(".action-bar__inner").append(this.root.querySelector("[data-standing]"));
    for (const link of this.root.querySelectorAll(".sections a")) {
      if (link.closest("[data-part]").dataset.part === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.refresh();
  }

  /** How many questions are open in each section, and which way the buttons lead. */
  refresh() {
    const left = new Map(this.names.map((name) => [name, name === "end" ? 0 : this.open(this.form(name))]));
    for (const part of this.root.querySelectorAll("[data-part]")) {
      const said = part.querySelector("[data-left]");
      if (said) said.textContent = left.get(part.dataset.part) ? `${left.get(part.dataset.part)} open` : "all answered";
    }
    const form = this.current;
    form.querySelector("[data-back]").hidden = !this.beside(-1);
    const on = form.querySelector("[data-on]");
    if (on) on.textContent = this.beside(1) === "end" ? "Save and end" : "Save and go on";
    if (form.dataset.section === "end") this.sum(form, [...left].filter(([, number]) => number));
  }

  sum(form, open) {
    form.querySelector("[data-all]").hidden = open.length > 0;
    form.querySelector("[data-some]").hidden = !open.length;
    form.querySelector("[data-open]").replaceChildren(...open.map(([name, number]) => {
      const line = document.createElement("li");
      line.textContent = `${this.root.querySelector(`[data-part="${CSS.escape(name)}"] a`).textContent}: ${number} open`;
      return line;
    }));
  }

  form(name) {
    return this.forms.find((form) => form.dataset.section === name);
  }
}

/** A file that is chosen and not handed in yet, or one that is to be taken away. */
export function holdsFile(part) {
  return [...part.querySelectorAll("input[type=file]")].some((input) => input.files.length) || part.querySelector("[name^='away.']:checked") !== null;
}
