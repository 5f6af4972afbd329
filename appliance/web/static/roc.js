// Taiwan's time, exact to what is asked, and the office's way of writing it. The server's twin is roc_time.py.

const OFFSET_MS = 8 * 3600 * 1000;
const two = (number) => String(number).padStart(2, "0");

/** A moment from nanoseconds (BigInt): its local parts, with the fraction in microseconds. */
export function parts(ns) {
  const micro = ns / 1000n;
  const at = new Date(Number(micro / 1000n) + OFFSET_MS);
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    weekday: (at.getUTCDay() + 6) % 7,
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    micro: Number(micro % 1000000n),
  };
}

export function dayText(p, lang) {
  return lang === "zh"
    ? `民國 ${p.year - 1911} 年 ${p.month} 月 ${p.day} 日`
    : `${p.year}-${two(p.month)}-${two(p.day)}`;
}

export function clockText(p, digits = 0) {
  const whole = `${two(p.hour)}:${two(p.minute)}:${two(p.second)}`;
  return digits ? `${whole}.${String(p.micro).padStart(6, "0").slice(0, digits)}` : whole;
}

/** "1 小時 5 分", "3 s": the two largest units. */
export function lengthText(seconds, words) {
  const units = [["hours", 3600], ["minutes", 60], ["seconds", 1]];
  const said = [];
  let left = Math.max(1, Math.round(seconds));
  for (const [name, size] of units) {
    const count = Math.floor(left / size);
    if (count && said.length < 2) said.push(`${count} ${words[name]}`);
    left %= size;
  }
  return said.join(" ");
}

/** What stands between the parts of a list, as the language writes it. */
export function signsOf(lang) {
  return lang === "zh" ? { colon: "：", comma: "、", semicolon: "；" } : { colon: ": ", comma: ", ", semicolon: "; " };
}

/** Year, month, day, hour, minute out of something typed or pasted, or null. ROC years below 1912 become Gregorian. */
export function readMoment(text) {
  const plain = text.normalize("NFKC").trim();
  const written = /^(?:民國|ROC)?\s*(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\s*T?\s*(\d{1,2})\s*[:時點]\s*(\d{1,2})\s*分?$/i;
  const compact = /^(\d{2,4}?)(\d{2})(\d{2})[\sT]+(\d{2}):?(\d{2})$/;
  const found = plain.match(written) ?? plain.match(compact);
  if (!found) return null;
  return checked(found.slice(1).map(Number));
}

/** The same five numbers if they are a real moment, the year Gregorian; else null. */
export function checked([year, month, day, hour, minute]) {
  const full = year > 1911 ? year : year + 1911;
  const at = new Date(Date.UTC(full, month - 1, day, hour, minute));
  const same = at.getUTCFullYear() === full && at.getUTCMonth() === month - 1 && at.getUTCDate() === day
    && at.getUTCHours() === hour && at.getUTCMinutes() === minute;
  return same ? { year: full, month, day, hour, minute, weekday: (at.getUTCDay() + 6) % 7 } : null;
}
