/* Below the charts of the dashboard stand the times of the reader, not UTC. */
(() => {
  "use strict";

  const FORMS = {
    time: { hour: "2-digit", minute: "2-digit" },
    day: { weekday: "short", day: "numeric" },
  };

  const localMoments = (root) => {
    for (const span of root.querySelectorAll("[data-mwsvm-moment]")) {
      const date = new Date(span.dataset.mwsvmMoment);
      span.textContent = date.toLocaleString([], FORMS[span.dataset.mwsvmForm]);
    }
    for (const note of root.querySelectorAll("[data-mwsvm-utc]")) note.hidden = true;
  };

  document.addEventListener("mwsvm:replaced", (event) => localMoments(event.target));
  const start = () => localMoments(document);
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
