// A scanner types like a keyboard, only faster: six or more characters less than 35 ms apart, then Enter. Wherever it
// happens, the code goes to the look-up, and never to a shortcut or into a field that did not ask for it. A field with
// `data-scan` takes its own codes (parts, gate). Loaded before keys.js, which asks `inBurst`.
import { lookUp } from "./palette.js";

const GAP = 35; // ms; a person needs 80 or more between two keys
const LEAST = 6; // characters; below it, a fast pair of keys would count
let code = "", last = -Infinity, burst = -Infinity, target = null, before = "";

export const inBurst = () => performance.now() - burst < 200;

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const now = event.timeStamp;
  if (event.key === "Enter") {
    const scanned = code.length >= LEAST && now - last < GAP * 2 ? code : "";
    const field = target;
    code = "";
    if (!scanned || field?.closest?.("[data-scan]") || !document.getElementById("palette")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (field && "value" in field && typeof before === "string") {
      field.value = before;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    lookUp(scanned);
    return;
  }
  if (event.key.length !== 1) return;
  if (now - last >= GAP || event.target !== target) {
    code = "";
    target = event.target;
    before = "value" in target ? target.value : null;
  }
  code += event.key;
  last = now;
  if (code.length > 1) burst = now;
}, true);
