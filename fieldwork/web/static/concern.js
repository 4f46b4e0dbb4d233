// The card for a worry: with this script it opens over the page, Escape closes it and the focus goes back to where it was.
// Without it the same link leads to the card and the card's own leads back.

for (const link of document.querySelectorAll("[data-opens]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(link.dataset.opens).showModal();
  });
}
for (const link of document.querySelectorAll("[data-closes]")) {
  const card = document.getElementById(link.dataset.closes);
  link.addEventListener("click", (event) => {
    if (!card.matches(":modal")) return;
    event.preventDefault();
    card.close();
  });
}
