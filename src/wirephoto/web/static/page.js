// Theme, keys, dialogs and buttons that say that they are busy. Pages work without any of it.
// It listens from the first byte on: what is done while a page still comes counts, too.
const root = document.documentElement;
const theme = localStorage.getItem("theme");
if (theme) root.dataset.theme = theme;

const find = (selector) => document.querySelector(selector);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act], [data-opens], [data-copies]");
  if (!button) return;
  if (button.dataset.act === "theme") switchTheme();
  else if (button.dataset.act === "keys") showKeys();
  else if (button.dataset.act === "single") localStorage.setItem("keys", button.checked ? "on" : "off");
  else if (button.dataset.copies) copy(button);
  else reveal(event, document.getElementById(button.dataset.opens));
});

// Without scripts a link leads to the page with its dialog open.
function reveal(event, dialog) {
  if (!dialog) return;
  event.preventDefault();
  if (!dialog.open) dialog.showModal();
}

function showKeys() {
  find("#keys [data-act=single]").checked = singleKeys();
  find("#keys").showModal();
}

// They can be switched off (WCAG 2.1.4); the list of keys stays reachable by its button.
function singleKeys() { return localStorage.getItem("keys") !== "off"; }

// Only pages by https and of this machine have a clipboard; elsewhere the text is marked, to be copied by hand.
async function copy(button) {
  const text = document.getElementById(button.dataset.copies);
  getSelection().selectAllChildren(text);
  if (!navigator.clipboard) return;
  await navigator.clipboard.writeText(text.textContent);
  button.querySelector("span").textContent = button.dataset.copied;
}
document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-copies]").forEach((one) => { one.hidden = false; }));

// A form that was sent is not sent twice by an impatient click.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.hasAttribute("data-busy")) setTimeout(() => { button.disabled = true; });
});
window.addEventListener("pageshow", () => document.querySelectorAll("[data-busy]").forEach((one) => { one.disabled = false; }));

// Single keys never fire while somebody types, nor with a modifier held (WCAG 2.1.4), nor under an
// open dialog. One that has just closed may hold the focus until the next frame: it is no reason.
let lead = "";
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || find("dialog[open]") || !singleKeys() || event.metaKey || event.ctrlKey || event.altKey) return;
  const goes = { j: "/jobs", l: "/library", i: "/import", s: "/settings" };
  if (lead === "g" && goes[event.key]) location.href = goes[event.key];
  else if (event.key === "/") { event.preventDefault(); find("[type=search]")?.focus(); }
  else if (event.key === "?") { if (find("#keys")) showKeys(); }
  else if (event.key === "j" || event.key === "k") {
    const stops = [...document.querySelectorAll("[data-stop]")];
    const at = stops.indexOf(document.activeElement);
    stops[Math.max(0, Math.min(stops.length - 1, at + (event.key === "j" ? 1 : -1)))]?.focus();
  }
  lead = event.key === "g" ? "g" : "";
});

function switchTheme() {
  const dark = getComputedStyle(root).colorScheme === "dark" ||
    (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}
