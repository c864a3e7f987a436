// Decides about a code without a network, by the show's signed list. A code is `key id . serial, show, step . signature`
// (see the tickets service); a browser without Ed25519 goes by the serial alone, which only genuine codes carry.
const CODE_MAX = 256;
const PRINTED = 2n ** 64n - 1n;
const STATES = { u: "already-used", s: "on-sale", n: "unproven", f: "refunded", g: "given", r: "resold", w: "withdrawn" };
const text = new TextEncoder();

export const bytesOf = (coded) =>
  Uint8Array.from(atob(coded.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const textOf = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// A list from its pages as the server sent them. `ahead_ms` is how far the server's clock is ahead of this one.
// Throws where a signature is wrong.
export async function listFrom({ pages, ahead_ms }) {
  const documents = pages.map((page) => JSON.parse(page.document));
  const [first] = documents;
  const keys = new Map();
  for (const [id, bytes] of Object.entries(first.keys)) keys.set(id, await imported(bytesOf(bytes)));
  for (const page of pages) {
    const key = keys.get(page.key_id);
    const signed = text.encode(`fairseat-gate-list-v1.${page.key_id}.${page.document}`);
    if (key && !(await crypto.subtle.verify("Ed25519", key, bytesOf(page.signature), signed))) throw new Error("not the server's list");
  }
  const tickets = new Map();
  for (const { tickets: found } of documents) for (const [reference, ...more] of found) tickets.set(reference, more);
  return { ...first, ahead_ms, keys, tickets, until: Date.parse(first.good_until) };
}

// Null where the browser does not know this kind of key.
async function imported(bytes) {
  try {
    return await crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]);
  } catch {
    return null;
  }
}

// What a code says, or null for what is none of ours.
async function read(list, code) {
  const parts = code.length > CODE_MAX ? [] : code.split(".");
  if (parts.length !== 3 || !list.keys.has(parts[0])) return null;
  try {
    const [id, coded, signature] = parts;
    const payload = bytesOf(coded);
    if (payload.length !== 40) return null;
    const key = list.keys.get(id);
    const head = text.encode(`fairseat-ticket-code-v1.${id}.`);
    const signed = new Uint8Array([...head, ...payload]);
    if (key && !(await crypto.subtle.verify("Ed25519", key, bytesOf(signature), signed))) return null;
    return { serial: payload.slice(0, 16), show: uuid(payload.slice(16, 32)), step: new DataView(payload.buffer).getBigUint64(32) };
  } catch {
    return null;
  }
}

function uuid(bytes) {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

async function referenceOf(serial) {
  return textOf(new Uint8Array(await crypto.subtle.digest("SHA-256", serial)).slice(0, 16));
}

// The reference of a code that is not looked at any further.
export async function reference(list, code) {
  const found = await read(list, code);
  return found && referenceOf(found.serial);
}

// Decides: { result, reference, place, stale }. `used` answers what this device has let in by a reference.
export async function judged(list, code, now, used) {
  const found = await read(list, code);
  if (!found) return { result: "forged", reference: null };
  const known = await referenceOf(found.serial);
  const [state, ...place] = list.tickets.get(known) ?? [""];
  const said = (result, more = {}) => ({ result, reference: known, place: state && place, ...more });
  if (found.show !== list.show_id) return said("wrong-show");
  const before = await used(known);
  if (before) return said("already-used", { before });
  if (STATES[state]) return said(STATES[state]);
  if (list.status === "cancelled") return said("show-cancelled");
  if (!list.opens_at || now < Date.parse(list.opens_at)) return said("not-yet");
  const step = BigInt(Math.floor(now / (list.step_seconds * 1000)));
  const off = found.step > step ? found.step - step : step - found.step;
  if (found.step !== PRINTED && off > BigInt(list.steps_off)) return said("code-stale", { stale: true });
  return said(state ? "admitted" : "not-listed");
}
