"use strict";
// The page is whole without this: it ties rows to points, sorts tables, and lets other pictures lie under the notes.
for (const type of ["mouseover", "mouseout", "focusin", "focusout"]) {
  document.addEventListener(type, (event) => {
    const row = event.target.closest && event.target.closest("[data-note]");
    if (!row) return;
    const on = type === "mouseover" || type === "focusin";
    for (const same of document.querySelectorAll('[data-note="' + row.dataset.note + '"]')) same.classList.toggle("on", on);
  });
}

for (const head of document.querySelectorAll("table.all th")) {
  const button = document.createElement("button");
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const column = head.cellIndex;
    const rows = head.closest("table").tBodies[0];
    const value = (row) => row.cells[column].dataset.value;
    const down = head.getAttribute("aria-sort") === "descending" ||
      (!head.hasAttribute("aria-sort") && value(rows.rows[0]) === undefined);
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "ascending" : "descending");
    const compare = (a, b) => value(a) === undefined
      ? a.cells[column].textContent.localeCompare(b.cells[column].textContent)
      : (Number(value(a)) || 0) - (Number(value(b)) || 0);
    rows.append(...[...rows.rows].sort((a, b) => (down ? 1 : -1) * compare(a, b)));
  });
}

const ground = document.getElementById("ground");
const text = document.getElementById("ground-text");
const others = ground && document.querySelector("svg.wide") ? [...document.querySelectorAll(".picture")] : [];
const fits = others.filter((figure) => figure.querySelector("img").style.aspectRatio === ground.style.aspectRatio);
if (fits.length) {
  const first = { name: text.querySelector("h3").textContent, src: ground.src, alt: ground.alt, crisp: ground.className, html: text.innerHTML };
  const choices = [first, ...fits.map((figure) => {
    const image = figure.querySelector("img");
    const caption = figure.querySelector("figcaption");
    const key = figure.querySelector(".key");
    const html = caption.querySelector("h3").outerHTML + caption.querySelector(".what").outerHTML +
      (key ? key.outerHTML : "") + [...caption.querySelectorAll(".note")].map((note) => note.outerHTML).join("");
    return { name: caption.querySelector("h3").textContent, src: image.src, alt: image.alt, crisp: image.className, html };
  })];
  const bar = document.createElement("div");
  bar.className = "choices";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "What lies under the notes");
  choices.forEach((choice, k) => {
    const button = document.createElement("button");
    button.textContent = choice.name;
    button.setAttribute("aria-pressed", String(k === 0));
    button.addEventListener("click", () => {
      ground.src = choice.src;
      ground.alt = choice.alt;
      ground.className = choice.crisp;
      text.innerHTML = choice.html;
      for (const other of bar.children) other.setAttribute("aria-pressed", String(other === button));
    });
    bar.append(button);
  });
  text.before(bar);
}
