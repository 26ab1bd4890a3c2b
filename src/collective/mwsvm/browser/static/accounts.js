/* Check boxes that stand for a row, a column or a whole grid of permissions, and a button
   that copies a password. Without it the pages work, with more clicks. */
(() => {
  "use strict";

  const membersOf = (toggle) => {
    const { toggles } = toggle.dataset;
    const around = toggles === "row" ? "[data-row]" : "[data-mwsvm-grid]";
    const boxes = [...toggle.closest(around).querySelectorAll("input[name]")];
    const isAll = toggles === "row" || toggles === "all";
    return isAll ? boxes : boxes.filter((box) => box.dataset.column === toggles);
  };

  const refresh = (grid) => {
    for (const toggle of grid.querySelectorAll("[data-toggles]")) {
      const boxes = membersOf(toggle);
      const checked = boxes.filter((box) => box.checked).length;
      toggle.checked = boxes.length > 0 && checked === boxes.length;
      toggle.indeterminate = checked > 0 && checked < boxes.length;
      toggle.disabled = boxes.length === 0;
    }
  };

  const follow = (grid) => {
    for (const toggle of grid.querySelectorAll("[data-toggles]")) {
      toggle.hidden = false;
      toggle.closest("th, td").hidden = false;
      // A form that is sent has the real boxes only.
      toggle.autocomplete = "off";
    }
    grid.addEventListener("change", ({ target }) => {
      if (target.dataset.toggles) {
        for (const box of membersOf(target)) box.checked = target.checked;
      }
      refresh(grid);
    });
    refresh(grid);
  };

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.mwsvmCopy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // Without https there is no clipboard for scripts, but for what is selected.
      getSelection().selectAllChildren(source);
      if (!document.execCommand("copy")) return;
      getSelection().removeAllRanges();
    }
    button.textContent = button.dataset.copied;
  };

  const start = () => {
    const grids = [...document.querySelectorAll("[data-mwsvm-grid]")].filter((grid) =>
      grid.querySelector("input[name]")
    );
    for (const grid of grids) follow(grid);
    // A browser that comes back to a page brings back what was checked.
    addEventListener("pageshow", () => grids.forEach(refresh));
    for (const button of document.querySelectorAll("[data-mwsvm-copy]")) {
      button.hidden = false;
      button.addEventListener("click", () => copy(button));
    }
  };

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
