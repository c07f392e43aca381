// The walk-round: a click or tap on the car adds a numbered mark and a row of the formset under it; "Add mark" with a
// zone does the same by keyboard. x and y are percents of the whole drawing. Marks carried over from the last visit are
// hollow (`data-carried` on the row), new ones are filled. Where a zone stands is told by the drawing (`data-x`, `data-y`).
import { each } from "./ready.js";

const SVG = "http://www.w3.org/2000/svg";

each("[data-walkround]", (box) => {
  const car = box.querySelector("svg.car");
  const list = box.querySelector("[data-marks]");
  const form = box.querySelector("template[data-mark-row]");
  const total = box.querySelector("input[name$=-TOTAL_FORMS]");
  const layer = document.createElementNS(SVG, "g");
  car.append(layer);
  car.classList.add("live");

  const part = (row, name) => row.querySelector(`[name$="-${name}"]`);
  const rows = () => [...list.children].filter((row) => !row.hidden);
  const place = (zone) => car.querySelector(`[data-zone="${CSS.escape(zone)}"][data-x]`);

  function draw() {
    layer.replaceChildren();
    const { width, height } = car.viewBox.baseVal;
    const unit = width / (car.clientWidth || width); // marks keep their size on the screen, however small the drawing
    rows().forEach((row, index) => {
      row.querySelector(".no").textContent = index + 1;
      const mark = document.createElementNS(SVG, "g");
      mark.setAttribute("class", "carried" in row.dataset ? "mark carried" : "mark");
      const x = (Number(part(row, "x").value) / 100) * width, y = (Number(part(row, "y").value) / 100) * height;
      const disc = document.createElementNS(SVG, "circle"), number = document.createElementNS(SVG, "text");
      for (const [name, value] of [["cx", x], ["cy", y], ["r", 10 * unit]]) disc.setAttribute(name, value);
      for (const [name, value] of [["x", x], ["y", y], ["font-size", 12 * unit]]) number.setAttribute(name, value);
      number.textContent = index + 1;
      mark.append(disc, number);
      layer.append(mark);
    });
  }

  const round = (value) => (Math.round(value * 10) / 10).toString();
  function add(zone, view, x, y, focus) {
    const holder = document.createElement("ul");
    holder.innerHTML = form.innerHTML.replaceAll("__prefix__", total.value);
    const row = holder.firstElementChild;
    total.value = Number(total.value) + 1;
    list.append(row);
    part(row, "zone").value = zone;
    part(row, "view").value = view;
    part(row, "x").value = round(x);
    part(row, "y").value = round(y);
    draw();
    row.dispatchEvent(new Event("change", { bubbles: true }));
    if (focus) part(row, "kind").focus();
  }

  car.addEventListener("click", (event) => {
    const zone = event.target.closest("[data-zone]");
    if (!zone) return;
    const frame = car.getBoundingClientRect();
    add(zone.dataset.zone, zone.closest("[data-view]").dataset.view,
      ((event.clientX - frame.left) / frame.width) * 100, ((event.clientY - frame.top) / frame.height) * 100, event.pointerType === "mouse");
  });
  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-mark]")) {
      const zone = place(box.querySelector("[data-zone-choice]").value);
      if (zone) add(zone.dataset.zone, zone.closest("[data-view]").dataset.view, Number(zone.dataset.x), Number(zone.dataset.y), true);
    }
    const remove = event.target.closest("[data-remove-mark]");
    if (!remove) return;
    // The row stays in the form, marked as deleted, so that the formset's numbering holds.
    const row = remove.closest("[data-marks] > *");
    part(row, "DELETE").type === "checkbox" ? (part(row, "DELETE").checked = true) : (part(row, "DELETE").value = "on");
    row.hidden = true;
    draw();
    row.dispatchEvent(new Event("change", { bubbles: true }));
    box.querySelector("[data-add-mark]")?.focus();
  });
  // Another zone chosen in the row moves the mark there.
  list.addEventListener("change", (event) => {
    const zone = event.target.matches?.('[name$="-zone"]') && place(event.target.value);
    if (!zone) return;
    const row = event.target.closest("[data-marks] > *");
    part(row, "view").value = zone.closest("[data-view]").dataset.view;
    part(row, "x").value = zone.dataset.x;
    part(row, "y").value = zone.dataset.y;
    draw();
  });
  list.addEventListener("focusin", (event) => hot(event, true));
  list.addEventListener("focusout", (event) => hot(event, false));
  function hot(event, on) {
    const row = event.target.closest("[data-marks] > *");
    place(part(row, "zone").value)?.classList.toggle("hot", on);
  }
  new ResizeObserver(draw).observe(car);
});
