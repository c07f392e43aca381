// Nothing fails in silence: a failed request shows "Not saved" with its reference, a refusal shows its sentence, a form
// with errors is swapped in, and an expired sign-in asks for the login in a new tab and keeps the page.
import { isLogin, SignedOut } from "./net.js";
import { say } from "./words.js";

const place = () => document.getElementById("banners") ?? document.body;

// `focus`: somebody pressed a button and reads on from here. Never for what a page does by itself while one types.
export function showFailure(text, reference = "", focus = false) {
  place().querySelector("[data-failure]")?.remove();
  const banner = document.createElement("div");
  banner.className = "banner fault";
  banner.dataset.failure = "";
  banner.setAttribute("role", "alert");
  const words = document.createElement("span");
  words.className = "grow";
  words.textContent = text;
  banner.append(words);
  if (reference) {
    const code = document.createElement("code");
    code.textContent = `${say("reference")} ${reference}`;
    banner.append(code);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn quiet";
  close.dataset.dismiss = "";
  close.textContent = say("close");
  banner.append(close);
  place().prepend(banner);
  if (focus) { banner.tabIndex = -1; banner.dataset.focus = ""; banner.focus(); }
}
const pressed = (detail) => detail.elt?.matches?.("form, button") && detail.requestConfig?.verb !== "get";
export const clearFailure = () => place().querySelector("[data-failure]")?.remove();

export function askForLogin() {
  const dialog = document.getElementById("session");
  if (!dialog) return location.reload();
  return lockOver(dialog);
}

// Over everything else; a shared desk asks for a PIN in it.
export function lockOver(dialog) {
  if (dialog.open) return;
  // A second modal over the palette would trap the reader between two.
  for (const other of document.querySelectorAll("dialog[open]")) other.close();
  dialog.showModal();
  if (dialog.dataset.unlockUrl) window.htmx?.ajax("GET", dialog.dataset.unlockUrl, { target: "#desk-pin", swap: "innerHTML" });
}

// For our fetch modules: tells what an exception or a bad answer means.
export async function explain(trouble) {
  if (trouble instanceof SignedOut) return askForLogin();
  if (trouble instanceof Response) {
    const { sentence, reference } = refusal(await trouble.text(), trouble.headers.get("X-Reference"));
    return showFailure(sentence ? `${say("notSaved")} ${sentence}` : say("serverError"), reference);
  }
  return showFailure(say("network"));
}

function refusal(html, header) {
  const told = new DOMParser().parseFromString(html || "", "text/html").querySelector("[data-refusal]");
  return { sentence: told?.querySelector("[data-sentence]")?.textContent.trim(), reference: header || told?.dataset.reference || "" };
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401 || isLogin(xhr.responseURL)) {
    event.detail.shouldSwap = false;
    event.detail.isError = false;
    return askForLogin();
  }
  if (xhr.status < 400) return xhr.status < 300 && event.detail.requestConfig?.verb !== "get" ? clearFailure() : undefined;
  // Our own fragments (a form with errors, a row that says why not) take their place; a whole refusal page becomes a banner.
  const body = xhr.responseText.trim();
  if ([403, 409, 422].includes(xhr.status) && body && !/^<!doctype|<html|data-refusal/i.test(body)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const { sentence, reference } = refusal(xhr.responseText, xhr.getResponseHeader("X-Reference"));
  showFailure(sentence ? `${say("notSaved")} ${sentence}` : say("serverError"), reference, pressed(event.detail));
});
for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, ({ detail }) => showFailure(say("network"), "", pressed(detail)));

addEventListener("offline", () => showFailure(say("offline")));
addEventListener("online", clearFailure);
