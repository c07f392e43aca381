// The gate's camera: where the browser reads codes by itself (BarcodeDetector), a button starts the camera, and the
// first QR code that it sees is sent like a typed one. Everywhere else the button stays hidden and the field is there.
import { each } from "./ready.js";

const PAUSE = 150; // ms between two looks

each("[data-camera]", async (box) => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!formats.includes("qr_code")) return;
  const field = document.getElementById(box.dataset.camera);
  const start = box.querySelector("[data-camera-start]"), video = box.querySelector("video");
  const reader = new BarcodeDetector({ formats: ["qr_code"] });
  box.hidden = false;

  const stop = () => {
    video.srcObject?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    video.hidden = true;
    start.hidden = false;
  };
  async function look() {
    if (!video.srcObject) return;
    const [found] = await reader.detect(video).catch(() => []);
    if (!found) return void setTimeout(look, PAUSE);
    field.value = found.rawValue;
    stop();
    field.form.requestSubmit();
  }
  start.addEventListener("click", async () => {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      box.querySelector("[data-camera-no]").hidden = false;
      field.focus();
      return;
    }
    start.hidden = true;
    video.hidden = false;
    await video.play();
    look();
  });
  addEventListener("pagehide", stop);
});

each("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
