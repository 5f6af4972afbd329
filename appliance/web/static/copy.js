// A copy that is made, or read back from its medium: the share that is done, until there is something else to show.

const POLL_MS = 1000;

class CopyProgress extends HTMLElement {
  connectedCallback() {
    this.bar = this.querySelector("meter");
    this.share = this.querySelector("[data-percent]");
    this.words = this.querySelector("[data-words]");
    this.timer = setInterval(() => this.ask(), POLL_MS);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async ask() {
    try {
      const answer = await fetch(this.dataset.state);
      if (answer.status === 401) return location.reload();
      if (!answer.ok) return undefined;
      const { state, percent, words } = await answer.json();
      if (state !== "making") return location.replace(this.dataset.page);
      this.bar.value = percent / 100;
      this.share.textContent = `${percent} %`;
      if (words && this.words && this.words.textContent !== words) this.words.textContent = words;
    } catch {
      // the box does not answer now; the next turn asks again
    }
    return undefined;
  }
}

customElements.define("copy-progress", CopyProgress);
