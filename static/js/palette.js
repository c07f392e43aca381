// The look-up: a dialog over any page. Arrow keys choose, Enter opens; Enter before the answer has come waits for it
// and opens the only result. Without JavaScript the same form posts and answers with a page.
const dialog = document.getElementById("palette");
const input = document.getElementById("palette-q");
const results = document.getElementById("palette-results");
let waiting = false; // Enter was pressed while the answer was on its way

export function openPalette(text = null) {
  if (!dialog) return false;
  if (!dialog.open) {
    for (const other of document.querySelectorAll("dialog[open]")) other.close();
    dialog.showModal();
  }
  if (text !== null) input.value = text;
  input.focus();
  if (text === null) input.select();
  window.htmx?.trigger(input, "palette-open"); // an empty look-up answers with the last vehicles and the parked drafts
  return true;
}
export function lookUp(code) {
  waiting = openPalette(code);
}

const rows = () => [...results.querySelectorAll("a[href], button[form]")];
const chosen = () => rows().find((row) => row.getAttribute("aria-selected") === "true");
function choose(row) {
  for (const one of rows()) one.setAttribute("aria-selected", String(one === row));
  if (!row) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", row.id);
  row.scrollIntoView({ block: "nearest" });
}

if (dialog) {
  // While pinyin is being composed the field holds half a word: look up when it is whole.
  document.addEventListener("input", (event) => { if (event.target === input && event.isComposing) event.stopImmediatePropagation(); }, true);
  input.addEventListener("compositionend", () => input.dispatchEvent(new Event("input", { bubbles: true })));

  let asked = input.value;
  input.addEventListener("htmx:beforeRequest", () => { asked = input.value; results.setAttribute("aria-busy", "true"); });
  input.addEventListener("htmx:afterRequest", () => results.removeAttribute("aria-busy"));
  results.addEventListener("htmx:afterSettle", () => {
    rows().forEach((row, index) => { row.id ||= `result-${index}`; row.setAttribute("role", "option"); row.tabIndex = -1; });
    choose(rows()[0]);
    if (waiting && asked === input.value) {
      waiting = false;
      if (rows().length === 1) rows()[0].click();
    }
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const all = rows();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) {
      event.preventDefault();
      choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (asked === input.value && chosen() && !results.hasAttribute("aria-busy")) chosen().click();
      else waiting = true;
    } else {
      waiting = false;
    }
  });
  dialog.addEventListener("close", () => { input.value = asked = ""; results.replaceChildren(); waiting = false; });

  // The shell's own field: typing in it goes on in the palette.
  for (const form of document.querySelectorAll("[data-palette-open]")) {
    const field = form.querySelector("input[name=q]");
    form.addEventListener("click", () => openPalette());
    field.addEventListener("input", (event) => {
      if (event.isComposing) return;
      openPalette(field.value);
      field.value = "";
    });
    field.addEventListener("compositionend", () => { openPalette(field.value); field.value = ""; });
    field.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); openPalette(); } });
  }
}
