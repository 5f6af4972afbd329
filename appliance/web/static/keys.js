// Security keys: at the door, and where one is enrolled. Without this file, and in browsers that have none, the six digits
// are the second factor.

const NAMED = !/^[\d.]+$|^\[/.test(location.hostname); // browsers use no keys under an address of numbers
const ABLE = NAMED && Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

/** A button that asks the key and sends what it answers with the form around it. */
class Key extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.said = this.querySelector("[data-said]");
    this.hidden = !ABLE;
    this.querySelector("button").addEventListener("click", () => this.ask());
  }

  async ask() {
    if (!this.form.reportValidity()) return;
    this.say("wait");
    try {
      const credential = await this.credential();
      this.form.elements[this.dataset.into].value = JSON.stringify(credential.toJSON());
    } catch (error) {
      this.say(error.name === "InvalidStateError" ? "known" : "failed");
      return;
    }
    this.form.requestSubmit();
  }

  async credential() {
    if (this.dataset.options) {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(this.dataset.options));
      return navigator.credentials.create({ publicKey });
    }
    const answer = await fetch("/login/key", { method: "POST" });
    if (!answer.ok) throw new Error(String(answer.status));
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON((await answer.json()).options);
    return navigator.credentials.get({ publicKey });
  }

  say(what) {
    this.said.textContent = this.dataset[what];
  }
}
customElements.define("or-key", Key);
