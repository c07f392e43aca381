// fetch for our own modules: the CSRF header, and an expired sign-in told apart from an answer.
import { token } from "./csrf.js";

export class SignedOut extends Error {}

const loginPath = () => {
  const address = document.getElementById("session")?.dataset.login;
  return address ? new URL(address, location.href).pathname : null;
};
export const isLogin = (address) => Boolean(address) && loginPath() === new URL(address, location.href).pathname
  && location.pathname !== loginPath();

export async function send(url, { method = "POST", body, headers = {}, ...rest } = {}) {
  const answer = await fetch(url, { method, body, credentials: "same-origin", ...rest,
    headers: { ...(method === "GET" ? {} : { "X-CSRFToken": token() }), "X-Requested-With": "fetch", ...headers } });
  if (answer.status === 401 || (answer.redirected && isLogin(answer.url))) throw new SignedOut();
  return answer;
}
