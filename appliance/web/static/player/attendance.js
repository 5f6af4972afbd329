// Who is there: two minutes without anybody darken the picture, every ten minutes whoever attends says so again, and
// whoever leaves darkens it until that person has logged in again. The keeper judges all of it; this is what is seen of it.

const IDLE_MS = 120000;
const SOON_MS = 60000;
const TICK_MS = 1000;
const SIGNS = ["pointermove", "pointerdown", "wheel", "keydown", "touchstart"];
const OURS = ["idle", "presence"];

export class Attendance {
  /** `form`: where presence is confirmed. */
  constructor(player, form) {
    Object.assign(this, { player, form });
    this.seen = performance.now();
    this.signed = false;
    this.due = null;
    this.sign = () => {
      this.seen = performance.now();
      this.signed = true;
    };
    for (const name of SIGNS) document.addEventListener(name, this.sign, { passive: true });
    form.addEventListener("submit", (event) => this.confirm(event));
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  stop() {
    clearInterval(this.timer);
    for (const name of SIGNS) document.removeEventListener(name, this.sign);
    this.form.hidden = true;
  }

  /** Whether somebody did anything since this was asked last. */
  signs() {
    const { signed } = this;
    this.signed = false;
    return signed || this.player.playback.playing;
  }

  get isDark() {
    return OURS.some((kind) => this.player.curtain.has(kind));
  }

  /** What the keeper says: `dark`, and the seconds that are `left` until presence is to be confirmed. */
  told({ dark, left }) {
    this.due = left === null ? null : performance.now() + left * 1000;
    if (dark) this.darken(dark);
    this.tick();
  }

  darken(kind) {
    const { player } = this;
    if (player.curtain.isFinal || this.isDark) return;
    this.resume = kind === "presence" && player.playback.playing;
    player.pause();
    player.curtain.lower(kind);
    this.show();
  }

  tick() {
    const now = performance.now();
    if (this.player.playback.playing) this.seen = now;
    if (now - this.seen >= IDLE_MS) this.darken("idle");
    if (this.due !== null && now >= this.due) this.darken("presence");
    this.show();
  }

  show() {
    const left = this.due === null ? Infinity : Math.max(0, this.due - performance.now());
    const shown = this.player.querySelector("[data-left]");
    if (shown) shown.textContent = left === Infinity ? "–" : `${Math.floor(left / 60000)}:${String(Math.floor(left / 1000) % 60).padStart(2, "0")}`;
    const hidden = this.player.curtain.isFinal || !(this.isDark || left <= SOON_MS);
    const wasHidden = this.form.hidden;
    this.form.hidden = hidden;
    for (const field of this.form.querySelectorAll("[type=password]")) field.required = !hidden;
    this.form.toggleAttribute("data-dark", this.isDark);
    if (hidden) return;
    const soon = this.player.say("presence-soon", { seconds: Math.ceil(left / 1000) });
    this.form.querySelector(".present-title").textContent = this.isDark ? "" : soon;
    if (wasHidden) this.player.announce(this.isDark ? this.player.words[`${this.player.covered}-title`] : soon);
    if (this.isDark && !this.form.contains(document.activeElement)) this.form.querySelector("select, [type=password]")?.focus();
  }

  problem(text) {
    this.form.querySelector(".problem[role=alert]").textContent = text;
  }

  async confirm(event) {
    event.preventDefault();
    this.problem("");
    const body = new URLSearchParams(new FormData(this.form));
    const answer = await fetch(this.form.action, { method: "POST", body }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    for (const field of this.form.querySelectorAll('[type="password"]')) field.value = "";
    if ([401, 403, 404].includes(answer?.status)) return this.player.cover("lost");
    if (answer?.status !== 200) return this.problem(said?.message ?? this.player.words["away-note"]);
    this.sign();
    for (const kind of OURS) this.player.curtain.lift(kind);
    this.told(said);
    this.player.stage.focus();
    if (this.resume && !this.player.covered) this.player.playback.play();
    this.resume = false;
  }
}

/** Whoever leaves, and comes back in the same place. */
export class Leaving {
  constructor(player) {
    this.player = player;
    this.form = player.querySelector("[data-return]");
    player.addEventListener("click", (event) => {
      const button = event.target.closest("[data-leave]");
      if (button) this.leave(button);
    });
    this.form?.addEventListener("submit", (event) => this.comeBack(event));
  }

  /** Dark first, whatever the keeper answers. */
  async leave(button) {
    const { player, form } = this;
    if (player.curtain.isFinal) return;
    const { seat, person, display } = button.dataset;
    player.pause();
    player.cover("left", { name: display });
    player.others.postMessage("left");
    form.elements.name.value = person;
    form.querySelector("label").textContent = player.say("password-of", { name: display });
    await player.lastReport;
    const answer = await fetch("/viewing/leave", { method: "POST", body: new URLSearchParams({ seat }) }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    if (!said?.stays) player.curtain.draw("lost");
    player.finished();
    if (said?.stays) form.querySelector("[type=password]").focus();
  }

  async comeBack(event) {
    event.preventDefault();
    const { form, player } = this;
    form.querySelector(".problem[role=alert]").textContent = "";
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    form.elements.password.value = "";
    if (answer?.status === 200) return location.replace(said.to);
    if (answer?.status === 401) return location.reload();
    form.querySelector(".problem[role=alert]").textContent = said?.message ?? player.words["away-note"];
    form.elements.password.focus();
  }
}
