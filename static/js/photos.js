// Photos: taken by the camera, made small in the browser (1600 px JPEG; drawing them anew also leaves EXIF and its
// place behind), sent in the background one by one. What does not arrive is kept by the browser and sent again by
// itself: after a while, when the network is back, when the page is opened again. Each photo has a key, so that one
// whose answer was lost is kept once. Without JavaScript the file field posts with its form. The server answers JSON
// `{"id": …}`; with `data-name` the id is kept as a hidden field of the form.
import { askForLogin } from "./failure.js";
import { send, SignedOut } from "./net.js";
import { each } from "./ready.js";
import { drop, newKey, put, waiting } from "./shelf.js";
import { say } from "./words.js";

const LONGEST = 1600;
const SOONEST = 2000, LATEST = 30_000; // ms until the next try

async function small(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85))) ?? file;
  } catch {
    return file; // a format this browser cannot draw: the server reads it, or says why not
  }
}

each("[data-photos]", (box) => {
  const input = box.querySelector("input[type=file]");
  const shelf = box.querySelector("[data-thumbs]");
  const count = box.querySelector("[data-photo-count]");
  const url = box.dataset.uploadUrl;
  let queue = Promise.resolve(), pause = SOONEST;
  const late = new Set(); // uploads to try again

  function tell() {
    const there = shelf.querySelectorAll(".photo:not([data-waiting]):not([data-failed])").length;
    const left = shelf.querySelectorAll(".photo[data-waiting]").length;
    if (count) count.textContent = [there && say("photosCount", there), left && say("photosWaiting", left)].filter(Boolean).join(" · ");
  }
  function retry() {
    const again = [...late];
    late.clear();
    for (const upload of again) queue = queue.then(upload);
  }

  function show(key, ready) {
    const item = document.createElement("li");
    item.className = "photo";
    item.dataset.waiting = "";
    const picture = document.createElement("img");
    picture.alt = say("photo", shelf.children.length + 1);
    const state = document.createElement("span");
    state.className = "state";
    state.textContent = say("uploading");
    item.append(picture, state);
    shelf.append(item);
    ready.then((blob) => { picture.src = URL.createObjectURL(blob); });

    const upload = async () => {
      item.setAttribute("aria-busy", "true");
      delete item.dataset.failed;
      item.dataset.waiting = "";
      item.querySelector("button")?.remove();
      try {
        const body = new FormData();
        body.append(input.name || "photo", await ready, "photo.jpg");
        body.append("key", key);
        for (const [name, value] of Object.entries(box.dataset)) if (name.startsWith("with")) body.append(name.slice(4).toLowerCase(), value);
        const answer = await send(url, { body });
        if (!answer.ok) throw answer;
        const { id } = await answer.json().catch(() => ({}));
        if (id && box.dataset.name) {
          const kept = Object.assign(document.createElement("input"), { type: "hidden", name: box.dataset.name, value: id });
          item.append(kept);
        }
        await drop(key);
        delete item.dataset.waiting;
        state.textContent = say("uploaded");
        pause = SOONEST;
      } catch (trouble) {
        if (trouble instanceof SignedOut) askForLogin();
        const refused = trouble instanceof Response && trouble.status >= 400 && trouble.status < 500;
        if (refused) { // sent again it would be refused again
          await drop(key);
          delete item.dataset.waiting;
          item.dataset.failed = "";
          const again = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: `${say("notSaved")} ${say("retry")}` });
          again.addEventListener("click", () => { queue = queue.then(upload); });
          item.append(again);
        } else {
          state.textContent = say("waiting");
          late.add(upload);
          setTimeout(retry, pause);
          pause = Math.min(pause * 2, LATEST);
        }
      } finally {
        item.removeAttribute("aria-busy");
        tell();
      }
    };
    queue = queue.then(upload);
    tell();
  }

  function take(file) {
    const key = newKey(), ready = small(file);
    // First kept, then sent: what the browser has, a closed page does not lose.
    const kept = ready.then(async (blob) => { await put({ key, url, blob }); return blob; });
    show(key, kept);
  }

  input.addEventListener("change", () => {
    [...input.files].forEach(take);
    input.value = ""; // else the form would post them once more
    input.required = false;
  });
  addEventListener("online", retry);
  waiting(url).then((photos) => photos.forEach((photo) => show(photo.key, Promise.resolve(photo.blob))));
});
