// Light, dark or as the device: applied before the first paint, kept in localStorage under the
// same name and values as Django's admin uses, so that both sides of the site agree.
"use strict";

(() => {
  const ORDER = ["auto", "light", "dark"];
  const root = document.documentElement;

  function kept() {
    try {
      const word = localStorage.getItem("theme");
      return ORDER.includes(word) ? word : "auto";
    } catch {
      return "auto"; // storage may be forbidden
    }
  }

  function apply(theme) {
    if (theme === "auto") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", theme);
  }

  function keep(theme) {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // then it lasts as long as this page
    }
  }

  function setUpButton() {
    const button = document.getElementById("theme");
    if (!button) return;
    let theme = kept();
    const label = () => {
      button.setAttribute("aria-label", button.dataset[theme]);
      button.title = button.dataset[theme];
    };
    button.addEventListener("click", () => {
      theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
      keep(theme);
      apply(theme);
      label();
    });
    label();
    button.hidden = false;
  }

  function setUpMenus() {
    const closeOthers = (event) => {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        if (!menu.contains(event.target)) menu.open = false;
      }
    };
    document.addEventListener("click", closeOthers);
    document.addEventListener("keydown", (event) => {
      const menu = document.querySelector("details.menu[open]");
      if (event.key !== "Escape" || !menu) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  root.classList.add("has-script");
  apply(kept());
  document.addEventListener("DOMContentLoaded", () => {
    setUpButton();
    setUpMenus();
  });
})();
