// Waits: "in 3 h 12" counts down here, from the words that the server wrote and from its clock.
"use strict";

(() => {
  const aheadMs = new WeakMap(); // this device's clock, compared with the server's, for each wait

  function readClock(time) {
    const known = aheadMs.get(time);
    if (known?.now === time.dataset.now) return known.ms;
    const ms = Date.now() - Date.parse(time.dataset.now);
    aheadMs.set(time, { now: time.dataset.now, ms });
    return ms;
  }

  function inWords(time, seconds) {
    const minutes = Math.floor(seconds / 60);
    if (seconds <= 0) return time.dataset.over;
    if (minutes < 1) return time.dataset.soon;
    if (minutes < 60) return time.dataset.minute.replace("{m}", minutes);
    const rest = String(minutes % 60).padStart(2, "0");
    return time.dataset.hour.replace("{h}", Math.floor(minutes / 60)).replace("{m}", rest);
  }

  function tick() {
    for (const time of document.querySelectorAll("time.wait")) {
      const now = Date.now() - readClock(time);
      const words = inWords(time, (Date.parse(time.dateTime) - now) / 1000);
      if (time.textContent !== words) time.textContent = words;
    }
  }

  tick();
  setInterval(tick, 1000);
})();
