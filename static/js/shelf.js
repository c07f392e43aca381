// Photos that have not arrived yet, kept by the browser (IndexedDB) so that a closed page or a dead spot loses none.
// Without a store (a private window) they live as long as the page.
const NAME = "dms-photos", STORE = "waiting";

const opened = new Promise((done) => {
  try {
    const asking = indexedDB.open(NAME, 1);
    asking.onupgradeneeded = () => asking.result.createObjectStore(STORE, { keyPath: "key" });
    asking.onsuccess = () => done(asking.result);
    asking.onerror = () => done(null);
  } catch {
    done(null);
  }
});

async function ask(mode, act) {
  const store = await opened;
  if (!store) return undefined;
  return new Promise((done) => {
    const asking = act(store.transaction(STORE, mode).objectStore(STORE));
    asking.onsuccess = () => done(asking.result);
    asking.onerror = () => done(undefined);
  });
}

export const put = (photo) => ask("readwrite", (store) => store.put(photo)); // {key, url, blob}
export const drop = (key) => ask("readwrite", (store) => store.delete(key));
export const waiting = async (url) => ((await ask("readonly", (store) => store.getAll())) ?? []).filter((photo) => photo.url === url);

// crypto.randomUUID is there on HTTPS only; a shop's network may be plain.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
