// 遮蔽完成, 確認遮蔽 and 重畫遮蔽 without leaving the pictures: the forms of the case's page, in a sheet over this one. What they
// ask and what they refuse is the case's page's; nothing is judged here.
import { keepFocusIn } from "./dialogfocus.js";

const FORMS = ["finish-masks", "confirm-masks", "redraw-masks"].map((name) => `form.form-${name}`).join(", ");

export class MaskSteps {
  constructor(player, sheet) {
    Object.assign(this, { player, sheet });
    this.place = sheet.querySelector("[data-steps]");
    this.address = sheet.dataset.case;
    keepFocusIn(sheet);
    sheet.querySelector("[data-steps-back]").addEventListener("click", () => sheet.close());
    sheet.addEventListener("submit", (event) => this.send(event));
  }

  async open() {
    this.player.pause();
    this.problem("");
    this.place.replaceChildren();
    this.sheet.showModal();
    this.show((await pageOf("GET", this.address)).page);
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
    this.sheet.querySelector(".problem[role=alert]").textContent = text;
  }

  async send(event) {
    event.preventDefault();
    if (this.sending) return;
    this.sending = true;
    this.problem("");
    const form = event.target;
    const step = form.elements.form.value;
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await pageOf("POST", form.getAttribute("action"), body);
    this.sending = false;
    if (answer.status === 200 && new URL(answer.url).searchParams.get("done") === step) return this.done(step);
    this.show(answer.page);
  }

  /** Confirmed: the grant is over. Else the same pictures, as they are to be looked at now. */
  done(step) {
    if (step === "confirm_masks") location.assign(`${this.address}?done=${step}`);
    else location.reload();
  }
}

/** Another page of ours, as the browser itself reads it: markup is made of no text here. `page` null: there was no answer. */
function pageOf(method, address, body = null) {
  return new Promise((resolve) => {
    const asked = new XMLHttpRequest();
    asked.open(method, address);
    asked.responseType = "document";
    asked.onloadend = () => resolve({ status: asked.status, url: asked.responseURL || location.href, page: asked.status < 500 ? asked.response : null });
    asked.send(body);
  });
}
