// Signing in again in place: the page stays as it is, and what waits is sent afterwards.

const shown = document.querySelector("dialog[data-sign-in]");
const button = document.querySelector("[data-sign-in-again]");

/** A talk is not interrupted for it: a button waits beside what is said of the answers. */
export function attach(queue) {
  queue.addEventListener("state", () => { button.hidden = queue.state !== "signed-out"; });
  button.addEventListener("click", () => shown.showModal());
  shown.querySelector("[data-later]").addEventListener("click", () => shown.close());
  shown.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    enter(event.target, queue);
  });
}

async function enter(form, queue) {
  const said = shown.querySelector("[data-said]");
  said.textContent = "";
  try {
    const response = await fetch("/sign-in", { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { accept: "text/html" } });
    if (!response.ok) {
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      said.textContent = page.querySelector(".govuk-error-message")?.textContent.trim() ?? "You could not be signed in.";
      return;
    }
  } catch {
    said.textContent = "There is no line. Your answers stay on this device; sign in when it is back.";
    return;
  }
  form.reset();
  shown.close();
  queue.send();
}
