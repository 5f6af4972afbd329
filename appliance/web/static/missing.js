// A form with something missing says so in the page, beside the field and above the form, and nothing of it is sent or
// lost. The browser's own bubble stands in no document and is gone with the next key; without this script it remains.

const words = document.querySelector("main").dataset;
const waiting = new Map();

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const isChoice = (field) => field.type === "radio" || field.type === "checkbox";

function nameOf(field) {
  const legend = isChoice(field) && field.closest("fieldset")?.querySelector("legend");
  const label = (legend || field.labels[0]).cloneNode(true);
  for (const aside of label.querySelectorAll(".optional, .choice-note")) aside.remove();
  return label.textContent.trim();
}

function problemOf(field) {
  const { validity } = field;
  if (validity.tooShort) return filled(words.short, { least: field.minLength });
  if (validity.patternMismatch) return words.digits;
  if (!validity.valueMissing) return field.validationMessage;
  return field.type === "file" ? words.file : isChoice(field) || field.matches("select") ? words.choose : words.fill;
}

/** Beside the field, and for whoever only hears it. */
function mark(field) {
  const problem = document.createElement("p");
  problem.className = "problem missing";
  problem.id = `${field.id}-missing`;
  problem.textContent = problemOf(field);
  const box = field.closest("fieldset, .field");
  box?.classList.add("field-bad");
  const place = isChoice(field) ? field.closest("fieldset, .choices") : field;
  if (isChoice(field)) place.append(problem);
  else place.after(problem);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${problem.id}`.trim());
}

function unmark(field) {
  const problem = document.getElementById(`${field.id}-missing`);
  if (!problem) return;
  problem.remove();
  field.closest("fieldset, .field")?.classList.remove("field-bad");
  field.removeAttribute("aria-invalid");
  const rest = field.getAttribute("aria-describedby").split(" ").filter((id) => id !== problem.id);
  if (rest.length) field.setAttribute("aria-describedby", rest.join(" "));
  else field.removeAttribute("aria-describedby");
  const notice = field.form.querySelector(".missing-list");
  notice?.querySelector(`[href="#${CSS.escape(field.id)}"]`)?.parentElement.remove();
  if (!notice?.querySelector("li")) notice?.remove();
}

function say(form, fields) {
  for (const field of form.elements) if (field.id) unmark(field);
  const notice = document.createElement("div");
  notice.className = "notice notice-bad missing-list";
  notice.setAttribute("role", "alert");
  const title = document.createElement("p");
  title.className = "notice-title";
  title.textContent = filled(fields.length > 1 ? words.problems : words.problem, { count: fields.length });
  const list = document.createElement("ul");
  for (const [at, field] of fields.entries()) {
    field.id ||= `missing-${at}-${Math.random().toString(36).slice(2)}`;
    const way = document.createElement("a");
    way.href = `#${field.id}`;
    way.textContent = `${nameOf(field)}${words.colon}${problemOf(field)}`;
    list.append(document.createElement("li"));
    list.lastChild.append(way);
    mark(field);
  }
  notice.append(title, list);
  form.prepend(notice);
  fields[0].focus();
}

document.addEventListener(
  "invalid",
  (event) => {
    event.preventDefault();
    const { form, name, type } = event.target;
    if (!waiting.has(form)) {
      waiting.set(form, []);
      setTimeout(() => {
        say(form, waiting.get(form));
        waiting.delete(form);
      });
    }
    const fields = waiting.get(form);
    if (type !== "radio" || !fields.some((field) => field.type === "radio" && field.name === name)) fields.push(event.target);
  },
  true,
);

document.addEventListener("input", ({ target }) => {
  if (!target.form) return;
  const group = target.type === "radio" ? target.form.querySelectorAll(`[type=radio][name="${CSS.escape(target.name)}"]`) : [target];
  for (const field of group) if (field.id && field.validity.valid) unmark(field);
});
