/* Keeps the pages of machines and jobs up to date without a reload, and leaves the
   keyboard's focus where it is. Without it the pages work, and stand still. */
(() => {
  "use strict";

  const QUICK = 2000;
  const SLOW = 10000;
  const MOVING = ["queued", "running", "suspended", "starting", "stopping"];

  const localTimes = (root) => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const date = new Date(time.getAttribute("datetime"));
      if (!isNaN(date)) {
        time.textContent = date.toLocaleString();
        time.title = time.getAttribute("datetime");
      }
    }
  };

  const replace = (part, fresh) => {
    if (part.dataset.source === undefined) part.dataset.source = "";
    const source = fresh.innerHTML;
    if (part.dataset.source === source) return;
    const focused = part.contains(document.activeElement) && document.activeElement;
    const key = focused && (focused.value || focused.getAttribute("href"));
    const checked = new Set(
      [...part.querySelectorAll("input:checked")].map((box) => box.value)
    );
    part.innerHTML = source;
    part.dataset.source = source;
    for (const box of part.querySelectorAll("input[type=checkbox]")) {
      box.checked = checked.has(box.value);
    }
    localTimes(part);
    part.dispatchEvent(new CustomEvent("mwsvm:replaced", { bubbles: true }));
    if (!focused) return;
    const same = [...part.querySelectorAll("button, a, input")].find(
      (element) => (element.value || element.getAttribute("href")) === key
    );
    if (same) {
      same.focus();
    } else {
      // What had the focus is gone: its place keeps it.
      part.tabIndex = -1;
      part.focus();
    }
  };

  const refresh = async (live) => {
    const reply = await fetch(live.dataset.mwsvmLive, {
      credentials: "same-origin",
      redirect: "error",
    });
    if (!reply.ok) throw new Error(reply.status);
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    for (const fresh of page.querySelectorAll("[data-live]")) {
      const part = live.querySelector(`[data-live="${fresh.dataset.live}"]`);
      if (part) replace(part, fresh);
    }
  };

  const stateOf = (live) =>
    live.querySelector(".mwsvm-headline .mwsvm-state")?.dataset.state ?? "";

  // What the rest of the page says of the state is true no longer, once it has changed.
  const refreshAround = async (live) => {
    const state = stateOf(live);
    if (state === live.dataset.around) return;
    for (const message of document.querySelectorAll(".portalMessage.alert-info")) {
      message.remove();
    }
    const menu = document.getElementById("plone-contentmenu-workflow");
    if (menu) {
      const url = new URL("@@render-toolbar", live.dataset.mwsvmLive);
      const reply = await fetch(url, { credentials: "same-origin", redirect: "error" });
      if (!reply.ok) throw new Error(reply.status);
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const fresh = page.getElementById(menu.id);
      if (fresh) replace(menu, fresh);
    }
    live.dataset.around = state;
  };

  const decoders = new WeakMap();

  const refreshLog = async (log) => {
    const url = new URL(log.dataset.mwsvmLog, location.href);
    const offset = Number(log.dataset.offset);
    url.searchParams.set("offset", offset);
    const reply = await fetch(url, { credentials: "same-origin", redirect: "error" });
    if (!reply.ok) throw new Error(reply.status);
    const attempt = reply.headers.get("X-MWSVM-Attempt");
    if (attempt !== log.dataset.attempt) {
      // Another attempt has begun: its log begins at its beginning.
      log.dataset.attempt = attempt;
      log.dataset.offset = "0";
      log.textContent = "";
      log.parentElement.hidden = false;
      document.querySelector(".mwsvm-not-run")?.remove();
      decoders.delete(log);
      return refreshLog(log);
    }
    const bytes = await reply.arrayBuffer();
    if (!bytes.byteLength) return;
    if (!decoders.has(log)) decoders.set(log, new TextDecoder());
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.append(decoders.get(log).decode(bytes, { stream: true }));
    log.dataset.offset = String(offset + bytes.byteLength);
    if (atEnd) log.scrollTop = log.scrollHeight;
  };

  const isMoving = (live) =>
    [...live.querySelectorAll(".mwsvm-state")].some((state) =>
      MOVING.includes(state.dataset.state)
    );

  const follow = (live) => {
    const log = document.querySelector("[data-mwsvm-log]");
    let timer;
    let busy = false;
    const turn = async () => {
      clearTimeout(timer);
      // Two turns at a time would bring the same piece of the log twice.
      if (document.hidden || busy) return;
      busy = true;
      try {
        await refresh(live);
        if (log) await refreshLog(log);
        await refreshAround(live);
        live.classList.remove("mwsvm-stale");
      } catch {
        // The site is away for a moment, or the login has ended: say so and go on.
        live.classList.add("mwsvm-stale");
      }
      busy = false;
      const every = Number(live.dataset.mwsvmEvery);
      timer = setTimeout(turn, every || (isMoving(live) ? QUICK : SLOW));
    };
    // What is still being written is followed at its end.
    if (log && isMoving(live)) log.scrollTop = log.scrollHeight;
    document.addEventListener("visibilitychange", turn);
    timer = setTimeout(turn, QUICK);
  };

  const start = () => {
    const live = document.querySelector("[data-mwsvm-live]");
    if (!live) return;
    for (const part of live.querySelectorAll("[data-live]")) {
      part.dataset.source = part.innerHTML;
    }
    live.dataset.around = stateOf(live);
    localTimes(document);
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-confirm]");
      if (button && !confirm(button.dataset.confirm)) event.preventDefault();
    });
    follow(live);
  };

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
