// Says when the stream of a page has been silent for five seconds, and takes it up again by itself.
// The server speaks at least every two seconds; hidden tabs close the stream (hx-sse).
let heard = Date.now();
let over = false;
const SILENT_MS = 5000;

function source() { return document.querySelector("[hx-sse\\:connect]"); }

function hear() {
  heard = Date.now();
  show(false);
}

function show(stale, signedOut = false) {
  const line = document.getElementById("stale");
  document.documentElement.classList.toggle("stale", stale);
  if (!line || line.hidden === !stale) return;
  line.hidden = !stale;
  if (!stale) return;
  line.querySelector("time").textContent = new Date(heard).toISOString().slice(11, 19);
  line.querySelector("[data-again]").hidden = signedOut;
  line.querySelector("[data-out]").hidden = !signedOut;
}

document.addEventListener("htmx:sse:before:message", hear);
document.addEventListener("htmx:sse:close", (event) => { over = event.detail?.reason === "message"; });
document.addEventListener("htmx:sse:error", (event) => {
  if (event.detail?.status === 401) { over = true; show(true, true); }
});
document.addEventListener("visibilitychange", () => { heard = Date.now(); });

setInterval(() => {
  if (document.hidden || over || !source() || Date.now() - heard < SILENT_MS) return;
  show(true);
  // The first request failed, or the machine slept: nothing else tries again.
  if (!source()._htmx?.sse) htmx.trigger(source(), "again");
}, 1000);
