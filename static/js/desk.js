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

  // The lock is open: the page goes on where it was; if somebody else opened it, that is said.
  const open = (name, told) => {
    for (const place of document.querySelectorAll("[data-me]")) place.textContent = name;
    last = Date.now();
    dialog.close();
    document.getElementById("desk-pin").replaceChildren();
    if (!told) return;
    const banner = Object.assign(document.createElement("div"), { className: "banner risk", textContent: told });
    banner.setAttribute("role", "status");
    document.getElementById("banners")?.prepend(banner);
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    const done = event.target.querySelector?.("[data-unlocked]");
    if (done) open(done.dataset.name, done.querySelector("[data-told]")?.textContent);
  });
  // Back from another tab, where somebody may have signed in with the password.
  addEventListener("focus", async () => {
    if (!dialog.open) return;
    try {
      const answer = await send(dialog.dataset.checkUrl, { method: "GET" });
      if (!answer.ok) return;
      const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-me]")?.textContent;
      if (now) open(now, now === document.querySelector("[data-me]")?.textContent ? "" : dialog.dataset.now);
    } catch { /* still locked, or no connection: the lock stays */ }
  });
}
