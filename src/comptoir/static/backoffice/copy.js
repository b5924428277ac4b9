/* A button that copies what stands in the element it names. Without a clipboard it stays hidden: the text can be selected by hand. */
"use strict";

const show = (root) => {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const said = button.textContent;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = said; }, 2000);
});

document.addEventListener("htmx:load", (event) => show(event.target));
show(document);
