// Live boards without a held connection: every `data-poll` seconds a conditional GET; 304 costs nothing. The content is
// swapped only while nobody works in it (focus, drag, open menu or dialog, a field that says something else than it did); when what is seen is older than 15 s, it says so in
// `[data-poll-age]`. `data-poll-url` is the address, else the page's own; the element needs an id.
import { askForLogin } from "./failure.js";
import { send, SignedOut } from "./net.js";
import { each } from "./ready.js";
import { say } from "./words.js";

const OLD = 15; // s
// Somebody works in it, or something of it is on its way.
const BUSY = ".dragging, details[open]:not([data-quiet]), dialog[open], [aria-busy=true], [data-waiting], input[data-touched]:not([value=''])";

// A field whose value is not the one that it came with: what was typed stays, also when the eyes went elsewhere.
const edited = (field) => {
  if (field.type === "hidden" || field.readOnly) return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const chosen = [...field.options].findLastIndex((option) => option.defaultSelected);
  return field.options.length > 0 && field.selectedIndex !== Math.max(0, chosen);
};

each("[data-poll]", (box) => {
  const every = 1000 * Math.max(2, Number(box.dataset.poll) || 10);
  const age = box.querySelector("[data-poll-age]") ?? document.querySelector("[data-poll-age]");
  let etag = box.dataset.etag || null, fresh = Date.now(), held = null, asking = false;

  const inUse = () => {
    const focused = document.activeElement;
    return (focused !== document.body && box.contains(focused)) || box.querySelector(BUSY) || document.querySelector("dialog:modal")
      || [...box.querySelectorAll("input, select, textarea")].some(edited);
  };
  function swap() {
    if (held === null || inUse()) return;
    const page = new DOMParser().parseFromString(held, "text/html");
    const next = page.getElementById(box.id);
    box.replaceChildren(...(next ?? page.body).childNodes);
    held = null;
    fresh = Date.now();
    window.htmx?.process(box);
    box.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: box } }));
  }
  async function ask() {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const headers = { "HX-Request": "true", "X-Poll": "1", "HX-Target": box.id, ...(etag ? { "If-None-Match": etag } : {}) };
      const answer = await send(box.dataset.pollUrl || location.href, { method: "GET", headers, cache: "no-store" });
      if (answer.status === 304 && held === null) fresh = Date.now();
      else if (answer.status === 410) location.reload(); // its address has ended: the page says so
      else if (answer.ok) { etag = answer.headers.get("ETag"); held = await answer.text(); }
    } catch (trouble) {
      if (trouble instanceof SignedOut) { clearInterval(asks); askForLogin(); } // otherwise the age tells it
    } finally {
      asking = false;
    }
    swap();
  }
  const asks = setInterval(() => (box.isConnected ? ask() : clearInterval(asks)), every);
  const ages = setInterval(() => {
    if (!box.isConnected) return clearInterval(ages);
    swap();
    const seconds = Math.round((Date.now() - fresh) / 1000);
    const place = age?.isConnected ? age : box.querySelector("[data-poll-age]");
    if (place) { place.textContent = seconds > OLD ? say("age", seconds) : ""; place.hidden = seconds <= OLD; }
    return undefined;
  }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
});
