// The phone's camera: looks for QR codes a few times a second, by the browser's own detector where there is one.
const LOOK_MS = 150;
const SAME_MS = 4000;
const AFTER_MS = 1200;
const SIDE_MAX = 720;

// A function that answers the text of a code in a video, or null.
async function detector() {
  if ("BarcodeDetector" in window) {
    const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
    if (known.includes("qr_code")) {
      const found = new BarcodeDetector({ formats: ["qr_code"] });
      return async (video) => (await found.detect(video))[0]?.rawValue ?? null;
    }
  }
  const { decoded } = await import("./gate-qr.js");
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    // The middle of the picture, as the frame on it says.
    const side = Math.min(video.videoWidth, video.videoHeight);
    canvas.width = canvas.height = Math.min(side, SIDE_MAX);
    drawing.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, canvas.width, canvas.height);
    return decoded(drawing.getImageData(0, 0, canvas.width, canvas.height));
  };
}

// Lets a button turn the camera on and off. `said.read` is told each code, once while it is held up.
export function camera(button, viewer, video, said) {
  if (!navigator.mediaDevices?.getUserMedia) {
    button.remove();
    return;
  }
  let stream = null;
  let last = { code: "", at: 0 };
  button.hidden = false;
  button.addEventListener("click", () => (stream ? off() : on().catch(() => { off(); said.failed(); })));

  function off() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    viewer.hidden = true;
    button.textContent = said.label(false);
  }

  async function on() {
    said.began();
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } });
    video.srcObject = stream;
    viewer.hidden = false;
    button.textContent = said.label(true);
    await video.play();
    look(await detector());
  }

  async function look(detect) {
    let pause = LOOK_MS;
    if (stream && video.readyState >= 2) {
      const code = await detect(video).catch(() => null);
      if (code && (code !== last.code || Date.now() - last.at > SAME_MS)) {
        await said.read(code);
        pause = AFTER_MS;
      }
      if (code) last = { code, at: Date.now() };
    }
    if (stream) setTimeout(() => look(detect), pause);
  }
}
