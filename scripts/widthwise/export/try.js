// The page: pictures come from a file, the camera or a pen; a square of them is read, and the network answers.

const given = JSON.parse(element("data").textContent);
const [HEIGHT, WIDTH, CHANNELS] = given.shape;
attach(given.layers, float16(given.weights));

const LARGEST = 2 ** 24; // pixels: larger pictures are reduced as they are opened; telephones hold no more
const LONGEST = 2 ** 14; // pixels a side
const LEAST = 8; // pixels a side of the square
const DRAWING = 384; // pixels a side
const PEN = DRAWING / 16;
const MOST = 12; // classes that are shown: of more, the most probable
const WARMING = 300; // milliseconds in which the browser compiles the network

const canvas = element("picture"), context = canvas.getContext("2d", {willReadFrequently: true});
const stage = element("stage"), frame = element("frame"), video = document.createElement("video");
const bars = [...element("bars").children];
const how = {read: element("how").textContent, draw: element("how").dataset.draw};

let source = ""; // "file", "camera" or "draw"
let latest = 0; // counts the wishes for another picture: only the latest is granted
let picture = null; // as in reading.js
let box = null; // what is read: a square, or the whole picture; whole pixels
let isWaiting = false; // for the next frame of the screen, in which the network answers

function element(id) { return document.getElementById(id); }

function filled(text, values) { return text.replace(/\{(\w+)\}/g, (_, name) => values[name]); }

function tell(problem) { element("problem").textContent = problem; }

// Pictures

function begin(kind) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  source = kind;
  tell("");
  element("camera").textContent = kind === "camera" ? element("camera").dataset.stop : cameraName;
  element("draw").setAttribute("aria-pressed", kind === "draw");
  element("said").ariaLive = kind === "camera" ? "off" : "polite"; // not thirty times a second
  document.body.classList.toggle("drawing", kind === "draw");
  element("how").textContent = kind === "draw" ? how.draw : how.read;
  element("clear").hidden = kind !== "draw";
  element("whole").hidden = kind === "draw";
  return ++latest;
}

// Show an image, laid on white, and read it where the square was if it has the size of the one before.
function show(image, width, height, isMirrored = false) {
  const scale = Math.min(1, Math.sqrt(LARGEST / (width * height)), LONGEST / Math.max(width, height));
  [width, height] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const isOther = !picture || picture.width !== width || picture.height !== height;
  if (isOther) [canvas.width, canvas.height] = [width, height];
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  if (isMirrored) context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(image, 0, 0, width, height);
  context.resetTransform();
  take(isOther);
}

// What is on the canvas is the picture now.
function take(isOther) {
  const {width, height} = canvas;
  picture = {width, height, planes: planes(context.getImageData(0, 0, width, height).data, CHANNELS)};
  if (isOther) readWhole(); else answerSoon();
  stage.style.setProperty("--ratio", width / height);
  canvas.classList.toggle("small", Math.max(width, height) < 256);
  canvas.setAttribute("aria-label", source === "draw" ? canvas.dataset.drawing : stage.parentNode.ariaLabel);
  element("drop").hidden = true;
  for (const part of [stage, element("tools"), element("how")]) part.hidden = false;
}

async function open(file) {
  const mine = begin("file");
  let bitmap = null;
  try {
    bitmap = await createImageBitmap(file, {colorSpaceConversion: "none"});
  } catch {
    if (mine === latest) tell(filled(given.say.unreadable, {name: file.name}));
    return;
  }
  if (mine !== latest) return;
  try {
    picture = null;
    show(bitmap, bitmap.width, bitmap.height);
  } catch { // the browser has no memory for it
    picture = null;
    for (const part of [stage, element("tools"), element("how")]) part.hidden = true;
    element("drop").hidden = false;
    tell(filled(given.say["too large"], {name: file.name}));
  }
  bitmap.close();
}

const cameraName = element("camera").textContent;
element("camera").hidden = !navigator.mediaDevices?.getUserMedia;
element("camera").addEventListener("click", async () => {
  if (source === "camera") { begin("file"); return; } // its last picture stays
  const mine = begin("camera");
  try {
    const stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: "user"}});
    if (mine !== latest) { stream.getTracks().forEach((track) => track.stop()); return; }
    video.srcObject = stream;
    video.playsInline = video.muted = true;
    await video.play();
    const isMirrored = stream.getVideoTracks()[0].getSettings().facingMode !== "environment";
    const next = () => {
      if (mine !== latest) return;
      show(video, video.videoWidth, video.videoHeight, isMirrored);
      requestAnimationFrame(next);
    };
    next();
  } catch (error) {
    if (mine !== latest) return;
    begin("");
    tell(filled(given.say["no camera"], {reason: error.message || error.name}));
  }
});

function blankSheet() {
  canvas.width = canvas.height = DRAWING;
  context.fillStyle = given.dark ? "#000" : "#fff";
  context.fillRect(0, 0, DRAWING, DRAWING);
  take(true);
}

element("draw").addEventListener("click", () => { begin("draw"); blankSheet(); });
element("clear").addEventListener("click", blankSheet);

element("file").addEventListener("change", ({target}) => {
  if (target.files.length) open(target.files[0]);
  target.value = ""; // so that the same file can be chosen again
});
for (const kind of ["dragover", "drop", "dragleave"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault(); // else the browser leaves the page for the file
    document.body.classList.toggle("dropping", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) open(event.dataTransfer.files[0]);
  });
}

// The square

function readBox(left, top, width, height) {
  box = {left, top, width, height};
  const share = (part, all) => `${100 * part / all}%`;
  stage.style.setProperty("--left", share(left, picture.width));
  stage.style.setProperty("--top", share(top, picture.height));
  stage.style.setProperty("--width", share(width, picture.width));
  stage.style.setProperty("--height", share(height, picture.height));
  frame.classList.toggle("whole", width === picture.width && height === picture.height);
  answerSoon();
}

function readWhole() { readBox(0, 0, picture.width, picture.height); }

// Read a square, pushed back into the picture.
function readSquare(left, top, side) {
  const most = Math.min(picture.width, picture.height);
  side = Math.round(Math.min(Math.max(side, Math.min(LEAST, most)), most));
  const inside = (start, size) => Math.round(Math.min(Math.max(start, 0), size - side));
  readBox(inside(left, picture.width), inside(top, picture.height), side, side);
}

function squared({left, top, width, height}) {
  const side = Math.min(width, height);
  return {left: left + (width - side) / 2, top: top + (height - side) / 2, side};
}

function sized(start, factor) {
  const {left, top, side} = squared(start), change = side * (factor - 1);
  readSquare(left - change / 2, top - change / 2, side + change);
}

// The square with one corner fixed, and another where the pointer is.
function stretched(fixed, point) {
  const isLeft = point.x < fixed.x, isAbove = point.y < fixed.y;
  const room = Math.min(isLeft ? fixed.x : picture.width - fixed.x, isAbove ? fixed.y : picture.height - fixed.y);
  const wanted = Math.max(Math.abs(point.x - fixed.x), Math.abs(point.y - fixed.y));
  const side = Math.round(Math.min(Math.max(wanted, LEAST), room));
  readSquare(isLeft ? fixed.x - side : fixed.x, isAbove ? fixed.y - side : fixed.y, side);
}

function place(event) {
  const shown = canvas.getBoundingClientRect();
  return {
    x: (event.clientX - shown.left) / shown.width * canvas.width,
    y: (event.clientY - shown.top) / shown.height * canvas.height,
  };
}

const pointers = new Map(); // where each finger is, or the mouse
let gesture = null; // called with where they are

function distance() {
  const [one, other] = pointers.values();
  return Math.hypot(one.x - other.x, one.y - other.y);
}

frame.addEventListener("pointerdown", (event) => {
  frame.setPointerCapture(event.pointerId);
  const begun = place(event), start = box;
  pointers.set(event.pointerId, begun);
  if (pointers.size === 2) {
    const apart = distance();
    gesture = () => sized(start, distance() / apart);
  } else if (event.target.dataset.corner) {
    const [right, low] = event.target.dataset.corner.split(" ").map(Number);
    const fixed = {x: right ? box.left : box.left + box.width, y: low ? box.top : box.top + box.height};
    gesture = (point) => stretched(fixed, point);
  } else if (!frame.classList.contains("whole")) {
    gesture = (point) => readSquare(start.left + point.x - begun.x, start.top + point.y - begun.y, start.width);
  }
});
frame.addEventListener("pointermove", (event) => {
  if (!pointers.has(event.pointerId)) return;
  pointers.set(event.pointerId, place(event));
  gesture?.(place(event));
});
for (const kind of ["pointerup", "pointercancel"]) {
  frame.addEventListener(kind, (event) => { pointers.delete(event.pointerId); gesture = null; });
}
canvas.addEventListener("click", (event) => { // beside the square: it goes there
  if (source === "draw") return;
  const {side} = squared(box), {x, y} = place(event);
  readSquare(x - side / 2, y - side / 2, side);
});
frame.addEventListener("keydown", (event) => {
  const {left, top, side} = squared(box), step = Math.max(1, side / 20);
  const actions = {
    ArrowLeft: () => readSquare(left - step, top, side),
    ArrowRight: () => readSquare(left + step, top, side),
    ArrowUp: () => readSquare(left, top - step, side),
    ArrowDown: () => readSquare(left, top + step, side),
    "+": () => sized(box, 1.1),
    "=": () => sized(box, 1.1), // + without the shift key
    "-": () => sized(box, 1 / 1.1),
    0: readWhole,
  };
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in actions)) return;
  event.preventDefault();
  actions[event.key]();
});
element("whole").addEventListener("click", readWhole);

// The pen

let pen = null; // where it was

canvas.addEventListener("pointerdown", (event) => {
  if (source !== "draw") return;
  canvas.setPointerCapture(event.pointerId);
  pen = place(event);
  line(event);
});
canvas.addEventListener("pointermove", (event) => { if (pen) line(event); });
for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => { pen = null; });

function line(event) {
  const end = place(event);
  context.strokeStyle = given.dark ? "#fff" : "#000";
  context.lineWidth = PEN;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(pen.x, pen.y);
  context.lineTo(end.x, end.y);
  context.stroke();
  pen = end;
  take(false);
}

// The answer

function answerSoon() {
  if (!isWaiting) requestAnimationFrame(answer);
  isWaiting = true;
}

function answer() {
  isWaiting = false;
  if (!picture) return;
  const pixels = read(picture, box, WIDTH);
  const begun = performance.now();
  const found = probabilities(given.layers, given.shape, pixels);
  const took = (performance.now() - begun).toFixed(1);
  const top = found.indexOf(Math.max(...found));
  bars.forEach((bar, index) => {
    const [, strip, value] = bar.children;
    bar.classList.toggle("top", index === top);
    strip.style.setProperty("--share", found[index]);
    value.value = found[index].toFixed(4);
    value.textContent = `${(100 * found[index]).toFixed(1)}\u00a0%`;
  });
  if (bars.length > MOST) {
    const ranked = found.map((_, index) => index).sort((one, other) => found[other] - found[one]);
    element("bars").append(...ranked.map((index) => bars[index]));
    ranked.forEach((index, rank) => { bars[index].hidden = rank >= MOST; });
  }
  const label = bars[top].children[0].textContent, share = (100 * found[top]).toFixed(0);
  const said = filled(element("said").dataset.text, {label, share});
  if (element("said").textContent !== said) element("said").textContent = said;
  element("took").textContent = filled(element("took").dataset.text, {ms: took});
  element("latency").textContent = took;
  const sight = element("seen").getContext("2d"), image = sight.createImageData(WIDTH, HEIGHT);
  for (let pixel = 0; pixel < WIDTH * HEIGHT; pixel++) {
    const color = pixels.subarray(pixel * CHANNELS, (pixel + 1) * CHANNELS);
    image.data.set(CHANNELS === 1 ? [color[0], color[0], color[0], 255] : [...color, 255], 4 * pixel);
  }
  sight.putImageData(image, 0, 0);
}

setTimeout(() => {
  const begun = performance.now();
  const blank = new Uint8Array(WIDTH * HEIGHT * CHANNELS);
  while (performance.now() - begun < WARMING) probabilities(given.layers, given.shape, blank);
});
