// A signature by mouse, finger or pen: strokes go to a canvas and, as a PNG, into the hidden field beside it. Paper is
// white and ink is dark whatever the theme, because the picture is printed. The typed name stays as the other way.
import { each } from "./ready.js";

each("[data-signature]", (box) => {
  const canvas = box.querySelector("canvas");
  const field = box.querySelector("input[type=hidden]");
  const pen = canvas.getContext("2d");
  let strokes = []; // each a list of [x, y] in shares of the width and height, so that turning the tablet keeps them
  let stroke = null;

  function draw() {
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    const scale = Math.min(3, window.devicePixelRatio || 1);
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    pen.scale(scale, scale);
    Object.assign(pen, { lineWidth: 2.2, lineCap: "round", lineJoin: "round", strokeStyle: "#17211f", fillStyle: "#17211f" });
    for (const points of strokes) {
      pen.beginPath();
      points.forEach(([x, y], index) => pen[index ? "lineTo" : "moveTo"](x * width, y * height));
      if (points.length === 1) pen.arc(points[0][0] * width, points[0][1] * height, 1.4, 0, 7), pen.fill();
      else pen.stroke();
    }
  }
  const at = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
  };
  function keep() {
    field.value = strokes.length ? canvas.toDataURL("image/png") : "";
    box.classList.toggle("signed", strokes.length > 0);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    strokes.push(stroke = [at(event)]);
    box.classList.add("signed");
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    for (const step of event.getCoalescedEvents?.() ?? [event]) stroke.push(at(step));
    draw();
  });
  const end = () => { if (stroke) { stroke = null; keep(); } };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  box.querySelector("[data-clear]")?.addEventListener("click", () => { strokes = []; draw(); keep(); });
  new ResizeObserver(draw).observe(canvas);

  // A form that came back with errors brings its signature along.
  if (field.value.startsWith("data:image/png")) {
    const before = new Image();
    before.onload = () => { draw(); pen.drawImage(before, 0, 0, canvas.clientWidth, canvas.clientHeight); };
    before.src = field.value;
    box.classList.add("signed");
  }
});
