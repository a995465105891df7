// Menus and small comforts. Every page works without this file.
(() => {
  "use strict";

  function menuButton() {
    const button = document.querySelector("[data-menu-button]");
    const menu = document.getElementById("site-menu");
    if (!button || !menu) return;
    button.hidden = false;
    const set = (open) => {
      menu.classList.toggle("is-open", open);
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => set(!menu.classList.contains("is-open")));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.classList.contains("is-open")) {
        set(false);
        button.focus();
      }
    });
  }

  function dropdowns() {
    const close = (drop, focus) => {
      drop.open = false;
      if (focus) drop.querySelector("summary").focus();
    };
    document.addEventListener("click", (event) => {
      document.querySelectorAll("details.b-drop[open]").forEach((drop) => {
        if (!drop.contains(event.target)) close(drop, false);
      });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      document.querySelectorAll("details.b-drop[open]").forEach((drop) => {
        close(drop, drop.contains(document.activeElement));
      });
    });
    document.addEventListener("focusout", (event) => {
      const drop = event.target.closest("details.b-drop[open]");
      if (drop && event.relatedTarget && !drop.contains(event.relatedTarget)) close(drop, false);
    });
  }

  // Parts that fold on a phone stand open where there is room.
  function wideParts() {
    if (!window.matchMedia("(min-width: 768px)").matches) return;
    document.querySelectorAll("details[data-wide-open]").forEach((part) => {
      part.open = true;
    });
  }

  // After a failed submit the summary is read out first; its links focus the fields.
  function errorSummary(root) {
    const summary = root.querySelector("[data-error-summary]");
    if (!summary) return;
    summary.focus();
    summary.querySelectorAll("a[href^='#']").forEach((link) => {
      link.addEventListener("click", (event) => {
        const field = document.getElementById(link.hash.slice(1));
        if (!field) return;
        event.preventDefault();
        const closed = field.closest("details:not([open])");
        if (closed) closed.open = true;
        field.scrollIntoView({ block: "center" });
        field.focus({ preventScroll: true });
      });
    });
  }

  function printButtons(root) {
    root.querySelectorAll("[data-print]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    });
  }

  function start(root) {
    errorSummary(root);
    printButtons(root);
  }

  menuButton();
  dropdowns();
  wideParts();
  start(document);
  document.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body) start(event.target);
  });
})();
