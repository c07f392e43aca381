// One POST per double click. The buttons of a form rest from the first submit until the answer. A button that rests
// loses the focus; it gets it back with the answer, unless somebody has gone elsewhere meanwhile.
let pressed = null;
const busy = (form, on) => {
  if (on) form.setAttribute("aria-busy", "true");
  else form.removeAttribute("aria-busy");
  const buttons = form.elements ? [...form.elements].filter((one) => one.type === "submit") : [form];
  for (const button of buttons) {
    if (on && button === document.activeElement) pressed = button;
    if (on && !button.disabled) { button.disabled = true; button.dataset.rests = ""; }
    if (!on && "rests" in button.dataset) { button.disabled = false; delete button.dataset.rests; }
  }
  if (!on && pressed?.isConnected && [null, document.body].includes(document.activeElement)) pressed.focus();
  if (!on) pressed = null;
};
const ours = (element) => (element.matches?.("form, button") ? element : null);

document.addEventListener("submit", (event) => {
  const form = event.target;
  // Opening in another tab leaves this page where it is, and a dialog form sends nothing.
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post" || form.target === "_blank") return;
  if (form.getAttribute("aria-busy") === "true") return event.preventDefault();
  form.setAttribute("aria-busy", "true");
  // After the browser has read the form: a disabled button would lose its name and value.
  setTimeout(() => busy(form, true));
});
// A page that comes back out of the browser's memory must be usable again.
addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach((form) => busy(form, false)));

document.addEventListener("htmx:beforeRequest", (event) => {
  const element = ours(event.detail.elt);
  if (!element || event.detail.requestConfig.verb === "get") return;
  if (element.getAttribute("aria-busy") === "true") return event.preventDefault();
  busy(element, true);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const element = ours(event.detail.elt);
  if (element) busy(element, false);
});
