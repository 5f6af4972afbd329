// The form of a hold: a moment typed or pasted in any of the usual ways, and a draft kept while it is typed.
import { Draft } from "./draft.js";
import { checked, readMoment } from "./roc.js";

const two = (number) => String(number).padStart(2, "0");

/** Five fields of a moment. A whole moment pasted into the year's field is spread over all five. */
class Moment extends HTMLElement {
  connectedCallback() {
    this.fields = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((field) => [field.dataset.part, field]));
    this.preview = this.querySelector("[data-preview]");
    this.fields.year.addEventListener("change", () => this.spread());
    this.fields.year.addEventListener("paste", () => setTimeout(() => this.spread()));
    this.addEventListener("input", () => this.show());
    this.show();
  }

  spread() {
    const moment = readMoment(this.fields.year.value);
    if (!moment) return;
    this.fields.year.value = String(moment.year - 1911);
    for (const part of ["month", "day", "hour", "minute"]) this.fields[part].value = two(moment[part]);
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }

  show() {
    const values = ["year", "month", "day", "hour", "minute"].map((part) => this.fields[part].value.normalize("NFKC").trim());
    const moment = values.every((value) => /^\d+$/.test(value)) ? checked(values.map(Number)) : readMoment(values[0]);
    const names = this.dataset.weekdays.includes(" ") ? this.dataset.weekdays.split(" ") : [...this.dataset.weekdays];
    this.preview.dataset.good = moment ? "yes" : "no";
    this.preview.textContent = moment
      ? `＝ ${moment.year}-${two(moment.month)}-${two(moment.day)} (${names[moment.weekday]}) ${two(moment.hour)}:${two(moment.minute)}`
      : this.dataset.previewNone;
  }
}
customElements.define("or-moment", Moment);

customElements.define("or-draft", Draft);
