// A form of an intake: Enter goes on to the next field, rows are added in place, what is typed is kept, and the server's
// reading of it (what will be pinned, dates, ID numbers) stands beside it. Without this file the form works as well.

import { Draft } from "./draft.js";

const FIELDS = "input:not([type=hidden]), select, textarea, .intake-send button";

class Intake extends Draft {
  connectedCallback() {
    super.connectedCallback();
    this.form.elements.seen.value = "live";
    document.addEventListener("keydown", this.pressed);
    this.form.addEventListener("change", () => {
      this.showParts();
      this.saveIn(50);
    });
    this.more = this.querySelector("[data-more]");
    this.more?.addEventListener("click", (event) => {
      event.preventDefault();
      this.addRow();
    });
    for (const chip of this.querySelectorAll("[data-chip]")) this.makeButton(chip);
    this.showParts();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.pressed);
  }

  changed() {
    this.showParts();
  }

  /** Fields that are asked only beside an answer to another. */
  showParts() {
    for (const part of this.querySelectorAll("[data-when]")) {
      const asked = this.form.elements[part.dataset.when];
      const answer = asked.type === "checkbox" ? (asked.checked ? asked.value : "") : asked.value;
      part.hidden = !part.dataset.is.split(" ").includes(answer);
    }
    let open = true;
    for (const row of this.querySelectorAll("[data-viewer]")) {
      const named = Boolean(row.querySelector("input").value);
      row.hidden = !open && !named;
      open = named;
    }
  }

  /** Ctrl and Enter send from wherever no other form is, the list of what is missing too; Enter goes on in the form. */
  pressed = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const form = event.target.closest("form");
    if (event.ctrlKey || event.metaKey) {
      if (form && form !== this.form) return;
      event.preventDefault();
      this.form.requestSubmit(this.querySelector(".intake-send button"));
    } else if (form === this.form && event.target.matches("input, select")) {
      event.preventDefault();
      this.next(event.target)?.focus();
    }
  };

  /** The next field that can be reached; of a group of radio buttons only one is. */
  next(field) {
    const all = [...this.form.querySelectorAll(FIELDS)].filter((each) => each.checkVisibility());
    return all.slice(all.indexOf(field) + 1).find((each) => {
      if (each.type !== "radio") return true;
      const group = all.filter((other) => other.name === each.name);
      return each.name !== field.name && each === (group.find((other) => other.checked) ?? group[0]);
    });
  }

  /** A row like the last one: its day and cameras are those of the row before until others are typed. */
  addRow() {
    const rows = this.querySelector("[data-rows]");
    const last = rows.lastElementChild;
    const number = Number(last.dataset.row) + 1;
    if (number >= Number(rows.dataset.most)) return;
    const row = last.cloneNode(true);
    row.dataset.row = String(number);
    row.querySelector("legend").textContent = last.querySelector("legend").textContent.replace(String(number), String(number + 1));
    for (const field of row.querySelectorAll(".field")) {
      const input = field.querySelector("input");
      const part = input.name.split("-")[1];
      input.name = input.id = `r${number}-${part}`;
      field.querySelector("label").htmlFor = input.id;
      field.querySelector(".problem")?.remove();
      field.classList.remove("field-bad");
      input.removeAttribute("aria-invalid");
      input.removeAttribute("accesskey");
      input.setAttribute("aria-describedby", part === "cameras" ? "cameras-hint" : "ranges-hint");
      if (part === "from" || part === "to") input.value = "";
    }
    rows.append(row);
    row.querySelector("input").focus();
    row.querySelector("input").select();
  }

  /** A camera of the list puts its number into the row that was typed into last, or takes it out. */
  makeButton(item) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "camera-chip";
    button.append(...item.childNodes);
    button.addEventListener("click", () => {
      const inputs = [...this.querySelectorAll(".range-cameras input")];
      const input = inputs.find((each) => each.closest("fieldset").contains(this.lastField)) ?? inputs.at(-1);
      const chosen = input.value.split(/[\s,、，]+/).filter(Boolean);
      const number = item.dataset.chip;
      input.value = (chosen.includes(number) ? chosen.filter((each) => each !== number) : [...chosen, number]).join(" ");
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    this.form.addEventListener("focusin", (event) => {
      if (event.target.closest(".range-row")) this.lastField = event.target;
    });
    item.append(button);
  }

  answered({ lines, echoes }) {
    const list = this.querySelector("[data-pins]");
    list.replaceChildren(...lines.map((line) => this.line(line)));
    this.querySelector("[data-no-pins]").hidden = lines.length > 0;
    for (const place of this.querySelectorAll("[data-echo]")) {
      const echo = echoes[place.dataset.echo];
      place.textContent = echo?.text ?? "";
      place.dataset.doubt = echo?.doubt ? "yes" : "no";
    }
  }

  line({ camera, minutes, kept, warning, mark }) {
    const item = document.createElement("li");
    if (mark) item.dataset.mark = mark;
    for (const [tag, name, words] of [["strong", "", camera], ["span", "", minutes], ["span", "small muted", kept], ["span", "small warning", warning]]) {
      if (!words) continue;
      const part = document.createElement(tag);
      part.className = name;
      part.textContent = words;
      item.append(part, " ");
    }
    return item;
  }
}
customElements.define("or-intake", Intake);
