// A picture that does not come says so in its place; without scripts its title stands there.
document.addEventListener("error", (event) => fail(event.target), true);
document.addEventListener("DOMContentLoaded", () => {
  for (const image of document.querySelectorAll("img.thumb")) {
    if (image.complete && !image.naturalWidth && image.currentSrc) fail(image);
  }
});

function fail(image) {
  if (!image.classList?.contains("thumb")) return;
  const words = image.parentElement.querySelector(".none");
  if (!words) return;
  words.hidden = false;
  image.classList.add("lost");
}

// Ctrl Enter saves the form that is typed in.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form?.requestSubmit?.();
});
