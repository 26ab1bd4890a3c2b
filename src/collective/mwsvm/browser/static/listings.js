/* The check box that stands for all rows of a page, ranges of rows, and how many are
   selected. Without it the lists work, with more clicks. */
(() => {
  "use strict";

  const follow = (form) => {
    const all = form.querySelector("[data-mwsvm-all]");
    if (!all) return;
    const count = form.querySelector("[data-mwsvm-selected]");
    const boxes = () => [...form.querySelectorAll("[data-live] input[type=checkbox]")];

    const refresh = () => {
      const every = boxes();
      const checked = every.filter((box) => box.checked).length;
      all.checked = checked > 0 && checked === every.length;
      all.indeterminate = checked > 0 && checked < every.length;
      all.disabled = every.length === 0;
      if (count.textContent !== String(checked)) count.textContent = checked;
      for (const box of every) {
        box.closest("tr").classList.toggle("mwsvm-selected", box.checked);
      }
    };

    // What is checked from one row to another with the shift key held.
    let last;
    form.addEventListener("click", (event) => {
      const box = event.target;
      const every = boxes();
      if (!every.includes(box)) return;
      const from = every.findIndex((one) => one.value === last);
      if (event.shiftKey && from >= 0) {
        const to = every.indexOf(box);
        for (const one of every.slice(Math.min(from, to), Math.max(from, to) + 1)) {
          one.checked = box.checked;
        }
        refresh();
      }
      last = box.value;
    });
    form.addEventListener("change", ({ target }) => {
      if (target === all) {
        for (const box of boxes()) box.checked = all.checked;
      }
      refresh();
    });
    form.addEventListener("mwsvm:replaced", refresh);
    // A browser that comes back to a page brings back what was checked.
    addEventListener("pageshow", refresh);
    form.querySelector("[data-mwsvm-scripted]").hidden = false;
    form.querySelector("[data-mwsvm-unscripted]").hidden = true;
    refresh();
  };

  const start = () => {
    for (const form of document.querySelectorAll("[data-mwsvm-bulk]")) follow(form);
  };

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
