// Reads QR codes (ISO/IEC 18004) from a picture, where the browser has no detector of its own: symbols as `qr.js` draws
// them (byte mode, level M, versions 1 to 20), from any side, tilted, in uneven light, with damage that the checks repair.
import { alignments, BLOCKS, CHECK_BYTES, coded, FORMAT_MASK, FORMAT_POLYNOMIAL, lengthBits, LOG, MASKS, patterns, POWER, times } from "./qr.js";

const WINDOWS = 8;
const DARKER = 0.9;
const FINDERS_MAX = 14;
const FORMAT_ERRORS_MAX = 3;

// The text of a code in an ImageData, or null where there is none that can be read.
export function decoded(image) {
  const picture = binary(image);
  for (const corners of triples(finders(picture))) {
    const text = attempted(picture, corners);
    if (text) return text;
  }
  return null;
}

// Dark or light, pixel by pixel, each against the mean of its surroundings: a shadow across the code does no harm.
function binary({ data, width, height }) {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let line = 0;
    for (let x = 0; x < width; x += 1) {
      const at = 4 * (y * width + x);
      line += data[at] * 0.3 + data[at + 1] * 0.59 + data[at + 2] * 0.11;
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + line;
    }
  }
  const reach = Math.max(8, Math.floor(Math.min(width, height) / WINDOWS / 2));
  const dark = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(height, y + reach + 1)];
    for (let x = 0; x < width; x += 1) {
      const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
      const sum = sums[bottom * (width + 1) + right] - sums[top * (width + 1) + right] - sums[bottom * (width + 1) + left] + sums[top * (width + 1) + left];
      const at = 4 * (y * width + x);
      const grey = data[at] * 0.3 + data[at + 1] * 0.59 + data[at + 2] * 0.11;
      dark[y * width + x] = grey < (sum / ((bottom - top) * (right - left))) * DARKER ? 1 : 0;
    }
  }
  const at = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : dark[Math.floor(y) * width + Math.floor(x)]);
  return { width, height, at };
}

// Centres of the three great squares, and what looks like them: runs of 1 : 1 : 3 : 1 : 1 in every direction.
function finders(picture) {
  const found = [];
  for (let y = 0; y < picture.height; y += 2) {
    const runs = [0, 0, 0, 0, 0];
    let colour = 0;
    for (let x = 0; x <= picture.width; x += 1) {
      const next = x === picture.width ? 1 - colour : picture.at(x, y);
      if (next === colour) {
        runs[4] += 1;
        continue;
      }
      if (colour === 1 && likeFinder(runs)) {
        const centre = checked(picture, x - runs[4] - runs[3] - runs[2] / 2, y, runs[2]);
        if (centre) gathered(found, centre);
      }
      runs.shift();
      runs.push(1);
      colour = next;
    }
  }
  return found.sort((a, b) => b.seen - a.seen).slice(0, FINDERS_MAX);
}

function likeFinder(runs) {
  const module = (runs[0] + runs[1] + runs[2] + runs[3] + runs[4]) / 7;
  if (module < 1) return false;
  const off = module * 0.6;
  return runs.every((run, at) => Math.abs(run - module * (at === 2 ? 3 : 1)) < (at === 2 ? 2.2 * off : off + 0.5));
}

// The same runs down the column and across again from there; answers centre and module size.
function checked(picture, x, y, core) {
  const down = crossed(picture, x, y, 0, 1, core);
  if (!down) return null;
  const across = crossed(picture, x, y + down.off, 1, 0, core);
  return across && { x: x + across.off, y: y + down.off, size: (down.size + across.size) / 2, seen: 1 };
}

function crossed(picture, x, y, dx, dy, core) {
  const counts = [0, 0, 0, 0, 0];
  const walk = (sign, parts) => {
    let step = sign > 0 ? 1 : 0;
    parts.forEach((part, index) => {
      const wanted = index % 2 === 0 ? 1 : 0;
      while (step < 6 * core && picture.at(x + sign * step * dx, y + sign * step * dy) === wanted) {
        counts[part] += 1;
        step += 1;
      }
    });
    return step;
  };
  const before = walk(-1, [2, 1, 0]);
  const back = counts[2];
  const after = walk(1, [2, 3, 4]);
  if (before >= 6 * core || after >= 6 * core || !likeFinder(counts)) return null;
  return { off: (counts[2] - back - back + 1) / 2, size: (counts[0] + counts[1] + counts[2] + counts[3] + counts[4]) / 7 };
}

function gathered(found, centre) {
  const near = found.find((one) => Math.hypot(one.x - centre.x, one.y - centre.y) < 3 * one.size && Math.abs(one.size - centre.size) < one.size);
  if (!near) {
    found.push(centre);
    return;
  }
  const all = near.seen + 1;
  for (const name of ["x", "y", "size"]) near[name] += (centre[name] - near[name]) / all;
  near.seen = all;
}

// Three of them that stand like the corners of a square, the likeliest first: [top left, top right, bottom left].
function triples(found) {
  const likely = [];
  for (let a = 0; a < found.length; a += 1) {
    for (let b = 0; b < found.length; b += 1) {
      for (let c = b + 1; c < found.length; c += 1) {
        if (a === b || a === c) continue;
        const [corner, one, other] = [found[a], found[b], found[c]];
        const [ux, uy, vx, vy] = [one.x - corner.x, one.y - corner.y, other.x - corner.x, other.y - corner.y];
        const [u, v] = [Math.hypot(ux, uy), Math.hypot(vx, vy)];
        const size = (corner.size + one.size + other.size) / 3;
        const spread = Math.max(...[corner, one, other].map((each) => Math.abs(each.size - size))) / size;
        const wrong = Math.abs((ux * vx + uy * vy) / (u * v)) + Math.abs(u - v) / Math.max(u, v) + spread;
        if (wrong > 0.9 || u < 10 * size || v < 10 * size) continue;
        const right = ux * vy - uy * vx > 0;
        likely.push({ wrong: wrong - 0.01 * Math.min(corner.seen, one.seen, other.seen), corners: right ? [corner, one, other] : [corner, other, one] });
      }
    }
  }
  return likely.sort((a, b) => a.wrong - b.wrong).slice(0, 6).map(({ corners }) => corners);
}

function attempted(picture, [corner, right, down]) {
  const size = (corner.size + right.size + down.size) / 3;
  const across = (Math.hypot(right.x - corner.x, right.y - corner.y) + Math.hypot(down.x - corner.x, down.y - corner.y)) / 2;
  const guess = Math.round((across / size + 7 - 17) / 4);
  for (const version of [guess, guess - 1, guess + 1]) {
    if (version < 1 || version > BLOCKS.length) continue;
    for (const mark of lastMarks(picture, version, corner, right, down)) {
      const text = read(picture, version, mapping(version, corner, right, down, mark), version);
      if (text) return text;
    }
  }
  return null;
}

// Where the alignment pattern near the fourth corner may be: found around its likely place, else that place itself.
function lastMarks(picture, version, corner, right, down) {
  const side = 17 + 4 * version;
  const span = side - 7;
  const marks = alignments(version);
  const share = marks.length ? (marks.at(-1) + 0.5 - 3.5) / span : 1;
  const at = { x: corner.x + share * (right.x - corner.x + down.x - corner.x), y: corner.y + share * (right.y - corner.y + down.y - corner.y) };
  const plain = { ...at, share };
  if (!marks.length) return [plain];
  const size = Math.hypot(right.x - corner.x, right.y - corner.y) / span;
  const found = [];
  const reach = Math.ceil(size * 5);
  const unit = (one) => ({ x: (one.x - corner.x) / span, y: (one.y - corner.y) / span });
  const [u, v] = [unit(right), unit(down)];
  for (let dy = -reach; dy <= reach; dy += 1) {
    for (let dx = -reach; dx <= reach; dx += 1) {
      const score = markScore(picture, at.x + dx, at.y + dy, u, v);
      if (score >= 23) found.push({ x: at.x + dx, y: at.y + dy, score, far: Math.hypot(dx, dy) });
    }
  }
  if (!found.length) return [plain];
  const best = Math.max(...found.map((one) => one.score));
  const top = found.filter((one) => one.score === best).sort((a, b) => a.far - b.far);
  const near = top.filter((one) => Math.hypot(one.x - top[0].x, one.y - top[0].y) < size);
  const mean = (name) => near.reduce((sum, one) => sum + one[name], 0) / near.length;
  return [{ x: mean("x"), y: mean("y"), share }, plain];
}

// How many of the 25 modules around a point are as in an alignment pattern.
function markScore(picture, x, y, u, v) {
  let score = 0;
  for (let row = -2; row <= 2; row += 1) {
    for (let column = -2; column <= 2; column += 1) {
      const dark = Math.max(Math.abs(row), Math.abs(column)) !== 1 ? 1 : 0;
      if (picture.at(x + column * u.x + row * v.x, y + column * u.y + row * v.y) === dark) score += 1;
    }
  }
  return score;
}

// From modules to pixels by a perspective that takes four known points to where they were found.
function mapping(version, corner, right, down, mark) {
  const far = 17 + 4 * version - 3.5;
  const last = 3.5 + mark.share * (far - 3.5);
  const to = squared(corner, right, mark, down);
  const from = inverse(squared({ x: 3.5, y: 3.5 }, { x: far, y: 3.5 }, { x: last, y: last }, { x: 3.5, y: far }));
  const all = product(to, from);
  return (x, y) => {
    const w = all[6] * x + all[7] * y + all[8];
    return [(all[0] * x + all[1] * y + all[2]) / w, (all[3] * x + all[4] * y + all[5]) / w];
  };
}

// The projective map of the unit square to four points in turn (Heckbert 1989, 2.2.3).
function squared(a, b, c, d) {
  const [dx1, dx2, dx3] = [b.x - c.x, d.x - c.x, a.x - b.x + c.x - d.x];
  const [dy1, dy2, dy3] = [b.y - c.y, d.y - c.y, a.y - b.y + c.y - d.y];
  const all = dx1 * dy2 - dx2 * dy1;
  const [g, h] = [(dx3 * dy2 - dx2 * dy3) / all, (dx1 * dy3 - dx3 * dy1) / all];
  return [b.x - a.x + g * b.x, d.x - a.x + h * d.x, a.x, b.y - a.y + g * b.y, d.y - a.y + h * d.y, a.y, g, h, 1];
}

function inverse([a, b, c, d, e, f, g, h, i]) {
  return [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d];
}

function product(a, b) {
  return Array.from({ length: 9 }, (_, at) => {
    const [row, column] = [Math.floor(at / 3) * 3, at % 3];
    return a[row] * b[column] + a[row + 1] * b[column + 3] + a[row + 2] * b[column + 6];
  });
}

function read(picture, version, place) {
  const side = 17 + 4 * version;
  const rows = Array.from({ length: side }, (_, y) => Array.from({ length: side }, (__, x) => picture.at(...place(x + 0.5, y + 0.5)) === 1));
  const mask = maskOf(rows);
  if (mask === null) return null;
  const words = wordsOf(rows, patterns(version), mask);
  const data = repaired(words, version);
  return data && textOf(data, version);
}

// The mask, by the format beside the top left square, or its copy; null for another level, or none at all.
function maskOf(rows) {
  const side = rows.length;
  const near = [];
  const far = [];
  for (let bit = 0; bit < 15; bit += 1) {
    near.push(rows[8][bit < 8 ? side - 1 - bit : bit === 8 ? 7 : 14 - bit]);
    far.push(rows[bit < 6 ? bit : bit < 8 ? bit + 1 : side - 15 + bit][8]);
  }
  let best = { errors: FORMAT_ERRORS_MAX + 1, mask: null };
  for (const bits of [near, far]) {
    const value = bits.reduce((sum, bit, at) => sum | (bit ? 1 << at : 0), 0);
    MASKS.forEach((_, mask) => {
      let odd = value ^ (coded(mask, 5, FORMAT_POLYNOMIAL, 10) ^ FORMAT_MASK);
      let errors = 0;
      for (; odd; odd &= odd - 1) errors += 1;
      if (errors < best.errors) best = { errors, mask };
    });
  }
  return best.mask;
}

// The words in the order in which they were drawn: up and down in columns of two from the right.
function wordsOf(rows, empty, mask) {
  const side = rows.length;
  const bits = [];
  for (let right = side - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < side; step += 1) {
      const row = up ? side - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (empty[row][column] === null) bits.push(rows[row][column] !== MASKS[mask](row, column) ? 1 : 0);
      }
    }
  }
  return Array.from({ length: bits.length >> 3 }, (_, at) => bits.slice(8 * at, 8 * at + 8).reduce((sum, bit) => 2 * sum + bit, 0));
}

// The data of all blocks, each repaired by its check bytes; null where one is beyond repair.
function repaired(words, version) {
  const [count, length] = [BLOCKS[version - 1], CHECK_BYTES[version - 1]];
  const total = words.length - count * length;
  const short = Math.floor(total / count);
  const longFrom = count - (total % count);
  const blocks = Array.from({ length: count }, () => []);
  let at = 0;
  for (let column = 0; column <= short; column += 1) {
    blocks.forEach((block, number) => { if (column < short || number >= longFrom) block.push(words[at++]); });
  }
  for (let check = 0; check < length; check += 1) for (const block of blocks) block.push(words[at++]);
  const out = [];
  for (const block of blocks) {
    if (!repair(block, length)) return null;
    out.push(...block.slice(0, -length));
  }
  return out;
}

const over = (a, b) => (a ? POWER[(LOG[a] + 255 - LOG[b]) % 255] : 0);
const valueAt = (polynomial, x) => polynomial.reduceRight((sum, factor) => times(sum, x) ^ factor, 0);

// Repairs a block in place (Berlekamp and Massey, Chien, Forney); polynomials begin with their constant.
function repair(block, length) {
  const syndromes = Array.from({ length }, (_, root) => block.reduce((sum, word) => times(sum, POWER[root]) ^ word, 0));
  if (syndromes.every((one) => one === 0)) return true;
  let [locator, before, shift, last, errors] = [[1], [1], 1, 1, 0];
  for (let step = 0; step < length; step += 1) {
    let gap = syndromes[step];
    for (let at = 1; at <= errors; at += 1) gap ^= times(locator[at] ?? 0, syndromes[step - at]);
    if (gap === 0) {
      shift += 1;
      continue;
    }
    const old = [...locator];
    const factor = over(gap, last);
    before.forEach((one, at) => { locator[at + shift] = (locator[at + shift] ?? 0) ^ times(factor, one); });
    locator = Array.from(locator, (one) => one ?? 0);
    if (2 * errors <= step) {
      errors = step + 1 - errors;
      [before, last, shift] = [old, gap, 1];
    } else shift += 1;
  }
  if (2 * errors > length) return false;
  const places = [];
  for (let place = 0; place < block.length; place += 1) if (valueAt(locator, POWER[(255 - place) % 255]) === 0) places.push(place);
  if (places.length !== errors) return false;
  const sizes = Array.from({ length }, (_, at) => locator.reduce((sum, one, part) => (part <= at ? sum ^ times(one, syndromes[at - part]) : sum), 0));
  const slope = locator.map((one, at) => (at % 2 ? one : 0)).slice(1);
  for (const place of places) {
    const inverse = POWER[(255 - place) % 255];
    const size = times(POWER[place], over(valueAt(sizes, inverse), valueAt(slope, inverse)));
    block[block.length - 1 - place] ^= size;
  }
  return true;
}

// The text of byte mode; null for any other mode.
function textOf(words, version) {
  let at = 0;
  const take = (length) => {
    let value = 0;
    for (const end = at + length; at < end; at += 1) value = 2 * value + ((words[at >> 3] >> (7 - (at & 7))) & 1);
    return value;
  };
  if (take(4) !== 0b0100) return null;
  const length = take(lengthBits(version));
  if (8 * length + at > 8 * words.length) return null;
  return new TextDecoder().decode(Uint8Array.from({ length }, () => take(8)));
}
