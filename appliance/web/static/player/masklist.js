// The table of the masks that stand: which camera, from when to when, where.
import { clockText, parts } from "../roc.js";

export class MaskList {
  /** `desk`: the section that has the table and the template of its rows. */
  constructor(player, desk) {
    Object.assign(this, { player, desk });
    this.rows = desk.querySelector("tbody");
    this.row = desk.querySelector("template");
  }

  /** `said`: the masks as the keeper told them. */
  show(said) {
    this.rows.replaceChildren(...said.map((mask) => this.line(mask)));
    this.desk.querySelector("[data-mask-none]").hidden = said.length > 0;
    this.desk.querySelector("[data-mask-list]").hidden = said.length === 0;
  }

  line(mask) {
    const line = this.row.content.firstElementChild.cloneNode(true);
    const clock = (ns) => clockText(parts(BigInt(ns)), 3);
    const percent = (permille) => `${permille / 10} %`;
    const place = this.player.say("mask-place", { left: percent(mask.left), top: percent(mask.top), width: percent(mask.right - mask.left), height: percent(mask.bottom - mask.top) });
    const texts = {
      number: mask.number, camera_no: mask.camera_no, from: clock(mask.start_ns), to: clock(mask.end_ns),
      place: mask.positions.length ? this.player.say("mask-moves", { count: mask.positions.length, place }) : place,
    };
    for (const [field, text] of Object.entries(texts)) line.querySelector(`[data-field="${field}"]`).textContent = text;
    for (const button of line.querySelectorAll("button")) {
      button.dataset.number = mask.number;
      button.setAttribute("aria-label", this.player.say(`mask-${button.dataset.mask}`, { number: mask.number }));
    }
    return line;
  }

  /** Null where there is no row. */
  get firstButton() {
    return this.rows.querySelector("button");
  }
}
