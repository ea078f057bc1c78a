// A button that copies a text field. On plain http a page has no clipboard of its own: the old way.
"use strict";

(() => {
  function copied(field) {
    field.select();
    if (!navigator.clipboard) return Promise.resolve(document.execCommand("copy"));
    return navigator.clipboard.writeText(field.value).then(() => true, () => false);
  }

  function show() {
    for (const button of document.querySelectorAll("[data-copies]")) button.hidden = false;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    copied(document.getElementById(button.dataset.copies)).then((isDone) => {
      if (isDone) button.textContent = button.dataset.done;
    });
  });
  document.addEventListener("htmx:afterSwap", show);
  show();
})();
