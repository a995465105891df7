// Five minutes before a sign-in ends, people can extend it; nothing they wrote is lost either way.
(() => {
  "use strict";

  const facts = document.querySelector("[data-session]");
  const template = document.getElementById("session-warning");
  if (!facts || !template) return;
  const WARN = 5 * 60;
  let endsAt = Date.now() + Number(facts.dataset.seconds) * 1000;
  let dialog = null;
  let dismissed = false;
  let before = null;
  const secondsLeft = () => Math.round((endsAt - Date.now()) / 1000);

  function close() {
    if (dialog) dialog.remove();
    dialog = null;
    if (before) before.focus();
  }

  async function extend() {
    const answer = await fetch(facts.dataset.extendUrl, { redirect: "manual", cache: "no-store" });
    if (!answer.ok) return;
    endsAt = Date.now() + (await answer.json()).seconds * 1000;
    dismissed = false;
    close();
  }

  function open() {
    before = document.activeElement;
    document.body.append(template.content.cloneNode(true));
    dialog = document.querySelector(".b-dialog[role='alertdialog']");
    dialog.querySelector("[data-session-extend]").addEventListener("click", extend);
    dialog.querySelector("[data-session-close]").addEventListener("click", () => {
      dismissed = true;
      close();
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { dismissed = true; close(); }
    });
    dialog.querySelector("[data-session-extend]").focus();
  }

  function tick() {
    const left = secondsLeft();
    if (left > WARN) return;
    if (!dialog && !dismissed) open();
    if (!dialog) return;
    const place = dialog.querySelector("[data-session-left]");
    const minutes = Math.max(1, Math.ceil(left / 60));
    const text = left > 0 ? facts.dataset.leftText.replace("{minutes}", minutes) : facts.dataset.endedText;
    if (place.textContent !== text) place.textContent = text;
    if (left <= 0) dialog.querySelector("[data-session-extend]").hidden = true;
  }

  tick();
  window.setInterval(tick, 15000);
})();
