// The live part of a page: asked for every 5 s, never twice at once, not at all while the tab is
// hidden, and slower while nothing answers. Ages tick here between two answers.
"use strict";

(() => {
  const EVERY_MS = 5000;
  const SLOWEST_MS = 60000;
  const live = document.querySelector("[data-live]");
  const note = document.getElementById("connection");
  let timer = null;
  let waitMs = EVERY_MS;
  let isAsking = false;
  let aheadMs = 0; // this device's clock, compared with the server's

  function ask() {
    clearTimeout(timer);
    if (isAsking || document.hidden) return;
    isAsking = true;
    htmx.trigger(live, "refresh");
  }

  function askLater() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, waitMs);
  }

  function answered() {
    waitMs = EVERY_MS;
    note.hidden = true;
  }

  function unanswered() {
    waitMs = Math.min(waitMs * 2, SLOWEST_MS);
    if (!note.hidden) return;
    const clock = new Date().toLocaleTimeString("fr", { hour: "2-digit", minute: "2-digit" });
    note.textContent = note.dataset.words.replace("{time}", clock);
    note.hidden = false;
  }

  function readClock() {
    const status = document.getElementById("status");
    aheadMs = Date.now() - Date.parse(status.dataset.moment);
  }

  function ageInWords(seconds) {
    const say = (unit, n) => live.dataset[unit].replace("{n}", Math.floor(n));
    if (seconds >= 86400) return say("day", seconds / 86400);
    if (seconds >= 3600) return say("hour", seconds / 3600);
    if (seconds >= 60) return say("minute", seconds / 60);
    return seconds >= 5 ? say("second", seconds) : live.dataset.now;
  }

  function tick() {
    if (document.hidden) return;
    const now = Date.now() - aheadMs;
    for (const time of live.querySelectorAll("time.age")) {
      const seconds = (now - Date.parse(time.dateTime)) / 1000;
      const words = ageInWords(seconds);
      if (time.textContent !== words) time.textContent = words;
      const liveFor = Number(time.dataset.liveFor);
      if (liveFor) time.closest("[data-reading]")?.classList.toggle("is-stale", seconds > liveFor);
    }
  }

  live.addEventListener("htmx:configRequest", (event) => {
    if (event.target !== live) return; // an order, not a question
    event.detail.parameters.seen = document.getElementById("status").dataset.digest;
  });
  live.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== live) {
      if (!event.detail.successful) unanswered();
      return;
    }
    isAsking = false;
    if (event.detail.successful) answered();
    else unanswered();
    askLater();
  });
  live.addEventListener("htmx:afterSwap", () => {
    readClock();
    tick();
  });
  live.addEventListener("htmx:beforeSwap", (event) => {
    event.detail.requestConfig.elt.closest("details")?.removeAttribute("open");
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else {
      tick();
      ask();
    }
  });
  window.addEventListener("online", ask);

  readClock();
  setInterval(tick, 1000);
  askLater();
})();
