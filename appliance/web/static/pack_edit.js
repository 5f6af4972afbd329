// The form of a policy pack: what was touched is kept a second after the last change; the whole is sent by its button.
// Without this file the form works as well, and keeps what is typed when it is checked.

import { Draft } from "./draft.js";

/** Only what was touched: the whole form is larger than what may be sent while a page is left. */
class PackDraft extends Draft {
  touched = new Set();

  changed(field) {
    if (field.name) this.touched.add(field.name);
  }

  typed() {
    const typed = new URLSearchParams();
    for (const name of ["act", "base"]) typed.set(name, this.form.elements[name].value);
    const all = new FormData(this.form);
    for (const name of this.touched) {
      const values = all.getAll(name);
      for (const value of values.length ? values : [""]) typed.append(name, value);
    }
    return typed;
  }

  answered({ saved }) {
    if (saved) for (const each of this.querySelectorAll("[data-needs-draft]")) each.hidden = false;
  }
}
customElements.define("or-pack-draft", PackDraft);

// What an address leads to is opened, whatever it is folded into.
const unfold = () => {
  const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let at = found; at; at = at.parentElement) if (at.localName === "details") at.open = true;
  if (found?.matches("input, textarea, select")) found.focus();
};
window.addEventListener("hashchange", unfold);
unfold();
