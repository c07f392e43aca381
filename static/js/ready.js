// Runs `set` for every element matching `selector`, now and after each htmx swap, once an element.
export function each(selector, set) {
  const seen = new WeakSet();
  const run = (root) => {
    const found = root.matches?.(selector) ? [root, ...root.querySelectorAll(selector)] : root.querySelectorAll(selector);
    for (const element of found) if (!seen.has(element)) { seen.add(element); set(element); }
  };
  run(document);
  document.addEventListener("htmx:load", (event) => run(event.detail.elt));
}
