/* The pages of plug-ins: the monitoring is kept up to date without a reload, and forms show
   the optional parameters that are asked for. Without it the pages work, and stand still. */
(() => {
  "use strict";

  const EVERY = 3000;

  // -- moments

  const UNITS = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];

  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", {
    numeric: "always",
  });

  const ago = (seconds) => {
    const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS[3];
    return relative.format(-Math.floor(seconds / size), unit);
  };

  const clock = (seconds) => {
    const two = (number) => String(number).padStart(2, "0");
    const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
    const short = `${hours ? two(minutes % 60) : minutes}:${two(seconds % 60)}`;
    return hours ? `${hours}:${short}` : short;
  };

  // How far the server's clock is ahead of this one's, in milliseconds.
  let ahead = 0;

  const tick = (root) => {
    for (const time of root.querySelectorAll("time[data-mws-tick]")) {
      const seconds = (Date.parse(time.dateTime) - Date.now() - ahead) / 1000;
      const text =
        time.dataset.mwsTick === "countdown"
          ? clock(Math.max(0, Math.ceil(seconds)))
          : ago(Math.max(0, Math.floor(-seconds)));
      if (time.textContent !== text) time.textContent = text;
    }
  };

  const localTimes = (root) => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const text = new Date(time.dateTime).toLocaleString();
      if (!time.dataset.mwsTick) time.textContent = text;
      time.title = time.dataset.mwsTick ? text : time.dateTime;
    }
  };

  // -- monitoring

  const sources = new WeakMap();

  const stateOf = (row) => row.querySelector(".mwsvm-state");

  const adopt = (row) => {
    sources.set(row, row.innerHTML);
    localTimes(row);
  };

  const update = (row, fresh) => {
    if (sources.get(row) === fresh.innerHTML) return "";
    const focused = row.contains(document.activeElement) && document.activeElement;
    const key = focused && (focused.value || focused.getAttribute("href"));
    const before = stateOf(row).dataset.state;
    row.innerHTML = fresh.innerHTML;
    adopt(row);
    if (focused) {
      const controls = [...row.querySelectorAll("a, button")];
      const same = controls.find((one) => (one.value || one.getAttribute("href")) === key);
      // What had the focus is gone: what can be done instead gets it.
      (same ?? row.querySelector("button") ?? controls[0]).focus();
    }
    const state = stateOf(row);
    if (state.dataset.state === before) return "";
    const reason = row.querySelector(".mwsvm-reason")?.textContent ?? "";
    return `${row.dataset.mwsPlugin}: ${state.textContent} ${reason}`.trim();
  };

  const rowsOf = (root) =>
    new Map(
      [...root.querySelectorAll("[data-mws-plugin]")].map((row) => [
        row.dataset.mwsPlugin,
        row,
      ])
    );

  const follow = (monitoring) => {
    const said = document.querySelector("[data-mws-said]");
    const stale = document.querySelector("[data-mws-stale]");

    const begin = (part) => {
      ahead = Date.parse(part.dataset.mwsNow) - Date.now();
      for (const row of rowsOf(part).values()) adopt(row);
    };

    const refresh = async () => {
      const reply = await fetch(monitoring.dataset.mwsMonitoring, {
        credentials: "same-origin",
        redirect: "error",
      });
      if (!reply.ok) throw new Error(reply.status);
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const fresh = page.querySelector("[data-mws-now]");
      const [now, then] = [rowsOf(monitoring), rowsOf(fresh)];
      if ([...now.keys()].join(" ") !== [...then.keys()].join(" ")) {
        monitoring.replaceChildren(fresh);
        begin(fresh);
      } else {
        ahead = Date.parse(fresh.dataset.mwsNow) - Date.now();
        const news = [...then].map(([id, row]) => update(now.get(id), row));
        const text = news.filter(Boolean).join("; ");
        if (text) {
          said.textContent = text;
          // What a button was answered with is true no longer.
          for (const old of document.querySelectorAll(".portalMessage.alert-info")) {
            old.remove();
          }
        }
      }
      tick(monitoring);
    };

    let timer;
    let busy = false;
    const turn = async () => {
      clearTimeout(timer);
      if (document.hidden || busy) return;
      busy = true;
      try {
        await refresh();
        stale.hidden = true;
      } catch {
        stale.hidden = false;
      }
      busy = false;
      timer = setTimeout(turn, EVERY);
    };
    begin(monitoring.querySelector("[data-mws-now]"));
    tick(monitoring);
    setInterval(() => tick(monitoring), 1000);
    document.addEventListener("visibilitychange", turn);
    timer = setTimeout(turn, EVERY);
  };

  // -- forms

  const complete = (configuration) => {
    const chooser = configuration.querySelector("[data-mws-chooser]");
    const optional = configuration.querySelector("[data-mws-optional]");
    const shown = configuration.querySelector("[data-mws-shown]");
    if (!chooser) return;
    const select = chooser.querySelector("select");
    const options = [...select.options];
    // In the order of the plug-in type, whatever comes back when.
    const offer = (option, isOffered) => {
      option.disabled = option.hidden = !isOffered;
    };
    const remove = (field, option) => {
      for (const control of field.querySelectorAll("input, select, textarea")) {
        if (control.name === "added") control.disabled = true;
        else if (control.type === "checkbox") control.checked = false;
        else control.value = "";
      }
      field.querySelector("[data-mws-remove]").remove();
      optional.querySelector("div").append(field);
      offer(option, true);
      select.focus();
    };
    select.addEventListener("change", () => {
      const option = select.selectedOptions[0];
      const field = [...optional.querySelectorAll("[data-mws-parameter]")].find(
        (one) => one.dataset.mwsParameter === option.value
      );
      select.value = "";
      if (!field) return;
      offer(option, false);
      field.querySelector("[name=added]").disabled = false;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm btn-link px-0";
      button.dataset.mwsRemove = "";
      button.textContent = shown.dataset.remove;
      button.setAttribute("aria-label", `${button.textContent} ${option.textContent}`);
      button.addEventListener("click", () => remove(field, option));
      field.append(button);
      shown.append(field);
      field.querySelector("input:not([type=hidden]), select, textarea").focus();
    });
    // A browser that comes back to a page brings back what was chosen.
    select.value = options[0].value;
    chooser.hidden = false;
    optional.hidden = true;
  };

  const extend = (button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const rows = button.parentElement.querySelectorAll(".mwsvm-extra");
      const last = rows[rows.length - 1];
      const row = last.cloneNode(true);
      for (const control of row.querySelectorAll("input, textarea")) {
        control.name = control.name.replace(/[0-9]+$/, rows.length);
        control.value = "";
      }
      last.after(row);
      row.querySelector("input").focus();
    });
  };

  const start = () => {
    const monitoring = document.querySelector("[data-mws-monitoring]");
    if (monitoring) follow(monitoring);
    else localTimes(document);
    for (const form of document.querySelectorAll("[data-mws-configuration]")) {
      complete(form);
    }
    for (const button of document.querySelectorAll("[data-mws-more]")) extend(button);
  };

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
