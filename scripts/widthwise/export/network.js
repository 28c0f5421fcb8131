// The layers of networks/layers.py that folding leaves, as export/folding.py has Keras compute them.
// A map is {height, width, channels, values}: a Float32Array of rows of pixels of channels.

const layers = {
  Conv(map, {channels, kernel, stride, groups, weights, bias}) {
    const found = blank(map, channels, stride), {values} = found, given = map.values;
    const inputs = map.channels / groups, outputs = channels / groups;
    for (let at = 0; at < values.length; at += channels) values.set(bias, at);
    for (const [from, to, tap] of seen(map, found, kernel, stride)) {
      for (let group = 0; group < groups; group++) {
        const first = to + group * outputs, start = from + group * inputs;
        for (let input = 0; input < inputs; input++) {
          const value = given[start + input];
          if (value === 0) continue; // half of them are, after ReLU
          const row = (tap * inputs + input) * channels + group * outputs;
          for (let output = 0; output < outputs; output++) values[first + output] += value * weights[row + output];
        }
      }
    }
    return found;
  },

  DepthwiseConv(map, {kernel, stride, weights, bias}) {
    const {channels} = map, found = blank(map, channels, stride), {values} = found, given = map.values;
    for (let at = 0; at < values.length; at += channels) values.set(bias, at);
    for (const [from, to, tap] of seen(map, found, kernel, stride)) {
      const row = tap * channels;
      for (let channel = 0; channel < channels; channel++) {
        values[to + channel] += given[from + channel] * weights[row + channel];
      }
    }
    return found;
  },

  ReLU: (map) => changed(map, (value) => Math.max(value, 0)),
  ReLU6: (map) => changed(map, (value) => Math.min(Math.max(value, 0), 6)),
  HardSwish: (map) => changed(map, (value) => value * Math.min(Math.max(value + 3, 0), 6) / 6),
  Sigmoid: (map) => changed(map, (value) => 1 / (1 + Math.exp(-value))),

  MaxPool(map, {size}) {
    const {channels} = map, height = Math.floor(map.height / size), width = Math.floor(map.width / size);
    const values = new Float32Array(height * width * channels).fill(-Infinity);
    const found = {height, width, channels, values};
    for (const [from, to] of seen(map, found, size, size)) {
      for (let channel = 0; channel < channels; channel++) {
        values[to + channel] = Math.max(values[to + channel], map.values[from + channel]);
      }
    }
    return found;
  },

  AveragePool(map, {size, stride}) {
    const {channels} = map, found = blank(map, channels, stride), {values} = found;
    const counts = new Float32Array(found.height * found.width); // what is padded does not count
    for (const [from, to] of seen(map, found, size, stride)) {
      counts[to / channels] += 1;
      for (let channel = 0; channel < channels; channel++) values[to + channel] += map.values[from + channel];
    }
    for (let at = 0; at < values.length; at++) values[at] /= counts[Math.floor(at / channels)];
    return found;
  },

  GlobalMaxPool: (map) => pooled(map, -Infinity, Math.max),
  GlobalAveragePool(map) {
    const sums = pooled(map, 0, (sum, value) => sum + value);
    return changed(sums, (value) => value / (map.height * map.width));
  },

  Flatten: (map) => row(map.values),

  ChannelShuffle(map, {groups}) {
    const size = map.channels / groups;
    return picked(map, map.channels, (channel) => (channel % groups) * size + Math.floor(channel / groups));
  },

  ChannelSlice(map, {part, parts}) {
    const size = map.channels / parts;
    return picked(map, size, (channel) => (part - 1) * size + channel);
  },

  Residual(map, layer) {
    const branch = applied(layer.layers, map).values;
    return {...map, values: map.values.map((value, at) => value + branch[at])};
  },

  Scale(map, layer) {
    const factors = applied(layer.layers, map).values;
    return {...map, values: map.values.map((value, at) => value * factors[at % map.channels])};
  },

  Concat(map, {branches}) {
    const maps = branches.map((branch) => applied(branch, map));
    const channels = maps.reduce((sum, each) => sum + each.channels, 0);
    const values = new Float32Array(channels * maps[0].height * maps[0].width);
    let first = 0;
    for (const each of maps) {
      for (let from = 0, to = first; from < each.values.length; from += each.channels, to += channels) {
        values.set(each.values.subarray(from, from + each.channels), to);
      }
      first += each.channels;
    }
    return {...maps[0], channels, values};
  },
};

function applied(network, map) {
  return network.reduce((values, layer) => layers[layer.layer](values, layer), map);
}

// The class probabilities of a picture of these pixels, 0 to 255.
function probabilities(network, [height, width, channels], pixels) {
  const values = Float32Array.from(pixels, (value) => value / 127.5 - 1);
  const logits = [...applied(network, {height, width, channels, values}).values];
  const largest = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((one, other) => one + other);
  return powers.map((power) => power / sum);
}

// Gives every convolution its part of the weights (Float32Array), in order: kernel, then bias.
function attach(network, weights, at = 0) {
  for (const layer of network) {
    for (const branch of layer.branches ?? (layer.layers ? [layer.layers] : [])) at = attach(branch, weights, at);
    if (layer.sizes) {
      const [kernel, bias] = layer.sizes;
      layer.weights = weights.subarray(at, at += kernel);
      layer.bias = weights.subarray(at, at += bias);
    }
  }
  return at;
}

// Numbers of 16 bits, little-endian and in base64, as a Float32Array.
function float16(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const halves = new DataView(bytes.buffer);
  return Float32Array.from({length: bytes.length / 2}, (_, index) => {
    const half = halves.getUint16(2 * index, true);
    const sign = half >> 15 ? -1 : 1, exponent = half >> 10 & 31, fraction = half & 1023;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * fraction / 1024);
  });
}

// A map of zeros, of the size that a window with "same" padding gives.
function blank(map, channels, stride) {
  const height = Math.ceil(map.height / stride), width = Math.ceil(map.width / stride);
  return {height, width, channels, values: new Float32Array(height * width * channels)};
}

// Which pixels of a map the pixels of the new one see: [from, to, tap], where their channels start, and the
// number of the window's tap.
function seen(map, found, size, stride) {
  const padding = (old, now) => Math.max(Math.floor(((now - 1) * stride + size - old) / 2), 0);
  const above = padding(map.height, found.height), left = padding(map.width, found.width);
  const triples = [];
  for (let y = 0, to = 0; y < found.height; y++) {
    for (let x = 0; x < found.width; x++, to += found.channels) {
      for (let tap = 0; tap < size * size; tap++) {
        const row = y * stride + Math.floor(tap / size) - above, column = x * stride + tap % size - left;
        if (row < 0 || row >= map.height || column < 0 || column >= map.width) continue;
        triples.push([(row * map.width + column) * map.channels, to, tap]);
      }
    }
  }
  return triples;
}

function changed(map, change) {
  return {...map, values: map.values.map(change)};
}

function pooled(map, start, join) {
  const values = new Float32Array(map.channels).fill(start);
  map.values.forEach((value, at) => { values[at % map.channels] = join(values[at % map.channels], value); });
  return row(values);
}

function picked(map, channels, source) {
  const values = new Float32Array(map.height * map.width * channels);
  for (let from = 0, to = 0; to < values.length; from += map.channels, to += channels) {
    for (let channel = 0; channel < channels; channel++) values[to + channel] = map.values[from + source(channel)];
  }
  return {...map, channels, values};
}

function row(values) {
  return {height: 1, width: 1, channels: values.length, values};
}
