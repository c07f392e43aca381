// Keys outside of fields: / and Ctrl-K look up, N and other `data-key` buttons, G then a letter goes (`data-go`),
// J and K move over the rows of `data-list` and the cards of a board, ? shows the list. Enter needs nothing: the focus is on the row's link.
import { openPalette } from "./palette.js";
import { inBurst } from "./wedge.js";

const SETTLE = 60; // ms: a letter waits this long, to see whether a scanner is typing
let going = -Infinity, pending = 0;

const typing = (element) => element?.closest?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]");
const visible = (element) => element.getClientRects().length > 0;
const press = (selector) => [...document.querySelectorAll(selector)].find((one) => visible(one) || one.dataset.go)?.click();

function move(step) {
  const rows = [...document.querySelectorAll("[data-list] > li, [data-list] > tr, [data-list] tbody > tr, .board .job")].filter(visible);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  const link = row && [...row.querySelectorAll("a[href], button:not([disabled]), summary")].find(visible);
  if (row && !link) row.tabIndex = -1;
  (link ?? row)?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function act(key) {
  if (performance.now() - going < 1500) {
    going = -Infinity;
    return press(`[data-go="${CSS.escape(key)}"]`);
  }
  if (key === "g") { going = performance.now(); return undefined; }
  if (key === "j") return move(1);
  if (key === "k") return move(-1);
  return press(`[data-key="${CSS.escape(key)}"]`);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    if (openPalette()) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !"jk".includes(event.key)) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "/") { if (openPalette()) event.preventDefault(); return; }
  if (event.key === "?") { document.getElementById("keys")?.showModal(); return; }
  if (!/^[a-z0-9]$/i.test(event.key)) return;
  clearTimeout(pending);
  const key = event.key.toLowerCase();
  pending = setTimeout(() => { if (!inBurst()) act(key); }, SETTLE);
});
