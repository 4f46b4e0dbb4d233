// A time that is proposed fills in the form and leaves what else was typed as it is. Without this script the same link leads to a form
// that is filled in.

const said = document.querySelector("[data-offered]");
const fields = { starts_at: "startsAt", minutes: "minutes", researcher_no: "researcherNo" };

for (const link of document.querySelectorAll("[data-offers] a")) {
  link.addEventListener("click", (event) => {
    const complete = Object.keys(fields).every((name) => document.getElementById(name));
    if (!complete) return;
    event.preventDefault();
    for (const [name, key] of Object.entries(fields)) document.getElementById(name).value = link.dataset[key];
    for (const other of document.querySelectorAll("[data-offers] a")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    said.textContent = `${link.querySelector("strong").textContent} stands in the form now. Nothing is booked before you press Book.`;
  });
}
