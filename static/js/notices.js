// Small matters of attention: the error summary takes the focus, a banner can be closed, an undo bar leaves after its
// seconds, dialogs open from their buttons, and a menu closes when one clicks beside it.
import { each } from "./ready.js";

each("[data-focus]", (element) => element.focus());

each("[data-undo]", (bar) => {
  let left = Number(bar.dataset.undo) || 10, most = 3 * left; // the server waits no longer than that
  const shown = bar.querySelector("[data-undo-left]");
  const tick = setInterval(() => {
    if (!bar.isConnected) return clearInterval(tick);
    most -= 1;
    if (most > 0 && bar.matches(":hover, :focus-within")) return;
    left -= 1;
    if (shown) shown.textContent = Math.max(left, 0);
    if (left <= 0 || most <= 0) { clearInterval(tick); bar.remove(); }
  }, 1000);
});

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".banner, .undo")?.remove();
  const opener = event.target.closest("[data-open]");
  if (opener) document.querySelector(opener.dataset.open)?.showModal();
  if (event.target instanceof HTMLDialogElement && event.target.open && !event.target.dataset.desk) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && event.detail > 0) event.target.close(); // detail 0: a key pressed inside, not a click beside
  }
  for (const menu of document.querySelectorAll("details[data-light][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-light][open]")) { menu.open = false; menu.querySelector("summary").focus(); }
});
