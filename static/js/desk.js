// A shared desk: locks itself after `data-desk` seconds without a hand on it, or by its button. The lock is a dialog over
// the page, which stays as it is with all that was typed; a PIN opens it, the person's own or another's.
import { lockOver } from "./failure.js";
import { send } from "./net.js";

const dialog = document.getElementById("session");
const after = Number(dialog?.dataset.desk) * 1000;

if (after) {
  let last = Date.now();
  const lock = () => {
    lockOver(dialog);
    send(dialog.dataset.lockUrl).catch(() => {}); // the server locks by itself a little later
  };
  for (const kind of ["pointerdown", "keydown", "wheel"]) document.addEventListener(kind, () => { if (!dialog.open) last = Date.now(); }, { capture: true, passive: true });
  setInterval(() => { if (!dialog.open && Date.now() - last > after) lock(); }, 1000);

  document.addEventListener("submit", (event) => {
    if (!event.target.closest("[data-lock]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    lock();
  }, true);
  dialog.addEventListener("cancel", (event) => event.preventDefault());

  document.addEventListener("htmx:afterSwap", (event) => {
    const done = event.target.querySelector?.("[data-unlocked]");
    if (!done) return;
    for (const place of document.querySelectorAll("[data-me]")) place.textContent = done.dataset.name;
    const told = done.querySelector("[data-told]")?.textContent;
    last = Date.now();
    dialog.close();
    document.getElementById("desk-pin").replaceChildren();
    if (!told) return;
    const banner = Object.assign(document.createElement("div"), { className: "banner risk", role: "status", textContent: told });
    document.getElementById("banners")?.prepend(banner);
  });
}
