/** A form whose words are kept by the server a second after the last change, and when its page is left. */
export class Draft extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.state = this.querySelector("[data-draft-state]");
    this.form.addEventListener("input", (event) => {
      this.changed(event.target);
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

  /** For a form that sends only what was touched. */
  changed() {}

  /** For a page that shows more once there is a draft. */
  kept() {}

  /** What is sent: never a password. */
  typed() {
    const typed = new URLSearchParams(new FormData(this.form));
    typed.delete("password");
    return typed;
  }

  async save() {
    this.forget();
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body: this.typed(), keepalive: true });
      const saved = answer.ok && (await answer.json()).saved;
      this.state.textContent = answer.ok ? (saved ? this.dataset.saved : "") : this.dataset.unsaved;
      if (saved) this.kept();
    } catch {
      this.state.textContent = this.dataset.unsaved;
    }
  }
}
