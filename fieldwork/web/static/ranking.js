// Things are put in order by buttons beside them. Without this script each place is a list to choose from.

export function attach(item) {
  const places = [...item.querySelectorAll(".ranking__place")];
  for (const [at, place] of places.entries()) {
    place.append(button("up", "↑", places, at, -1), button("down", "↓", places, at, 1));
    select(place).addEventListener("focus", (event) => { event.target.dataset.before = event.target.value; });
    select(place).addEventListener("change", (event) => exchange(places, event.target));
  }
}

function button(way, sign, places, at, step) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "govuk-button govuk-button--secondary ranking__move";
  made.textContent = sign;
  made.setAttribute("aria-label", `Move place ${at + 1} ${way}`);
  made.disabled = !places[at + step];
  made.addEventListener("click", () => move(places, at, at + step, way));
  return made;
}

function move(places, from, to, way) {
  fill(places);
  const [one, other] = [select(places[from]), select(places[to])];
  [one.value, other.value] = [other.value, one.value];
  const moved = places[to].querySelector(`[aria-label$="${way}"]`);
  (moved.disabled ? other : moved).focus();
  other.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Whoever begins to move things starts from the order they are published in. */
function fill(places) {
  const left = offered(places).filter((value) => !places.some((place) => select(place).value === value));
  for (const place of places) if (!select(place).value) select(place).value = left.shift() ?? "";
}

/** What is chosen for one place leaves the other, which gets what stood here before; the last thing falls into place. */
function exchange(places, chosen) {
  const twin = places.map(select).find((other) => other !== chosen && chosen.value && other.value === chosen.value);
  if (twin) twin.value = chosen.dataset.before ?? "";
  chosen.dataset.before = chosen.value;
  const empty = places.filter((place) => !select(place).value);
  if (empty.length === 1 && chosen.value && places.length > 2) fill(places);
}

function offered(places) {
  return [...select(places[0]).options].filter((option) => option.value && !option.hidden).map((option) => option.value);
}

function select(place) {
  return place.querySelector("select");
}
