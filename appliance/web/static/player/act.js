// The id of an act that this page sends: one that is sent twice is done once.

export function freshAct() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
