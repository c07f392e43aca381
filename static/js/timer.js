// A running job's clock: `data-since` is the ISO instant it started; `data-base` adds seconds worked before.
import { each } from "./ready.js";

each("[data-since]", (element) => {
  const since = Date.parse(element.dataset.since) - 1000 * Number(element.dataset.base || 0);
  const two = (number) => String(number).padStart(2, "0");
  const show = () => {
    if (!element.isConnected) return clearInterval(tick);
    const seconds = Math.max(0, Math.floor((Date.now() - since) / 1000));
    const text = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}`;
    element.textContent = "seconds" in element.dataset ? `${text}:${two(seconds % 60)}` : text;
    return undefined;
  };
  const tick = setInterval(show, 1000);
  show();
});
