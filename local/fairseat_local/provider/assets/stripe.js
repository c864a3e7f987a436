// A small Stripe.js for local runs: the names of the real one, as far as pages here use them. The card is typed into
// a frame of the provider's, so neither its number nor its security code ever reaches the page.
(() => {
  "use strict";

  const home = new URL(".", document.currentScript ? document.currentScript.src : new URL("/dev/provider/", location.href));
  const HEIGHT_FIRST_PX = 160;
  // The frame reaches so far beyond its place that the fields' focus rings have room, and fields line up with the page's.
  const EDGE_PX = 4;

  class CardElement {
    #key;
    #options;
    #frame = null;
    #port = null;
    #ready = null;
    #listeners = new Map();
    #waiting = new Map();
    #asked = 0;

    constructor(key, options) {
      this.#key = key;
      this.#options = options;
    }

    mount(where) {
      const place = typeof where === "string" ? document.querySelector(where) : where;
      if (!place) throw new Error(`The element ${where} to mount the card into is not in the page.`);
      this.unmount();
      const frame = document.createElement("iframe");
      frame.title = "Card details";
      frame.name = "card";
      frame.height = HEIGHT_FIRST_PX;
      frame.setAttribute("frameborder", "0");
      frame.style.cssText = `display:block;inline-size:calc(100% + ${2 * EDGE_PX}px);max-inline-size:none;margin:${-EDGE_PX}px;border:0;color-scheme:inherit`;
      this.#ready = new Promise((resolve) => {
        frame.addEventListener("load", () => this.#greet(frame, resolve), { once: true });
      });
      frame.src = new URL("card", home).href;
      place.replaceChildren(frame);
      this.#frame = frame;
      return this;
    }

    unmount() {
      this.#frame?.remove();
      this.#port?.close();
      this.#frame = this.#port = this.#ready = null;
      return this;
    }

    destroy() {
      this.unmount();
      this.#listeners.clear();
    }

    on(event, handler) {
      this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), handler]);
      return this;
    }

    off(event, handler) {
      const kept = handler ? (this.#listeners.get(event) ?? []).filter((each) => each !== handler) : [];
      this.#listeners.set(event, kept);
      return this;
    }

    once(event, handler) {
      const onlyOnce = (told) => {
        this.off(event, onlyOnce);
        handler(told);
      };
      return this.on(event, onlyOnce);
    }

    update(options) {
      Object.assign(this.#options, options);
      this.#port?.postMessage({ do: "style", style: this.#options.style });
      return this;
    }

    focus() { this.#port?.postMessage({ do: "focus" }); }
    blur() { this.#port?.postMessage({ do: "blur" }); }
    clear() { this.#port?.postMessage({ do: "clear" }); }

    // For createPaymentMethod below; pages have no use for it.
    async tokenize(details) {
      if (!this.#ready) throw new Error("The card element is not mounted.");
      await this.#ready;
      const id = ++this.#asked;
      return new Promise((resolve) => {
        this.#waiting.set(id, resolve);
        this.#port.postMessage({ do: "create", id, key: this.#key, details });
      });
    }

    #greet(frame, resolve) {
      const { port1, port2 } = new MessageChannel();
      this.#port = port1;
      port1.onmessage = ({ data }) => this.#hear(data, resolve);
      frame.contentWindow.postMessage({ do: "begin", style: this.#options.style }, home.origin, [port2]);
    }

    #hear(told, resolve) {
      if (told.event === "answer") {
        this.#waiting.get(told.id)?.(told.answer);
        this.#waiting.delete(told.id);
      } else if (told.event === "resize") {
        if (this.#frame) this.#frame.height = told.height;
      } else if (told.event === "submit") {
        this.#frame?.closest("form")?.requestSubmit();
      } else {
        if (told.event === "ready") resolve();
        const detail = told.event === "ready" ? this : { elementType: "card", ...told.detail };
        for (const handler of this.#listeners.get(told.event) ?? []) handler(detail);
      }
    }
  }

  function elementsOf(key) {
    const made = new Map();
    return {
      create(type, options = {}) {
        if (type !== "card") throw new Error(`There is only the element "card" here, not "${type}".`);
        if (made.has(type)) throw new Error("The card element exists already.");
        made.set(type, new CardElement(key, { ...options }));
        return made.get(type);
      },
      getElement: (type) => made.get(type) ?? null,
    };
  }

  async function createPaymentMethod({ type, card, billing_details: billing }) {
    if (type !== "card" || !(card instanceof CardElement)) {
      return { error: { type: "invalid_request_error", message: "Give the type card and a card element.", param: "card" } };
    }
    return card.tokenize({ billing_details: billing ?? {} });
  }

  window.Stripe = (key) => {
    if (typeof key !== "string" || !key.startsWith("pk_test_")) throw new Error("Give a publishable test key (pk_test_...).");
    return { elements: () => elementsOf(key), createPaymentMethod };
  };
  window.Stripe.version = "local";
})();
