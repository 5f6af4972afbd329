// The end of a viewing: the forms that end it, the sheet that enters it whole, and 發現拍攝 that was pressed by mistake.
import { freshAct } from "./act.js";
import { keepFocusIn } from "./dialogfocus.js";

const LAST_REPORT_MS = 1000;
const MISTAKE_SECONDS = 10;

/** The forms that end it at one press: dark first, whatever the keeper answers. */
export class EndForms {
  /** `ending`: the sheet that the end is entered in; null where one press does. */
  constructor(player, forms, ending) {
    Object.assign(this, { player, ending });
    for (const form of forms) form.addEventListener("submit", (event) => this.end(event, form));
  }

  async end(event, form) {
    event.preventDefault();
    const { player, ending } = this;
    if (form.dataset.end === "done" && ending) return ending.open();
    const kind = form.dataset.end === "done" ? "ended" : form.dataset.end;
    const at = String(player.nsAt(player.playback.position));
    player.cover(kind);
    player.others.postMessage("ended");
    const body = new URLSearchParams(new FormData(form));
    body.set("reason", form.dataset.end);
    if (kind === "event") body.set("at_ns", at);
    const sent = this.send(form.action, body);
    if (kind === "filming") this.mistake = new Mistake(player, player.querySelector('[data-for="filming"]'), sent);
    const answer = await sent;
    if (kind === "event" && answer?.type !== "opaqueredirect") player.curtain.draw("event-failed");
    player.finished();
  }

  /** The last report goes before it, if it goes at all; what nobody answered is sent again. */
  async send(address, body) {
    await Promise.race([this.player.lastReport, new Promise((resolve) => setTimeout(resolve, LAST_REPORT_MS))]);
    let answer = null;
    for (const wait of [0, 500, 2000, 5000]) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      answer = await fetch(address, { method: "POST", body, redirect: "manual" }).catch(() => null);
      if (answer && (answer.type === "opaqueredirect" || answer.status < 500)) break;
    }
    return answer;
  }
}

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
