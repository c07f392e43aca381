// Photos: taken by the camera, made small in the browser (1600 px JPEG; drawing them anew also leaves EXIF and its
// place behind), sent in the background one by one, each with its own retry. Without JavaScript the file field posts
// with its form. The server answers JSON `{"id": …}`; with `data-name` the id is kept as a hidden field of the form.
import { askForLogin } from "./failure.js";
import { send, SignedOut } from "./net.js";
import { each } from "./ready.js";
import { say } from "./words.js";

const LONGEST = 1600;

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
  let queue = Promise.resolve();
  const tell = () => { if (count) count.textContent = say("photosCount", shelf.querySelectorAll(".photo:not([data-failed])").length); };

  function take(file) {
    const item = document.createElement("li");
    item.className = "photo";
    const picture = document.createElement("img");
    picture.alt = say("photo", shelf.children.length + 1);
    const state = document.createElement("span");
    state.className = "state";
    state.textContent = say("uploading");
    item.append(picture, state);
    shelf.append(item);
    const ready = small(file);
    ready.then((blob) => { picture.src = URL.createObjectURL(blob); });

    const upload = async () => {
      item.setAttribute("aria-busy", "true");
      delete item.dataset.failed;
      item.querySelector("button")?.remove();
      try {
        const body = new FormData();
        body.append(input.name || "photo", await ready, "photo.jpg");
        for (const [name, value] of Object.entries(box.dataset)) if (name.startsWith("with")) body.append(name.slice(4).toLowerCase(), value);
        const answer = await send(box.dataset.uploadUrl, { body });
        if (!answer.ok) throw answer;
        const { id } = await answer.json().catch(() => ({}));
        if (id && box.dataset.name) {
          const kept = Object.assign(document.createElement("input"), { type: "hidden", name: box.dataset.name, value: id });
          item.append(kept);
        }
        state.textContent = say("uploaded");
      } catch (trouble) {
        if (trouble instanceof SignedOut) askForLogin();
        item.dataset.failed = "";
        const again = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: `${say("notSaved")} ${say("retry")}` });
        again.addEventListener("click", () => { queue = queue.then(upload); });
        item.append(again);
      } finally {
        item.removeAttribute("aria-busy");
        tell();
      }
    };
    queue = queue.then(upload);
    tell();
  }

  input.addEventListener("change", () => {
    [...input.files].forEach(take);
    input.value = ""; // else the form would post them once more
    input.required = false;
  });
});
