/** SVG path data of simple shapes in a square of 100 units. */

export function disc(cx: number, cy: number, r: number): string {
  return oval(cx, cy, r, r);
}

export function oval(cx: number, cy: number, rx: number, ry: number): string {
  return `M${cx - rx} ${cy}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0Z`;
}

/** Left edge, upper edge, width and height, as in an SVG `viewBox`. */
export type Frame = readonly [x: number, y: number, width: number, height: number];

/** A rectangle with corners rounded by `r`. */
export function box([x, y, width, height]: Frame, r = 0): string {
  const [w, h] = [width - 2 * r, height - 2 * r];
  const arc = (dx: number, dy: number): string => (r ? `a${r} ${r} 0 0 1 ${dx} ${dy}` : '');
  return `M${x + r} ${y}h${w}${arc(r, r)}v${h}${arc(-r, r)}h${-w}${arc(-r, -r)}v${-h}${arc(r, -r)}Z`;
}

/** A heart as wide as `size`, its point at (cx, cy + 0.9 · size / 2). */
export function heart(cx: number, cy: number, size: number): string {
  const u = size / 100;
  const at = (x: number, y: number): string => `${round(cx + x * u)} ${round(cy + y * u)}`;
  return `M${at(0, 48)}C${at(-62, 8)} ${at(-58, -42)} ${at(-26, -44)}C${at(-12, -45)} ${at(-4, -36)} ${at(0, -26)}C${at(4, -36)} ${at(12, -45)} ${at(26, -44)}C${at(58, -42)} ${at(62, 8)} ${at(0, 48)}Z`;
}

/** A star of five rays; the inner radius is 0.45 · r. */
export function star(cx: number, cy: number, r: number): string {
  let path = '';
  for (let i = 0; i < 10; i++) {
    const angle = (Math.PI * i) / 5 - Math.PI / 2;
    const radius = i % 2 ? r * 0.45 : r;
    path += `${i ? 'L' : 'M'}${round(cx + radius * Math.cos(angle))} ${round(cy + radius * Math.sin(angle))}`;
  }
  return `${path}Z`;
}

/** A flower of round petals. */
export function petals(cx: number, cy: number, r: number, count = 6): string {
  let path = '';
  for (let i = 0; i < count; i++) {
    const angle = (2 * Math.PI * i) / count;
    path += disc(
      round(cx + r * 0.62 * Math.cos(angle)),
      round(cy + r * 0.62 * Math.sin(angle)),
      round(r * 0.42),
    );
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
