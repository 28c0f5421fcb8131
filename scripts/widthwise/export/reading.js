// From a picture to the pixels that the network is given, as Pillow makes them for scripts/predict.py.
// A picture is {width, height, planes}: a Uint8Array per channel, grey or red, green and blue.

// The planes of pixels of a canvas: RGBA without transparency.
function planes(rgba, channels) {
  const found = Array.from({length: channels}, () => new Uint8Array(rgba.length / 4));
  if (channels === 1) { // ITU-R 601-2, in integers
    const [grey] = found;
    for (let pixel = 0, at = 0; pixel < grey.length; pixel++, at += 4) {
      grey[pixel] = (19595 * rgba[at] + 38470 * rgba[at + 1] + 7471 * rgba[at + 2] + 32768) >> 16;
    }
  } else {
    found.forEach((plane, channel) => {
      for (let pixel = 0, at = channel; pixel < plane.length; pixel++, at += 4) plane[pixel] = rgba[at];
    });
  }
  return found;
}

// The part of a picture in a box {left, top, width, height}, whole pixels, resized to side x side:
// a Uint8Array of rows of pixels of channels.
function read(picture, box, side) {
  const channels = picture.planes.length, pixels = new Uint8Array(side * side * channels);
  const columns = taps(box.width, side), rows = taps(box.height, side);
  picture.planes.forEach((plane, channel) => {
    const narrow = new Uint8Array(box.height * side);
    for (let y = 0; y < box.height; y++) {
      const start = (box.top + y) * picture.width + box.left;
      columns.forEach(({first, weights}, x) => { narrow[y * side + x] = weighed(plane, start + first, 1, weights); });
    }
    rows.forEach(({first, weights}, y) => {
      for (let x = 0; x < side; x++) {
        pixels[(y * side + x) * channels + channel] = weighed(narrow, first * side + x, side, weights);
      }
    });
  });
  return pixels;
}

const ONE = 2 ** 22; // weights are whole numbers, which sum to about this

// Pillow's BILINEAR: what each of ``side`` pixels takes of ``size`` ones, by a triangle that is wider where a
// picture shrinks.
function taps(size, side) {
  const scale = size / side, reach = Math.max(scale, 1);
  return Array.from({length: side}, (_, index) => {
    const centre = (index + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const end = Math.min(Math.trunc(centre + reach + 0.5), size);
    const weights = Array.from({length: end - first}, (_, at) =>
      Math.max(1 - Math.abs((first + at - centre + 0.5) / reach), 0));
    const sum = weights.reduce((one, other) => one + other);
    return {first, weights: Int32Array.from(weights, (weight) => Math.trunc(0.5 + weight / sum * ONE))};
  });
}

function weighed(plane, start, step, weights) {
  let sum = ONE / 2;
  for (let index = 0, at = start; index < weights.length; index++, at += step) sum += plane[at] * weights[index];
  return sum >> 22; // as whole numbers of 22 bits and less
}
