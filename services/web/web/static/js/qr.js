// QR codes (ISO/IEC 18004) for ticket codes without a network: byte mode, error correction level M, versions 1 to 20.

// For each version from 1: error correction bytes of a block, and how many blocks there are (table 9, level M).
export const CHECK_BYTES = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
export const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
const LEVEL_M = 0;
export const FORMAT_POLYNOMIAL = 0b10100110111;
export const FORMAT_MASK = 0b101010000010010;
const VERSION_POLYNOMIAL = 0b1111100100101;
const FIELD_POLYNOMIAL = 0b100011101;
export const MASKS = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (row, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => ((row >> 1) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

// Powers and logarithms in the field of 256 elements.
export const POWER = new Uint8Array(512);
export const LOG = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  POWER[exponent] = POWER[exponent + 255] = value;
  LOG[value] = exponent;
  value = value << 1 > 255 ? (value << 1) ^ FIELD_POLYNOMIAL : value << 1;
}

// The symbol of a text as rows of booleans, dark is true; `mask` (0 to 7) only to compare with other encoders.
export function symbol(text, mask = null) {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  const words = withChecks(dataWords(bytes, version), version);
  const empty = patterns(version);
  const tries = MASKS.map((_, number) => drawn(empty, words, number));
  const scores = tries.map(penalty);
  const chosen = mask ?? scores.indexOf(Math.min(...scores));
  return labelled(tries[chosen], version, chosen);
}

// The symbol as an SVG element with a quiet zone of `border` modules.
export function drawing(text, border = 1) {
  const rows = symbol(text);
  const side = rows.length + 2 * border;
  let path = "";
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x += 1;
      path += `M${start + border} ${y + border}h${x - start + 1}v1H${start + border}z`;
    }
  });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

function versionFor(count) {
  for (let version = 1; version <= BLOCKS.length; version += 1) {
    if (4 + lengthBits(version) + 8 * count <= 8 * dataCapacity(version)) return version;
  }
  throw new RangeError("too long for a symbol");
}

export const lengthBits = (version) => (version < 10 ? 8 : 16);
const dataCapacity = (version) => wordCapacity(version) - CHECK_BYTES[version - 1] * BLOCKS[version - 1];

// Bytes that fit between the patterns of a version.
function wordCapacity(version) {
  const side = 17 + 4 * version;
  const marks = alignments(version).length;
  let modules = side * side - 3 * 64 - 2 * (side - 16) - 31;
  if (marks > 1) modules -= 25 * (marks * marks - 3) - 10 * (marks - 2);
  if (version > 6) modules -= 36;
  return modules >> 3;
}

// Rows and columns of the centres of alignment patterns (annex E): evenly spaced from the far end.
export function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = 10 + 4 * version;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, index) => last - step * (count - 2 - index))];
}

function dataWords(bytes, version) {
  const bits = [];
  const put = (value, length) => {
    for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, lengthBits(version));
  for (const byte of bytes) put(byte, 8);
  const capacity = dataCapacity(version);
  put(0, Math.min(4, capacity * 8 - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  const words = [];
  for (let at = 0; at < bits.length; at += 8) words.push(bits.slice(at, at + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  for (let pad = 0xec; words.length < capacity; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

// Data in blocks, each with its check bytes, interleaved.
function withChecks(words, version) {
  const count = BLOCKS[version - 1];
  const length = CHECK_BYTES[version - 1];
  const short = Math.floor(words.length / count);
  const longFrom = count - (words.length % count);
  const generator = generatorOf(length);
  const blocks = [];
  for (let block = 0, at = 0; block < count; block += 1) {
    const size = short + (block >= longFrom ? 1 : 0);
    blocks.push(words.slice(at, at + size));
    at += size;
  }
  const checks = blocks.map((block) => remainder(block, generator));
  const out = [];
  for (let at = 0; at <= short; at += 1) for (const block of blocks) if (at < block.length) out.push(block[at]);
  for (let at = 0; at < length; at += 1) for (const check of checks) out.push(check[at]);
  return out;
}

export const times = (a, b) => (a && b ? POWER[LOG[a] + LOG[b]] : 0);

function generatorOf(degree) {
  let polynomial = [1];
  for (let root = 0; root < degree; root += 1) {
    const next = [...polynomial, 0];
    polynomial.forEach((factor, at) => { next[at + 1] ^= times(factor, POWER[root]); });
    polynomial = next;
  }
  return polynomial.slice(1);
}

function remainder(block, generator) {
  const rest = new Array(generator.length).fill(0);
  for (const byte of block) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    generator.forEach((value, at) => { rest[at] ^= times(value, factor); });
  }
  return rest;
}

// The fixed patterns: null where data goes. What the labels will say is light until a mask is chosen (7.8).
export function patterns(version) {
  const side = 17 + 4 * version;
  const rows = Array.from({ length: side }, () => new Array(side).fill(null));
  const square = (row, column, radius, dark) => {
    for (let y = Math.max(0, row - radius); y <= Math.min(side - 1, row + radius); y += 1) {
      for (let x = Math.max(0, column - radius); x <= Math.min(side - 1, column + radius); x += 1) {
        rows[y][x] = dark(Math.max(Math.abs(y - row), Math.abs(x - column)));
      }
    }
  };
  for (let at = 8; at < side - 8; at += 1) rows[6][at] = rows[at][6] = at % 2 === 0;
  for (const [row, column] of [[3, 3], [3, side - 4], [side - 4, 3]]) square(row, column, 4, (far) => far !== 2 && far !== 4);
  const marks = alignments(version);
  const last = marks.length - 1;
  marks.forEach((row, y) => marks.forEach((column, x) => {
    const corner = (!y && !x) || (!y && x === last) || (y === last && !x);
    if (!corner) square(row, column, 2, (far) => far !== 1);
  }));
  return labelled(rows, version, null);
}

// The symbol with its format and version, or with light modules in their place.
function labelled(rows, version, mask) {
  const side = rows.length;
  if (version > 6) {
    const bits = mask === null ? 0 : coded(version, 6, VERSION_POLYNOMIAL, 12);
    for (let bit = 0; bit < 18; bit += 1) {
      const [near, far] = [Math.floor(bit / 3), side - 11 + (bit % 3)];
      rows[near][far] = rows[far][near] = ((bits >> bit) & 1) === 1;
    }
  }
  const bits = mask === null ? 0 : coded((LEVEL_M << 3) | mask, 5, FORMAT_POLYNOMIAL, 10) ^ FORMAT_MASK;
  for (let bit = 0; bit < 15; bit += 1) {
    const row = bit < 6 ? bit : bit < 8 ? bit + 1 : side - 15 + bit;
    const column = bit < 8 ? side - 1 - bit : bit === 8 ? 7 : 14 - bit;
    rows[row][8] = rows[8][column] = ((bits >> bit) & 1) === 1;
  }
  rows[side - 8][8] = mask !== null;
  return rows;
}

export function coded(value, length, polynomial, checkLength) {
  let rest = value << checkLength;
  for (let bit = length + checkLength - 1; bit >= checkLength; bit -= 1) {
    if ((rest >> bit) & 1) rest ^= polynomial << (bit - checkLength);
  }
  return (value << checkLength) | rest;
}

// Data goes up and down in columns of two from the right, around the patterns.
function drawn(empty, words, mask) {
  const rows = empty.map((row) => [...row]);
  const side = rows.length;
  let at = 0;
  for (let right = side - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < side; step += 1) {
      const row = up ? side - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (rows[row][column] !== null) continue;
        const bit = ((words[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
        rows[row][column] = (bit === 1) !== MASKS[mask](row, column);
        at += 1;
      }
    }
  }
  return rows;
}

// How hard a symbol is to read (7.8.3): the mask with the lowest figure is taken.
function penalty(rows) {
  const columns = rows[0].map((_, x) => rows.map((row) => row[x]));
  let score = 0;
  for (const line of [...rows, ...columns]) score += runs(line) + lookalikes(line);
  let dark = 0;
  rows.forEach((row, y) => row.forEach((module, x) => {
    dark += module ? 1 : 0;
    const next = rows[y + 1];
    if (next && x + 1 < row.length && row[x + 1] === module && next[x] === module && next[x + 1] === module) score += 3;
  }));
  const percent = (dark * 100) / (rows.length * rows.length);
  return score + 10 * Math.floor(Math.abs(percent - 50) / 5);
}

function runs(line) {
  let score = 0;
  for (let at = 0, length = 1; at < line.length; at += 1, length += 1) {
    if (line[at + 1] === line[at]) continue;
    if (length >= 5) score += length - 2;
    length = 0;
  }
  return score;
}

// What looks like a finder pattern beside four light modules.
function lookalikes(line) {
  const text = line.map((module) => (module ? "1" : "0")).join("");
  let score = 0;
  for (let at = text.indexOf("1011101"), next = 0; at >= 0; at = text.indexOf("1011101", next)) {
    const before = text.slice(Math.max(0, at - 4), at);
    const after = text.slice(at + 7, at + 11);
    const alike = !before.includes("1") || !after.includes("1");
    score += alike ? 40 : 0;
    next = at + (alike ? 7 : 4);
  }
  return score;
}
