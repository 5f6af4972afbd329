// The status page kept up to date: over one WebSocket; by polling when that does not come through; honestly old when
// neither does.

const POLL_MS = 5000;
const SVG = "http://www.w3.org/2000/svg";

class Status extends HTMLElement {
  connectedCallback() {
    this.words = this.querySelector("[data-words]").dataset;
    this.link = this.querySelector("[data-link]");
    this.announced = this.querySelector("h1").textContent;
    this.failures = 0;
    // A second log-in ends the token that this page asks with before its answer is here; to reload then would lose it.
    window.addEventListener("submit", (event) => (this.leaving ||= !event.defaultPrevented));
    this.connect();
  }

  disconnectedCallback() {
    this.socket?.close();
    clearTimeout(this.timer);
  }

  connect() {
    this.socket = new WebSocket(`wss://${location.host}/status/live`);
    this.socket.addEventListener("message", (event) => {
      this.failures = 0;
      this.show(JSON.parse(event.data), "live", this.words.linkLive);
    });
    this.socket.addEventListener("close", (event) => (event.code === 4401 ? this.reload() : this.poll()));
  }

  async poll() {
    try {
      const answer = await fetch("/status/now");
      if (answer.status === 401) return this.reload();
      if (!answer.ok) throw new Error(answer.status);
      this.show(await answer.json(), "polling", this.words.linkPolling);
      this.failures += 1;
    } catch {
      this.failures += 1;
      this.say("lost", this.words.linkLost);
    }
    this.timer = setTimeout(() => (this.failures % 6 === 5 ? this.connect() : this.poll()), POLL_MS);
  }

  say(state, text) {
    this.link.dataset.linkState = state;
    this.link.textContent = text;
  }

  show(view, state, text) {
    this.say(state, text);
    for (const node of this.querySelectorAll("[data-bind]")) node.textContent = view[node.dataset.bind];
    for (const node of this.querySelectorAll("[data-bind-state]")) node.dataset.state = view[node.dataset.bindState];
    for (const node of this.querySelectorAll("[data-meter]")) node.value = view[node.dataset.meter];
    for (const node of this.querySelectorAll("[data-bind-mark]")) node.dataset.mark = view[node.dataset.bindMark];
    for (const node of this.querySelectorAll("[data-bind-rung]")) node.dataset.rung = view[node.dataset.bindRung];
    for (const camera of view.cameras) this.showCamera(camera);
    this.showFindings(view.findings);
    if (view.headline !== this.announced) {
      this.announced = view.headline;
      this.querySelector("[data-announce]").textContent = view.headline;
    }
    if (view.cameras.length !== this.querySelectorAll("[data-camera]").length) this.reload();
  }

  reload() {
    if (!this.leaving) location.reload();
  }

  showCamera(camera) {
    const card = this.querySelector(`[data-camera="${CSS.escape(camera.camera_no)}"]`);
    if (!card) return;
    card.dataset.state = camera.state;
    card.querySelector(".state").dataset.state = camera.state;
    for (const node of card.querySelectorAll("[data-field]")) node.textContent = camera[node.dataset.field];
    card.querySelector("[data-stale]").dataset.stale = camera.written_stale ? "yes" : "no";
    card.querySelector("[data-gaps]").dataset.gaps = camera.gap_count ? "some" : "none";
    const strip = card.querySelector("[data-strip]");
    strip.setAttribute("aria-label", camera.strip_text);
    strip.replaceChildren(...camera.strip.map((piece) => {
      const bar = document.createElementNS(SVG, "rect");
      for (const [name, value] of Object.entries({ class: `strip-${piece.kind}`, x: piece.x, y: 0, width: piece.width, height: 10 })) bar.setAttribute(name, value);
      return bar;
    }));
  }

  showFindings(findings) {
    const list = this.querySelector("[data-findings]");
    list.hidden = !findings.length;
    list.replaceChildren(...findings.map((finding) => {
      const item = document.createElement("li");
      item.className = `notice notice-${finding.severity === "red" ? "bad" : "warn"}`;
      const place = finding.href ? item.appendChild(document.createElement("a")) : item;
      if (finding.href) place.href = finding.href;
      place.textContent = finding.text;
      return item;
    }));
  }
}
customElements.define("or-status", Status);
