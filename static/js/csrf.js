// Keeps a page usable after its user signed in again in another tab: the sign-in changes the CSRF cookie, and what the
// page was drawn with would be refused. The cookie itself is a valid token; take it just before sending.
export const token = () =>
  document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

document.addEventListener("submit", (event) => {
  const field = event.target.querySelector?.("[name=csrfmiddlewaretoken]");
  if (field && token()) field.value = token();
}, true);

document.addEventListener("htmx:configRequest", (event) => {
  if (!token()) return;
  event.detail.headers["X-CSRFToken"] = token();
  if (event.detail.formData?.has("csrfmiddlewaretoken")) event.detail.formData.set("csrfmiddlewaretoken", token());
});
