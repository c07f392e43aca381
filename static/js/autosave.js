// Drafts save themselves. A form with `data-autosave="url"` is posted whole, 800 ms after the last key; the answer is
// the sentence to show ("Saved 10:31:08") in `[data-autosave-status]`. Fields are never swapped, so nothing is lost
// under the fingers. An `X-Version` header renews the form's hidden `version`, `X-Walk-Version` its `walk_version`.
import { clearFailure, explain } from "./failure.js";
import { send } from "./net.js";
import { each } from "./ready.js";
import { say } from "./words.js";

each("form[data-autosave]", (form) => {
  let due = 0, sending = false, dirty = false, failed = false, waiting = null;
  const status = () => form.querySelector("[data-autosave-status]") ?? document.querySelector("[data-autosave-status]");
  const content = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name); // photos travel by themselves
    return data;
  };
  const show = (text) => { const place = status(); if (place) place.textContent = text; };

  async function save(keepalive = false) {
    clearTimeout(due);
    if (!dirty || sending) return;
    dirty = false;
    sending = true;
    try {
      const answer = await send(form.dataset.autosave, { body: content(), keepalive });
      if (!answer.ok) throw answer;
      show((await answer.text()).trim());
      const version = answer.headers.get("X-Version");
      if (version && form.elements.version) form.elements.version.value = version;
      const walk = answer.headers.get("X-Walk-Version");
      if (walk && form.elements.walk_version) form.elements.walk_version.value = walk;
      if (!dirty) for (const part of form.querySelectorAll("input[data-touched]")) part.value = "";
      if (failed) clearFailure();
      failed = false;
    } catch (trouble) {
      dirty = true; // the next key, or the return of the network, tries again
      failed = true;
      show(say("notSaved"));
      explain(trouble);
    } finally {
      sending = false;
      if (waiting) { const [button] = waiting; waiting = null; form.requestSubmit(button); }
      else if (dirty && !failed) later();
    }
  }
  const later = () => { dirty = true; clearTimeout(due); due = setTimeout(save, 800); };

  form.addEventListener("input", (event) => { if (!event.isComposing && event.target.type !== "file") later(); });
  form.addEventListener("compositionend", later);
  form.addEventListener("change", (event) => { if (event.target.type !== "file") later(); });
  form.addEventListener("submit", (event) => { // the real save is on its way
    clearTimeout(due);
    if (!sending) return;
    event.preventDefault(); // it must carry the version that the save under way will bring
    waiting = [event.submitter];
  });
  addEventListener("online", () => save());
  document.addEventListener("visibilitychange", () => { if (document.hidden && form.getAttribute("aria-busy") !== "true") save(true); });
});
