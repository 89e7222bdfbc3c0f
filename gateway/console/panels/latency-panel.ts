import { element, svgElement } from '../elements/element.js';
import type { Ticket } from '../../client/index.js';

const POINTS_MAX = 48;
const WIDTH = 300;
const HEIGHT = 46;

/** Milliseconds of the last click in large type, and of the last clicks as a line. */
export class LatencyPanel {
  readonly #value = element('strong', { class: 'latency-value' }, '–');
  readonly #note = element('span', { class: 'latency-note' }, 'no click yet');
  readonly #line = svgElement('path', { class: 'spark-line' });
  readonly #area = svgElement('path', { class: 'spark-area' });
  readonly #dot = svgElement('path', { class: 'spark-dot' });
  readonly #ms: number[] = [];

  constructor(root: HTMLElement) {
    const spark = svgElement(
      'svg',
      {
        viewBox: `0 -6 ${WIDTH} ${HEIGHT + 8}`,
        class: 'spark',
        'aria-hidden': 'true',
        preserveAspectRatio: 'none',
      },
      this.#area,
      this.#line,
      this.#dot,
    );
    root.append(
      element('p', {}, this.#value, ' ', element('span', { class: 'latency-unit' }, 'ms'), this.#note),
      spark,
    );
  }

  add(ms: number): void {
    this.#ms.push(ms);
    if (this.#ms.length > POINTS_MAX) this.#ms.shift();
    this.#value.textContent = milliseconds(ms);
    const sorted = [...this.#ms].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    this.#note.textContent = `median ${milliseconds(median)} of ${sorted.length}`;
    this.#draw(sorted[sorted.length - 1]);
  }

  #draw(maxMs: number): void {
    const step = WIDTH / (POINTS_MAX - 1);
    const points = this.#ms.map(
      (ms, i) =>
        [
          WIDTH - 4 - (this.#ms.length - 1 - i) * step,
          HEIGHT - (ms / Math.max(maxMs, 1)) * (HEIGHT - 4),
        ] as const,
    );
    const path = points.map(([x, y], i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
    const [firstX, [lastX, lastY]] = [points[0][0], points[points.length - 1]];
    this.#line.setAttribute('d', path);
    this.#area.setAttribute('d', `${path}L${lastX} ${HEIGHT}L${firstX} ${HEIGHT}Z`);
    this.#dot.setAttribute('d', `M${lastX} ${lastY}h0`);
  }
}

/** Ms with as many digits as one can feel. */
export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

interface Timed {
  readonly ticket: Ticket;
  readonly trackedMs: number;
}

/** Clicks kept while their list is out; more than a shopper makes in a lost connection. */
const CLICKS_MAX = 256;

/** How long clicks take to come back as a list, on the page's own clock (`performance.now`). */
export class ClickTimes {
  #waiting: Timed[] = [];

  /** Call right before the event is tracked, with what tracks it. */
  time(track: () => Ticket): Ticket {
    const trackedMs = performance.now();
    const ticket = track();
    this.#waiting = [...this.#waiting.slice(1 - CLICKS_MAX), { ticket, trackedMs }];
    return ticket;
  }

  /** The connection is gone: what waits is not measured any more. */
  interrupted(): void {
    this.#waiting = [];
  }

  /** A list that knows events up to `cause` came: ms since the newest of them, undefined when it answers no new click. */
  listed(cause: number): number | undefined {
    const nowMs = performance.now();
    const known = this.#waiting.filter(({ ticket }) => ticket.seq <= cause);
    this.#waiting = this.#waiting.filter(({ ticket }) => ticket.seq > cause && ticket.status !== 'refused');
    const newest = known[known.length - 1];
    return newest && nowMs - newest.trackedMs;
  }
}
