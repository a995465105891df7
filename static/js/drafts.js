// What is typed is never lost: forms with data-autosave keep their text in this browser, and post
// it to data-autosave-url where the server takes drafts.
(() => {
  "use strict";

  const PREFIX = "bridge-draft:";
  const DAY = 24 * 60 * 60 * 1000;
  const KEEP = 14 * DAY;
  const SERVER_DELAY = 3000;
  const FRESH_SUBMIT = 2 * 60 * 1000;
  const user = document.body.dataset.user || "anonymous";
  const english = document.documentElement.lang === "en";
  const TEXT = english
    ? {
        saved: "Saved just now", kept: "Kept in this browser", minutes: (n) => `Saved ${n} min ago`,
        ended: "You are signed out. What you wrote is kept in this browser; sign in again to go on.",
        conflict: "This was changed elsewhere. What you wrote is kept in this browser.",
        restored: "Text that had not been sent was restored.", undo: "Undo",
        offer: "This browser holds text that was not sent, but the saved version has changed since.",
        use: "Use my text", drop: "Discard it",
      }
    : {
        saved: "방금 저장됨", kept: "이 브라우저에 보관됨", minutes: (n) => `${n}분 전 저장됨`,
        ended: "로그인이 끝났습니다. 쓰던 글은 이 브라우저에 남아 있으니 다시 로그인해 이어 쓰십시오.",
        conflict: "다른 곳에서 내용이 바뀌었습니다. 쓰던 글은 이 브라우저에 남아 있습니다.",
        restored: "보내지 않은 글을 되살렸습니다.", undo: "되돌리기",
        offer: "보내지 않은 글이 이 브라우저에 있으나, 그 뒤 저장된 내용이 바뀌었습니다.",
        use: "내 글 쓰기", drop: "버리기",
      };

  const keyOf = (form) => `${PREFIX}${user}:${form.dataset.autosave}`;

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key) || "null");
    } catch {
      return null;
    }
  }

  function write(key, draft) {
    try {
      localStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // A full or forbidden storage must not stop anyone from writing.
    }
  }

  function forget(test) {
    Object.keys(localStorage).filter((key) => key.startsWith(PREFIX) && test(key))
      .forEach((key) => localStorage.removeItem(key));
  }

  function fields(form) {
    return [...form.elements].filter((field) => field.name && field.name !== "csrfmiddlewaretoken" &&
      !["password", "file", "submit", "button", "hidden", "fieldset"].includes(field.type));
  }

  function valuesOf(form) {
    const values = {};
    fields(form).forEach((field) => {
      const list = (values[field.name] ||= []);
      if (field.type === "checkbox" || field.type === "radio") {
        if (field.checked) list.push(field.value);
      } else if (field.multiple) {
        [...field.selectedOptions].forEach((option) => list.push(option.value));
      } else {
        list.push(field.value);
      }
    });
    return values;
  }

  function fill(form, values) {
    const used = {};
    fields(form).forEach((field) => {
      const list = values[field.name];
      if (!list) return;
      if (field.type === "checkbox" || field.type === "radio") {
        field.checked = list.includes(field.value);
      } else if (field.multiple) {
        [...field.options].forEach((option) => { option.selected = list.includes(option.value); });
      } else {
        const index = used[field.name] || 0;
        used[field.name] = index + 1;
        if (index < list.length) field.value = list[index];
      }
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function notice(form, text, buttons) {
    const box = document.createElement("div");
    box.className = "b-alert b-tone-info b-draft-notice";
    box.setAttribute("role", "status");
    const body = document.createElement("div");
    const line = document.createElement("p");
    line.textContent = text;
    const row = document.createElement("p");
    row.className = "b-row";
    buttons.forEach(([label, work]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "krds-btn small tertiary";
      button.textContent = label;
      button.addEventListener("click", () => { work(); box.remove(); });
      row.append(button);
    });
    body.append(line, row);
    box.append(body);
    form.prepend(box);
  }

  const arrival = performance.getEntriesByType("navigation")[0];
  const arrivedByLink = !arrival || arrival.type === "navigate";

  // Sent less than two minutes ago and answered by an ordinary page: the server has it.
  function answered(draft) {
    return draft.sent && arrivedByLink && Date.now() - draft.sent < FRESH_SUBMIT &&
      !document.querySelector("[data-error-summary]");
  }

  function restore(form) {
    const key = keyOf(form);
    const draft = read(key);
    const onPage = valuesOf(form);
    if (!draft) return;
    if (Date.now() - draft.at > KEEP || same(draft.values, onPage) || answered(draft)) {
      localStorage.removeItem(key);
    } else if (document.querySelector("[data-error-summary]") || same(draft.base, onPage)) {
      fill(form, draft.values);
      notice(form, TEXT.restored, [[TEXT.undo, () => {
        fill(form, onPage);
        localStorage.removeItem(key);
      }]]);
    } else {
      notice(form, TEXT.offer, [
        [TEXT.use, () => fill(form, draft.values)],
        [TEXT.drop, () => localStorage.removeItem(key)],
      ]);
    }
  }

  function statusOf(form) {
    const place = form.querySelector("[data-autosave-status]");
    if (!place) return () => {};
    place.classList.add("b-autosave");
    place.setAttribute("role", "status");
    let timer = 0;
    return (text, savedAt) => {
      place.textContent = text;
      window.clearInterval(timer);
      if (savedAt) {
        timer = window.setInterval(() => {
          place.textContent = TEXT.minutes(Math.max(1, Math.round((Date.now() - savedAt) / 60000)));
        }, 60000);
      }
    };
  }

  async function send(form, show) {
    const before = valuesOf(form);
    try {
      const answer = await fetch(form.dataset.autosaveUrl, {
        method: "POST", body: new FormData(form), headers: { "X-Autosave": "1" }, redirect: "manual",
      });
      if (answer.ok) {
        show(TEXT.saved, Date.now());
        const draft = read(keyOf(form));
        if (draft && same(draft.values, before)) localStorage.removeItem(keyOf(form));
        form.dispatchEvent(new CustomEvent("bridge:saved"));
      } else if (answer.status === 409) {
        show(TEXT.conflict);
      } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        show(TEXT.ended);
      } else {
        show(TEXT.kept);
      }
    } catch {
      show(TEXT.kept);
    }
  }

  function autosave(form) {
    if (form.dataset.kept) return;
    form.dataset.kept = "1";
    const key = keyOf(form);
    const show = statusOf(form);
    const base = valuesOf(form);
    let timer = 0;
    restore(form);
    form.addEventListener("input", () => {
      write(key, { at: Date.now(), base, values: valuesOf(form) });
      window.clearTimeout(timer);
      if (form.dataset.autosaveUrl) timer = window.setTimeout(() => send(form, show), SERVER_DELAY);
      else show(TEXT.kept);
    });
    form.addEventListener("submit", () => {
      window.clearTimeout(timer);
      write(key, { at: Date.now(), base, values: valuesOf(form), sent: Date.now() });
    });
  }

  // A refusal or a sign-in page came instead of an answer: what was sent has not arrived.
  function notReceived() {
    Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => {
      const draft = read(key);
      if (draft && draft.sent) write(key, { ...draft, sent: undefined });
    });
  }

  function afterArrival() {
    const saved = document.querySelector("meta[name='saved-draft']");
    if (saved) forget((key) => key === `${PREFIX}${user}:${saved.content}`);
    if (document.body.hasAttribute("data-keep-drafts")) {
      notReceived();
      return;
    }
    const here = new Set([...document.querySelectorAll("form[data-autosave]")].map(keyOf));
    forget((key) => {
      const draft = read(key);
      return !draft || (!here.has(key) && key.startsWith(`${PREFIX}${user}:`) && answered(draft));
    });
  }

  afterArrival();
  document.querySelectorAll("form[data-autosave]").forEach(autosave);
  document.addEventListener("htmx:load", (event) => {
    event.target.querySelectorAll("form[data-autosave]").forEach(autosave);
  });
  // Signing out by choice leaves nothing behind on a shared computer.
  document.querySelectorAll("form[data-clear-drafts]").forEach((form) => {
    form.addEventListener("submit", () => forget(() => true));
  });
})();
