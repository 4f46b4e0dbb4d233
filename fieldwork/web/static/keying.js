// The keying page: Enter leads to the next box, so that the right hand never leaves the numbers.
// Without this script Enter saves the form as it stands.

const form = document.querySelector("[data-keying]");

form.addEventListener("keydown", (event) => {
  const box = event.target;
  if (event.key !== "Enter" || !box.matches("input.govuk-input")) return;
  event.preventDefault();
  const ways = [...form.querySelectorAll("input.govuk-input, textarea, .action-bar button")];
  const next = ways[ways.indexOf(box) + 1];
  next.focus();
  next.select?.();
});
