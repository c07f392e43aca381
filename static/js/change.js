// The change, while the cash is typed; the server counts it again. `data-change` holds its label.
import { each } from "./ready.js";

each("[data-change]", (out) => {
  const form = out.closest("form");
  const cents = (name) => {
    const text = form.elements[name].value.trim();
    return /^\d+(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : NaN;
  };
  form.addEventListener("input", () => {
    const change = cents("tendered") - cents("amount");
    out.textContent = change >= 0 ? `${out.dataset.change} ${(change / 100).toFixed(2)}` : "";
  });
});
