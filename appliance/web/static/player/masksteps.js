// 遮蔽完成, 確認遮蔽 and 重畫遮蔽 without leaving the pictures: the forms of the case's page, in a sheet over this one. What they
// ask and what they refuse is the case's page's; nothing is judged here.

const FORMS = ["finish-masks", "confirm-masks", "redraw-masks"].map((name) => `form.form-${name}`).join(", ");

export class MaskSteps {
  constructor(player, sheet) {
    Object.assign(this, { player, sheet });
    this.place = sheet.querySelector("[data-steps]");
    this.address = sheet.dataset.case;
    sheet.querySelector("[data-steps-back]").addEventListener("click", () => sheet.close());
    sheet.addEventListener("submit", (event) => this.send(event));
  }

  async open() {
    this.player.pause();
    this.problem("");
    this.place.replaceChildren();
    this.sheet.showModal();
    const page = await this.read(fetch(this.address, { cache: "no-store" }));
    this.show(page);
  }

  async read(asked) {
    const answer = await asked.catch(() => null);
    const text = await answer?.text().catch(() => null);
    return text ? new DOMParser().parseFromString(text, "text/html") : null;
  }

  /** The forms that a page has for whoever is here; else why there are none. */
  show(page) {
    const found = [...(page?.querySelectorAll(FORMS) ?? [])];
    this.place.replaceChildren(...found.map((form) => this.titled(document.importNode(form, true))));
    if (!found.length) this.problem(this.player.words[page ? "mask-no-step" : "away-note"]);
    this.place.querySelector("input:not([type=hidden]), textarea, button")?.focus();
  }

  titled(form) {
    const part = document.createElement("section");
    const heading = document.createElement("h3");
    heading.textContent = this.player.words[`mask-step-${form.elements.form.value.replaceAll("_", "-")}`];
    for (const each of form.querySelectorAll("[formaction]")) each.remove();
    part.append(heading, form);
    return part;
  }

  problem(text) {
    this.sheet.querySelector(".problem").textContent = text;
  }

  async send(event) {
    event.preventDefault();
    if (this.sending) return;
    this.sending = true;
    this.problem("");
    const form = event.target;
    const step = form.elements.form.value;
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, redirect: "manual" }).catch(() => null);
    this.sending = false;
    if (answer?.type === "opaqueredirect") return this.done(step);
    if (!answer || answer.status >= 500) return this.problem(this.player.words["away-note"]);
    this.show(await this.read(Promise.resolve(answer)));
  }

  /** Confirmed: the grant is over. Else the same pictures, as they are to be looked at now. */
  done(step) {
    if (step === "confirm_masks") location.assign(`${this.address}?done=${step}`);
    else location.reload();
  }
}
