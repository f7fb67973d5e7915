// A file that is dropped is a file that is chosen; lines are counted. Works without any of it.
document.addEventListener("DOMContentLoaded", () => {
  const [drop, file, urls, lines] = ["drop", "file", "urls", "lines"].map((id) => document.getElementById(id));
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) file.files = event.dataTransfer.files;
    });
  }
  urls.addEventListener("input", () => {
    const found = urls.value.split("\n").filter((line) => line.trim()).length;
    lines.textContent = found ? `${found} ${found === 1 ? lines.dataset.one : lines.dataset.words}` : "";
  });
});
