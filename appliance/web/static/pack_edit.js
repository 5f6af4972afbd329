// The form of a policy pack: what was touched is kept a second after the last change; the whole is sent by its button.
// Without this file the form works as well, and keeps what is typed when it is checked.

class PackDraft extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.state = this.querySelector("[data-draft-state]");
    this.touched = new Set();
    this.form.addEventListener("input", (event) => {
      if (!event.target.name) return;
      this.touched.add(event.target.name);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), 1000);
    });
    this.form.addEventListener("submit", () => this.forget());
    window.addEventListener("pagehide", () => this.timer && this.save());
  }

  forget() {
    clearTimeout(this.timer);
    this.timer = 0;
  }

  /** Only what was touched: the whole form is larger than what may be sent while a page is left. */
  async save() {
    this.forget();
    const typed = new URLSearchParams();
    for (const name of ["act", "base"]) typed.set(name, this.form.elements[name].value);
    const all = new FormData(this.form);
    for (const name of this.touched) {
      const values = all.getAll(name);
      for (const value of values.length ? values : [""]) typed.append(name, value);
    }
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body: typed, keepalive: true });
      const saved = answer.ok && (await answer.json()).saved;
      this.state.textContent = answer.ok ? (saved ? this.dataset.saved : "") : this.dataset.unsaved;
      if (saved) for (const each of this.querySelectorAll("[data-needs-draft]")) each.hidden = false;
    } catch {
      this.state.textContent = this.dataset.unsaved;
    }
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
