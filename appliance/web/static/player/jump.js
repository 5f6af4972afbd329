// A moment typed into the jump field, as seconds from the grant's start: a clock time, "14:05", "14:05:30", "1405",
// "14時5分", or one with a date before it, in all the ways in which intake takes them (roc_time.py).
import { parts, readMoment } from "../roc.js";

const DAY = 86400;
const DATE = "(?:(?!上午|下午)(.+?(?:[\\sT]|日)))?\\s*";
const HALF = "(上午|下午)?\\s*";
const CLOCK = new RegExp(`^${DATE}${HALF}(\\d{1,2})\\s*(?:[:.時点點]\\s*(?:(\\d{1,2})\\s*(?:[:分]\\s*(?:(\\d{1,2}(?:\\.\\d{1,3})?)\\s*秒?)?)?)?整?)?$`);
const COMPACT = new RegExp(`^${DATE}${HALF}(\\d{1,2}(?=\\d\\d$)|\\d\\d(?=\\d{4}$))(\\d\\d)(\\d\\d)?$`);

/** {date, seconds since midnight}; null where it is no clock time. Half a day is as on the form: 下午 2 is 14. */
function readTyped(plain) {
  const found = plain.match(CLOCK) ?? plain.match(COMPACT);
  if (!found) return null;
  const [, date, half, typed, minute = "0", second = "0"] = found;
  const hour = half ? (Number(typed) % 12) + (half === "下午" ? 12 : 0) : Number(typed);
  const seconds = hour * 3600 + Number(minute) * 60 + Number(second);
  const isClock = seconds <= DAY && (!half || Number(typed) < 13) && Number(minute) < 60 && Number(second) < 60;
  return isClock ? { date: date?.replace(/[\sT]+$/, ""), seconds } : null;
}

/** {at: seconds}, or {problem: "unreadable" | "outside"}. A bare clock time means the day that lies in the range. */
export function readJump(text, startNs, seconds) {
  const found = readTyped(text.normalize("NFKC").trim());
  const day = found?.date ? readMoment(`${found.date} 00:00`) : parts(startNs);
  if (!found || !day) return { problem: "unreadable" };
  const { date } = found;
  const midnight = Date.UTC(day.year, day.month - 1, day.day) - 8 * 3600 * 1000;
  const offset = found.seconds * 1000;
  for (let later = 0; later <= (date ? 0 : Math.ceil(seconds / 86400)); later += 1) {
    const at = Number(BigInt(Math.round(midnight + offset + later * 86400000)) * 1000000n - startNs) / 1e9;
    if (at >= 0 && at < seconds) return { at };
  }
  return { problem: "outside" };
}
