// Forms: one click is one submit, counters, unsaved changes, repeated rows, filter forms.
(() => {
  "use strict";

  function buttonsOf(form) {
    const outside = form.id ? document.querySelectorAll(`button[form="${CSS.escape(form.id)}"]`) : [];
    return [...form.querySelectorAll("button:not([type='button'])"), ...outside];
  }

  function release(form) {
    delete form.dataset.sending;
    buttonsOf(form).forEach((button) => button.removeAttribute("aria-disabled"));
  }

  // aria-disabled instead of disabled: a disabled button would drop its name and value.
  function guard(form) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sending) {
        event.preventDefault();
        return;
      }
      form.dataset.sending = "1";
      buttonsOf(form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    });
    form.addEventListener("htmx:afterRequest", () => release(form));
  }

  function unsaved(form) {
    let dirty = false;
    form.addEventListener("input", () => { dirty = true; });
    form.addEventListener("submit", () => { dirty = false; });
    form.addEventListener("bridge:saved", () => { dirty = false; });
    window.addEventListener("beforeunload", (event) => {
      if (dirty && document.contains(form)) event.preventDefault();
    });
  }

  function counter(area) {
    if (area.dataset.counted) return;
    area.dataset.counted = "1";
    const limit = Number(area.getAttribute("data-maxlength") || area.maxLength);
    if (!(limit > 0)) return;
    // The browser would cut pasted text silently; the server says what is too long instead.
    area.removeAttribute("maxlength");
    const note = document.createElement("p");
    note.className = "b-counter b-num";
    const show = () => {
      note.textContent = `${area.value.length.toLocaleString()} / ${limit.toLocaleString()}`;
      note.classList.toggle("is-over", area.value.length > limit);
    };
    area.after(note);
    area.addEventListener("input", show);
    show();
  }

  function formset(box) {
    const prefix = box.dataset.formset;
    const total = box.querySelector(`[name="${CSS.escape(prefix)}-TOTAL_FORMS"]`);
    const blank = box.querySelector("template[data-empty-form]");
    const add = box.querySelector("[data-formset-add]");
    if (!total || !blank || !add || box.dataset.ready) return;
    box.dataset.ready = "1";
    add.hidden = false;
    add.addEventListener("click", () => {
      const holder = document.createElement("template");
      holder.innerHTML = blank.innerHTML.replaceAll("__prefix__", total.value);
      const row = holder.content.firstElementChild;
      blank.before(row);
      total.value = String(Number(total.value) + 1);
      start(row);
      const first = row.querySelector("input:not([type='hidden']), select, textarea");
      if (first) first.focus();
    });
  }

  function autosubmit(form) {
    let timer = 0;
    form.addEventListener("change", (event) => {
      if (event.target.matches("input[type='checkbox'], input[type='radio'], select")) {
        window.clearTimeout(timer);
        timer = window.setTimeout(() => form.requestSubmit(), 250);
      }
    });
    form.addEventListener("submit", () => {
      form.querySelectorAll("input, select").forEach((field) => {
        if (field.value === "") field.disabled = true;
      });
      window.setTimeout(() => form.querySelectorAll(":disabled").forEach((f) => { f.disabled = false; }));
    });
  }

  function once(root, selector, name, work) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches && root.matches(selector)) found.push(root);
    found.forEach((element) => {
      if (element.dataset[name]) return;
      element.dataset[name] = "1";
      work(element);
    });
  }

  function start(root) {
    once(root, "form[data-guard]", "guarded", guard);
    once(root, "form[data-unsaved]", "watched", unsaved);
    once(root, "form[data-autosubmit]", "automatic", autosubmit);
    root.querySelectorAll("textarea[maxlength], textarea[data-maxlength]").forEach(counter);
    root.querySelectorAll("[data-formset]").forEach(formset);
  }

  start(document);
  document.addEventListener("htmx:load", (event) => start(event.target));
  // The back button brings the page back as it was left: buttons must work again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sending]").forEach(release);
  });
})();
