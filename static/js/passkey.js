// Passkeys (WebAuthn): asks the server for a challenge, the browser for the answer, and hands it back. The forms are
// hidden until a browser with passkeys unhides them; without one the password and the codes are always there.
import { send } from "./net.js";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withIds = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

const read = {
  create: ({ publicKey: key }) => ({ publicKey: { ...key, challenge: bytes(key.challenge), user: { ...key.user, id: bytes(key.user.id) }, excludeCredentials: withIds(key.excludeCredentials) } }),
  get: ({ publicKey: key }) => ({ publicKey: { ...key, challenge: bytes(key.challenge), allowCredentials: withIds(key.allowCredentials) } }),
};
function written({ id, rawId, type, response, ...rest }, credential) {
  const said = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) said[name] = text(response[name]);
  }
  return { id, rawId: text(rawId), type, response: said, clientExtensionResults: credential.getClientExtensionResults(), ...rest };
}

async function run(form) {
  const act = form.dataset.passkey;
  const asked = await send(form.action, { headers: { Accept: "application/json" } });
  if (!asked.ok) throw new Error("asked");
  const credential = await navigator.credentials[act](read[act](await asked.json()));
  const answer = written({ id: credential.id, rawId: credential.rawId, type: credential.type, response: credential.response }, credential);
  const given = await send(form.dataset.answer, {
    headers: { "Content-Type": "application/json" }, body: JSON.stringify({ answer, name: form.elements.name?.value ?? "" }),
  });
  const told = await given.json();
  if (!given.ok) return say(form, told.detail);
  const codes = document.querySelector("[data-passkey-codes]");
  if (!told.codes?.length || !codes) return location.assign(told.next);
  codes.querySelector("[data-codes]").replaceChildren(...told.codes.map((code) => Object.assign(document.createElement("li"), { textContent: code })));
  form.hidden = true;
  codes.hidden = false;
  codes.querySelector("a").focus();
  return undefined;
}

function say(form, sentence) {
  const place = form.querySelector("[data-told]");
  place.textContent = sentence;
  place.hidden = false;
}

if (window.isSecureContext && window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey-none]").forEach((one) => { one.hidden = true; });
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.hasAttribute("aria-busy")) return;
      form.setAttribute("aria-busy", "true");
      form.querySelector("[data-told]").hidden = true;
      try {
        await run(form);
      } catch {
        say(form, form.dataset.gone);
      } finally {
        form.removeAttribute("aria-busy");
      }
    });
  }
}
