// A moment typed into the jump field, as seconds from the grant's start: "14:05", "14:05:30", or with a date before it.
import { parts, readMoment } from "../roc.js";

/** {at: seconds}, or {problem: "unreadable" | "outside"}. A bare clock time means the day that lies in the range. */
export function readJump(text, startNs, seconds) {
  const found = text.normalize("NFKC").trim().match(/^(?:(.*?)[\sT]+)?(\d{1,2})[:時](\d{1,2})(?:[:分](\d{1,2}(?:\.\d{1,3})?)秒?)?$/);
  if (!found || Number(found[2]) > 23 || Number(found[3]) > 59 || Number(found[4] ?? 0) >= 60) return { problem: "unreadable" };
  const [, date, hour, minute, second = "0"] = found;
  const day = date ? readMoment(`${date} 0:00`) : parts(startNs);
  if (!day) return { problem: "unreadable" };
  const midnight = Date.UTC(day.year, day.month - 1, day.day) - 8 * 3600 * 1000;
  const offset = (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000;
  for (let later = 0; later <= (date ? 0 : Math.ceil(seconds / 86400)); later += 1) {
    const at = Number(BigInt(Math.round(midnight + offset + later * 86400000)) * 1000000n - startNs) / 1e9;
    if (at >= 0 && at < seconds) return { at };
  }
  return { problem: "outside" };
}
