/** A form whose words are kept by the server a second after the last change, and when its page is left. */
export class Draft extends HTMLElement {
  onItsWay = null;
  isSending = false;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.state = this.querySelector("[data-draft-state]");
    this.form.addEventListener("input", (event) => {
      this.changed(event.target);
      this.saveIn(1000);
    });
    this.form.addEventListener("submit", (event) => this.submitted(event));
    window.addEventListener("pagehide", () => this.timer && this.deliver());
  }

  /** For a form that sends only what was touched, or shows its parts by what is typed. */
  changed() {}

  /** For a page that shows more of what the server says. */
  answered() {}

  /** What is sent: never a password. */
  typed() {
    const typed = new URLSearchParams(new FormData(this.form));
    typed.delete("password");
    return typed;
  }

  saveIn(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), milliseconds);
  }

  /** One after the other, so that no earlier text comes in behind a later one. */
  async save() {
    const before = this.onItsWay;
    const own = (async () => {
      await before;
      await this.deliver();
    })();
    this.onItsWay = own;
    await own;
    if (this.onItsWay === own) this.onItsWay = null;
  }

  /** The whole form goes behind what is on its way: the server would keep the earlier text over it. */
  async submitted(event) {
    clearTimeout(this.timer);
    this.timer = 0;
    if (!this.onItsWay) return;
    event.preventDefault();
    if (this.isSending) return;
    this.isSending = true;
    await this.onItsWay;
    this.isSending = false;
    this.form.requestSubmit(event.submitter);
  }

  async deliver() {
    clearTimeout(this.timer);
    this.timer = 0;
    const request = { method: "POST", body: this.typed(), keepalive: true, signal: AbortSignal.timeout(10_000) };
    try {
      const answer = await fetch(this.dataset.url, request);
      if (!answer.ok) throw new Error(String(answer.status));
      const said = await answer.json();
      this.state.textContent = said.saved ? this.dataset.saved : "";
      this.answered(said);
    } catch {
      this.state.textContent = this.dataset.unsaved;
    }
  }
}
