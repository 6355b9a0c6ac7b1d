/* The search runs in a worker, which a browser does not start for a page that is opened as a file.
   There, this runs the worker's script in a hidden frame instead. Over http it changes nothing.

   The theme would load a script for this from another host, unless one has this file's name. */
"use strict";

class FrameWorker extends EventTarget {
  #frame = document.createElement("iframe");
  #window;

  constructor(url) {
    super();
    this.#frame.hidden = true;
    this.#frame.title = "search";
    this.#frame.srcdoc = "<!doctype html>";
    this.#window = this.#start(new URL(url, location.href).href);
    document.body.append(this.#frame);
  }

  async #start(address) {
    await new Promise((resolve) => this.#frame.addEventListener("load", resolve, { once: true }));
    const inside = this.#frame.contentWindow;
    // What the script sends, it sends to the page.
    inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
    const script = inside.document.createElement("script");
    script.src = address;
    const loaded = new Promise((resolve, reject) => {
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => reject(new Error(`${address} cannot be loaded`)));
    });
    inside.document.body.append(script);
    await loaded;
    return inside;
  }

  async postMessage(data) {
    const inside = await this.#window;
    inside.dispatchEvent(new MessageEvent("message", { data: structuredClone(data) }));
  }

  terminate() {
    this.#frame.remove();
  }
}

if (location.protocol === "file:") {
  window.Worker = FrameWorker;
}
