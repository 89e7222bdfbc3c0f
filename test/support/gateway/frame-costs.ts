/** An event of a trace of Chromium, as far as it is needed here; times in µs. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** What of `dur` the thread was on a core. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** What the page's thread did for one frame, ms of processor time: however long it waited for a core is not in it. */
export interface FrameCost {
  /** Callbacks of animation frames, styles and layout. */
  readonly workMs: number;
  /** All of the task that makes the frame, painting included. */
  readonly taskMs: number;
}

/** Categories of a trace that has what `frameCosts` reads. */
export const FRAME_CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel'];

const TASK = /RunTask$/;
const CALLBACK = 'FireAnimationFrame';
const WORK = new Set([CALLBACK, 'UpdateLayoutTree', 'Layout']);

/** The frames of a trace for which the page was asked to draw (`requestAnimationFrame`), in order. */
export function frameCosts(trace: Buffer): FrameCost[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const events = ofPage(traceEvents);
  const work = outermost(events.filter(({ name }) => WORK.has(name)));
  const costs: FrameCost[] = [];
  let next = 0;
  for (const task of outermost(events.filter(({ name }) => TASK.test(name)))) {
    // The trace may begin within a task, of which it has parts alone.
    while (next < work.length && work[next].ts < task.ts) next++;
    const from = next;
    while (next < work.length && isWithin(work[next], task)) next++;
    const own = work.slice(from, next);
    if (own.some(({ name }) => name === CALLBACK)) costs.push({ workMs: sumMs(own), taskMs: sumMs([task]) });
  }
  return costs;
}

/** Whole events of the thread that runs the page with the most to do. */
function ofPage(all: readonly TraceEvent[]): TraceEvent[] {
  const threads = all.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const of = threads.map(({ pid, tid }) =>
    all.filter(
      (event) => event.pid === pid && event.tid === tid && event.ph === 'X' && event.tdur !== undefined,
    ),
  );
  const most = of.reduce((a, b) => (b.length > a.length ? b : a), []);
  return most.toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
}

/** Those within none of the others; they come in order. */
function outermost(events: readonly TraceEvent[]): TraceEvent[] {
  const found: TraceEvent[] = [];
  for (const event of events) {
    const last = found.at(-1);
    if (last === undefined || !isWithin(event, last)) found.push(event);
  }
  return found;
}

function isWithin(event: TraceEvent, outer: TraceEvent): boolean {
  return event.ts >= outer.ts && event.ts < outer.ts + (outer.dur ?? 0);
}

function sumMs(events: readonly TraceEvent[]): number {
  return events.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1_000;
}
