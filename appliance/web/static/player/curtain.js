// What lies over the pictures when they must not be seen, and why. `veiled` is lifted when the keeper answers again; all
// other kinds are final.

const SAID_AS = { tampered: ["lost-title", "tampered"] };

export class Curtain {
  constructor(player, words) {
    Object.assign(this, { player, words });
    this.sheet = player.querySelector(".curtain");
    this.kind = null;
  }

  get isFinal() {
    return this.kind !== null && this.kind !== "veiled";
  }

  draw(kind) {
    const [title, note] = SAID_AS[kind] ?? [`${kind}-title`, `${kind}-note`];
    this.kind = this.player.dataset.covered = kind;
    this.sheet.hidden = false;
    this.sheet.querySelector(".curtain-title").textContent = this.words[title];
    this.sheet.querySelector(".curtain-note").textContent = this.words[note];
  }

  lift() {
    this.kind = null;
    delete this.player.dataset.covered;
    this.sheet.hidden = true;
  }
}
