"use strict";

// A point of a figure tells what it is, to the mouse and to the keyboard.
const tip = document.getElementById("tip");

let told = null; // the point it tells of

function placeTip() {
  tip.hidden = !told;
  if (!told) return;
  const at = told.getBoundingClientRect();
  const left = Math.min(at.right + 8, document.documentElement.clientWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${Math.max(8, at.top - tip.offsetHeight - 8)}px`;
}

function tell(point) {
  told = point;
  if (told) tip.textContent = told.getAttribute("aria-label");
  placeTip();
}

for (const title of document.querySelectorAll(".point > title")) title.remove(); // else told twice
for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => tell(event.target.closest(".point")));
}
document.addEventListener("focusout", () => tell(null));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") tell(null); });
document.addEventListener("scroll", placeTip, { passive: true, capture: true });

// The table of runs is sorted by its headings; cells without a value stay last.
const table = document.querySelector(".sortable");
const body = table.tBodies[0];

function compare(first, second) {
  if (first.dataset.value !== undefined && second.dataset.value !== undefined) {
    return Number(first.dataset.value) - Number(second.dataset.value);
  }
  return first.textContent.localeCompare(second.textContent);
}

function sortBy(heading) {
  const column = heading.cellIndex;
  const sign = heading.ariaSort === "ascending" ? -1 : 1;
  const empty = (row) => row.cells[column].textContent === "–";
  const rows = [...body.rows].sort((one, other) =>
    empty(one) - empty(other) || sign * compare(one.cells[column], other.cells[column]));
  for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
  heading.ariaSort = sign > 0 ? "ascending" : "descending";
  body.append(...rows);
}

for (const heading of table.tHead.rows[0].cells) {
  heading.firstElementChild.addEventListener("click", () => sortBy(heading));
}

// Runs are shown that contain every word of the filter.
const filter = document.getElementById("filter");
const shown = document.getElementById("shown");

function applyFilter() {
  const words = filter.value.toLowerCase().split(/\s+/);
  let count = 0;
  for (const row of body.rows) {
    const text = [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    count += !row.hidden;
  }
  shown.textContent = shown.dataset.text.replace("{shown}", count).replace("{all}", body.rows.length);
}

filter.addEventListener("input", applyFilter);
applyFilter();

// On paper nothing is folded.
addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details")) part.open = true; });
