// What a device at the door keeps: the lists of its shows, which tickets it has let in by them, and the scans that wait
// for the network. No code is ever kept: a ticket is known by its reference, of which no code can be made.
const NAME = "fairseat-gate";

function opened() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("lists");
      opening.result.createObjectStore("used", { keyPath: ["show", "reference"] });
      opening.result.createObjectStore("queue", { keyPath: "scan_id" }).createIndex("show", "show");
      opening.result.createObjectStore("owner");
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function within(names, mode, work) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const change = database.transaction(names, mode);
      const request = work(change);
      change.oncomplete = () => resolve(request?.result);
      change.onerror = change.onabort = () => reject(change.error);
    });
  } finally {
    database.close();
  }
}

// Somebody else's lists are put away; scans that wait are kept for whoever may send them.
export async function claim(owner) {
  const before = await within("owner", "readonly", (all) => all.objectStore("owner").get("id"));
  if (before === owner) return;
  await within(["owner", "lists", "used"], "readwrite", (all) => {
    all.objectStore("lists").clear();
    all.objectStore("used").clear();
    return all.objectStore("owner").put(owner, "id");
  });
}

export const listOf = (show) => within("lists", "readonly", (all) => all.objectStore("lists").get(show));
export const keepList = (show, pages) => within("lists", "readwrite", (all) => all.objectStore("lists").put(pages, show));

export const usedHere = (show, reference) =>
  within("used", "readonly", (all) => all.objectStore("used").get([show, reference]));

export const waiting = (show) =>
  within("queue", "readonly", (all) => all.objectStore("queue").index("show").getAll(show));

// A decision and what follows from it are kept together, or not at all.
export const note = (scan) =>
  within(["queue", "used"], "readwrite", (all) => {
    if (scan.let_in) all.objectStore("used").put({ show: scan.show, reference: scan.reference, gate: scan.gate, at: scan.scanned_at });
    return all.objectStore("queue").put(scan);
  });

// What was let in with a network is known here too, for when there is none.
export const noteUsed = (show, reference, gate, at) =>
  within("used", "readwrite", (all) => all.objectStore("used").put({ show, reference, gate, at }));

export const sent = (scans) =>
  within("queue", "readwrite", (all) => {
    for (const scan of scans) all.objectStore("queue").delete(scan.scan_id);
  });
