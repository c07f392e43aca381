// Sentences in the user's language. They stand in components/words.html, so that the catalogue stays on the server.
const words = document.getElementById("words")?.dataset ?? {};
export const say = (name, value = "") => (words[name] ?? "").replace("%s", value);
