// The end of a viewing: the sheet that enters it whole, and 發現拍攝 that was pressed by mistake.
import { freshAct } from "./act.js";
import { keepFocusIn } from "./dialogfocus.js";

const MISTAKE_SECONDS = 10;

export class Ending {
  /** `sheet`: the dialog; `player`: whose viewing it is. */
  constructor(player, sheet) {
    Object.assign(this, { player, sheet });
    this.form = sheet.querySelector("form");
    keepFocusIn(sheet);
    this.form.addEventListener("submit", (event) => this.enter(event));
    sheet.querySelector("[data-finish-back]").addEventListener("click", () => this.back());
    sheet.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.back();
    });
  }

  /** Dark, with the sheet over it; nothing has ended yet. */
  async open() {
    const { player, sheet } = this;
    player.pause();
    player.curtain.lower("ending");
    this.act = freshAct();
    this.problem("");
    sheet.showModal();
    for (const field of this.form.querySelectorAll("[type=password]")) field.required = true;
    await player.shown.flush();
    const answer = await fetch(`${player.grant.url}/seen`, { cache: "no-store" }).catch(() => null);
    if (answer?.ok) this.showSeen(await answer.json());
  }

  showSeen({ rows, any }) {
    const row = this.sheet.querySelector("template").content;
    const shown = rows.map(({ camera_no: number, seen, of, share }) => {
      const copy = row.cloneNode(true);
      copy.querySelector(".camera-no").textContent = number;
      copy.querySelector(".seen-text").textContent = this.sheet.dataset.of.replace("{seen}", seen).replace("{of}", of);
      copy.querySelector("meter").value = share;
      return copy;
    });
    this.sheet.querySelector("[data-seen]").replaceChildren(...shown);
    this.sheet.querySelector("[data-unseen]").hidden = any;
  }

  back() {
    if (this.sending) return;
    this.sheet.close();
    this.player.curtain.lift("ending");
  }

  problem(text) {
    this.sheet.querySelector(".problem[role=alert]").textContent = text;
  }

  /** One press. A refusal ends nothing; without an answer the same act is sent again by the next press. */
  async enter(event) {
    event.preventDefault();
    if (this.sending) return;
    this.sending = true;
    this.problem("");
    const body = new URLSearchParams(new FormData(this.form));
    body.set("act", this.act);
    const answer = await fetch(this.form.action, { method: "POST", body }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    for (const field of this.form.querySelectorAll('[type="password"]')) field.value = "";
    this.sending = false;
    if ([401, 403, 404].includes(answer?.status)) {
      this.sheet.close();
      return this.player.cover("lost");
    }
    if (answer?.status !== 200) return this.problem(said?.message ?? this.player.words["away-note"]);
    this.sheet.close();
    this.player.cover("finished");
    this.player.curtain.add(said.entered);
    this.player.others.postMessage("ended");
    this.player.finished();
  }
}

/** For ten seconds after 發現拍攝 it may be called a mistake, once the press itself was entered (`sent`). */
export class Mistake {
  constructor(player, place, sent) {
    Object.assign(this, { player, place, sent, left: MISTAKE_SECONDS });
    this.count();
    this.timer = setInterval(() => this.count(), 1000);
    place.addEventListener("click", (event) => {
      const button = event.target.closest("[data-mistake]");
      if (button) this.enter(button.dataset.mistake);
    });
  }

  count() {
    this.say(this.player.say("mistake", { seconds: this.left }));
    if (this.left === 0) this.close("");
    this.left -= 1;
  }

  say(text) {
    this.place.querySelector("p").textContent = text;
  }

  close(text) {
    clearInterval(this.timer);
    for (const button of this.place.querySelectorAll("button")) button.remove();
    this.say(text);
  }

  async enter(why) {
    clearInterval(this.timer);
    for (const button of this.place.querySelectorAll("button")) button.disabled = true;
    await this.sent;
    const body = new URLSearchParams({ why });
    const answer = await fetch(`${this.player.grant.url}/mistaken`, { method: "POST", body }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    this.close(answer?.ok ? this.player.words["mistake-entered"] : said?.message ?? this.player.words["away-note"]);
  }
}
