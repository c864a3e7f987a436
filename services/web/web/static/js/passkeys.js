// Passkeys: the browser asks its authenticator, and our own origin alone hears the answer. Buttons say what they do by
// data-passkey; where a browser knows no passkeys they stay away.
const USERS = "/api/users";
const texts = JSON.parse(document.querySelector("#passkeys-texts").textContent);
const says = document.querySelector("[data-passkey-says]");

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

class Refused extends Error {
  constructor(slug) {
    super(slug);
    this.slug = slug;
  }
}

async function send(method, path, body) {
  const answer = await fetch(USERS + path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    credentials: "same-origin",
  });
  if (!answer.ok) throw new Refused((await answer.json().catch(() => ({}))).type);
  return answer.status === 204 ? null : answer.json();
}

async function create(name) {
  const options = await send("POST", "/passkeys/options");
  options.challenge = bytes(options.challenge);
  options.user.id = bytes(options.user.id);
  for (const known of options.excludeCredentials ?? []) known.id = bytes(known.id);
  const made = await navigator.credentials.create({ publicKey: options });
  const { clientDataJSON, attestationObject } = made.response;
  const transports = made.response.getTransports?.() ?? [];
  const body = { id: made.id, client_data: text(clientDataJSON), attestation: text(attestationObject), transports };
  await send("POST", "/passkeys", name ? { ...body, name } : body);
}

async function sign() {
  const options = await send("POST", "/signin/passkey/options");
  options.challenge = bytes(options.challenge);
  for (const known of options.allowCredentials ?? []) known.id = bytes(known.id);
  const found = await navigator.credentials.get({ publicKey: options });
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  const body = { id: found.id, client_data: text(clientDataJSON), authenticator_data: text(authenticatorData), signature: text(signature) };
  return userHandle ? { ...body, user_handle: text(userHandle) } : body;
}

const DEEDS = {
  async add() {
    await create(document.querySelector("#passkey-name").value.trim());
    return `${location.pathname}?done=passkey-added`;
  },
  async signin(button) {
    await send("POST", "/signin/passkey", await sign());
    return button.dataset.return;
  },
  async erase() {
    await send("DELETE", "/me", { passkey: await sign() });
    return "/?done=account-deleted";
  },
};

function tell(error) {
  // A person who changes their mind, and one whose time ran out, are the same to a browser.
  const slug = error.name === "NotAllowedError" || error.name === "AbortError" ? "cancelled" : error.name === "InvalidStateError" ? "passkey-known" : error.slug;
  says.textContent = texts[slug] ?? texts.failed;
  says.hidden = false;
}

async function press(button) {
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  says.hidden = true;
  try {
    location.assign(await DEEDS[button.dataset.passkey](button));
  } catch (error) {
    tell(error);
    button.removeAttribute("aria-busy");
  }
}

if (globalThis.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkeys]")) part.hidden = false;
  for (const button of document.querySelectorAll("[data-passkey]")) button.addEventListener("click", () => press(button));
} else {
  for (const part of document.querySelectorAll("[data-passkeys]")) part.remove();
  for (const none of document.querySelectorAll("[data-passkeys-none]")) none.classList.add("is-so");
}
