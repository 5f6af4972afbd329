// What a player over a recording and a live one do alike with their screens.

const CODECS = { h264: "avc1.640028", hevc: "hvc1.1.6.L120.B0" };

/** The codecs that this browser plays, as the keeper names them. */
export function playable() {
  return Object.keys(CODECS).filter((name) => MediaSource.isTypeSupported(`video/mp4; codecs="${CODECS[name]}"`));
}

export function isAlone({ figure }) {
  return figure.classList.contains("alone");
}

/** One of `screens` over the whole stage, or all of them again. */
export function toggleAlone(stage, screens, chosen) {
  const alone = !isAlone(chosen);
  for (const screen of screens) {
    const now = alone && screen === chosen;
    screen.figure.classList.toggle("alone", now);
    screen.figure.querySelector("[data-solo]").setAttribute("aria-pressed", String(now));
  }
  stage.dataset.solo = alone ? "yes" : "no";
}

/** What lies over a screen that shows nothing; no title: nothing does. `kind` is what it looks like: a loss, or
 * "lead-in", which is none. */
export function putPlate(plate, title, note = "", kind = "loss") {
  plate.hidden = !title;
  plate.dataset.kind = kind;
  plate.firstElementChild.textContent = title ?? "";
  plate.lastElementChild.textContent = note ?? "";
}
