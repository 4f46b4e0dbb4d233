// Recording the conversation: pieces of some seconds, each sealed on this device as soon as it is whole, sent in their order in the
// background and wiped once the server has them. What breaks costs at most the piece that was being recorded.

import * as device from "./device.js";

const PIECE = 10_000; // milliseconds
const AGAIN = 5000; // milliseconds until what waits is tried again
const LOCK = "fieldwork.pieces";
const KIND = "audio/webm;codecs=opus";
const SAID = {
  NotAllowedError: "This device does not let the page use its microphone. Allow it in the browser's settings, and press Record again.",
  NotFoundError: "This device has no microphone that can be used.",
  unsealed: "Nothing can be kept safely on this device just now, so nothing is recorded. Sign in again first.",
  full: "This device is full. The recording is stopped; what was recorded before is kept.",
};

const bar = document.querySelector("[data-recorder]");
let queue;
let path;
let recorder;
let ended; // resolves once the last piece is sealed
let active = 0; // milliseconds recorded before this stretch
let since = 0;

export function attach(given, address) {
  queue = given;
  path = address;
  setInterval(send, AGAIN);
  window.addEventListener("online", send);
  if (!bar || !globalThis.MediaRecorder?.isTypeSupported(KIND)) return;
  bar.hidden = false;
  part("record").addEventListener("click", start);
  part("pause").addEventListener("click", pause);
  part("stop").addEventListener("click", stop);
  setInterval(tick, 500);
  window.addEventListener("beforeunload", (event) => { if (recorder) event.preventDefault(); });
}

function part(name) {
  return bar.querySelector(`[data-${name}]`);
}

function tell(sentence) {
  part("said").textContent = sentence;
}

async function start() {
  tell("");
  const refusal = await asked();
  if (refusal) return withdraw(refusal);
  if (!queue.store) return tell(SAID.unsealed);
  try {
    open(await navigator.mediaDevices.getUserMedia({ audio: true }));
  } catch (error) {
    tell(SAID[error.name] ?? SAID.NotFoundError);
  }
}

/** What the server says of the permission now; without a line, what the page says counts until a piece is sent. */
async function asked() {
  try {
    const response = await fetch(`${path}/recordings/now`, { headers: { accept: "application/json" }, cache: "no-store" });
    if (!response.ok) return "";
    const { may, sentence } = await response.json();
    return may ? "" : sentence;
  } catch {
    return "";
  }
}

function open(stream) {
  const recording = crypto.randomUUID();
  let number = 0;
  let sealing = Promise.resolve();
  recorder = new MediaRecorder(stream, { mimeType: KIND, audioBitsPerSecond: 32_000 });
  recorder.addEventListener("dataavailable", ({ data }) => {
    if (!data.size) return;
    const piece = { path, recording, number };
    number += 1;
    sealing = sealing.then(() => seal(piece, data));
  });
  ended = new Promise((done) => {
    recorder.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      recorder = undefined;
      show();
      sealing.then(send).finally(done);
    });
  });
  for (const track of stream.getTracks()) track.addEventListener("ended", stop);
  [active, since] = [0, performance.now()];
  recorder.start(PIECE);
  show();
}

async function seal(piece, data) {
  const bytes = new Uint8Array(await data.arrayBuffer());
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  try {
    await queue.store.put("pieces", [{ record: { ...piece, sound: btoa(letters) } }]);
  } catch {
    tell(SAID.full);
    return stop();
  }
  send();
}

function pause() {
  if (recorder?.state === "recording") {
    active += performance.now() - since;
    recorder.pause();
  } else if (recorder) {
    since = performance.now();
    recorder.resume();
  }
  show();
}

/** Done once what was recorded is sealed on this device. */
export function stop() {
  if (recorder && recorder.state !== "inactive") recorder.stop();
  return ended;
}

function show() {
  const isPaused = recorder?.state === "paused";
  part("record").hidden = Boolean(recorder);
  for (const name of ["sign", "pause", "stop"]) part(name).hidden = !recorder;
  part("word").textContent = isPaused ? "Paused" : "Recording";
  part("sign").toggleAttribute("data-paused", isPaused);
  part("pause").textContent = isPaused ? "Go on recording" : "Pause the recording";
  tick();
}

function tick() {
  if (!recorder) return;
  const seconds = Math.floor((active + (recorder.state === "recording" ? performance.now() - since : 0)) / 1000);
  part("time").textContent = [Math.floor(seconds / 60), seconds % 60].map((number) => String(number).padStart(2, "0")).join(":");
}

/** Whatever waits, of this interview and of others; one tab at a time. */
function send() {
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => lock && drain()).catch(() => {});
}

async function drain() {
  if (!queue.store || !queue.csrf) return;
  for (const { no, record } of await queue.store.all("pieces")) {
    const { state, sentence } = await post(record);
    if (state === "stuck") continue;
    await queue.store.put("pieces", [{ no, record: undefined }]);
    if (state === "withdrawn") return wipe(record.path, sentence);
  }
}

async function post({ path: address, recording, number, sound }, isSecond = false) {
  const response = await fetch(`${address}/recordings/${recording}/${number}`, {
    method: "POST",
    headers: { "content-type": "audio/webm", accept: "application/json", "x-csrf": queue.csrf },
    body: Uint8Array.from(atob(sound), (letter) => letter.charCodeAt(0)),
  });
  // Another tab has signed in meanwhile: its token is asked for once.
  if (response.status === 403 && !isSecond) {
    queue.csrf = (await device.ask()).csrf;
    return post({ path: address, recording, number, sound }, true);
  }
  // What nobody here may send just now keeps nothing else waiting.
  if (response.status > 403 && response.status < 500) return { state: "stuck" };
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/** Nothing of a recording that may not be any more stays on this device. */
async function wipe(address, sentence) {
  if (address === path && bar) await withdraw(sentence);
  const held = await queue.store.all("pieces");
  const gone = held.filter(({ record }) => record.path === address);
  await queue.store.put("pieces", gone.map(({ no }) => ({ no, record: undefined })));
}

function withdraw(sentence) {
  const done = stop();
  part("record").disabled = true;
  tell(sentence);
  return done;
}
