// Sound of one camera at a time: of the one that is alone, else of the one that leads.
import { isAlone } from "./screens.js";

export class Sound {
  /** `button`: says whether sound is on, and of which camera. */
  constructor(player, button) {
    Object.assign(this, { player, button, on: false });
  }

  /** Whoever asks for sound asks by a click or a key: that lets every camera play with its sound from then on. */
  toggle() {
    if (!this.on) for (const track of this.player.tracks) track.unlock();
    this.hear(!this.on);
  }

  /** Another camera may lead now, or be alone. */
  follow() {
    this.hear(this.on);
  }

  hear(on) {
    const { tracks, playback } = this.player;
    this.on = on;
    const heard = on ? tracks.find(isAlone) ?? playback.lead ?? tracks[0] : null;
    for (const track of tracks) track.hear(track === heard);
    if (this.button.getAttribute("aria-pressed") === String(on) && this.heard === heard) return;
    this.heard = heard;
    this.button.setAttribute("aria-pressed", String(on));
    this.button.querySelector("[data-heard]").textContent = heard?.number ?? "";
  }

  /** A browser that lets nothing play with sound shows it without, and says so. */
  refused(track) {
    const { player } = this;
    if (!track.heard || player.covered) return;
    this.hear(false);
    player.announce(player.words["sound-refused"]);
  }
}
