// A part of a form that another device may change as well says whether it was changed here: its hidden field
// `data-touched` (1 without JavaScript, so that the part is written) is empty until somebody works in `data-touch-box`.
import { each } from "./ready.js";

each("input[data-touched]", (field) => { field.value = ""; });
each("[data-touch-box]", (box) => {
  const touch = (event) => {
    const field = box.querySelector("input[data-touched]");
    if (field && event.target !== field && event.target.type !== "file") field.value = "1";
  };
  box.addEventListener("input", touch, { capture: true }); // before the form asks for a save
  box.addEventListener("change", touch, { capture: true });
});
