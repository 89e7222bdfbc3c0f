import { lengthOf, type RateShape } from '../stream/rate-shape.js';
import type { StageRow } from '../target/server-stages.js';
import type { ServerSample } from '../target/server-watch.js';
import type { ClickRecorder } from './click-recorder.js';
import { limitOf, type Limit } from './limit.js';
import type { LatencyPoint, LatencyRow } from './recorder.js';
import type { WindowRow } from './windows.js';

/** A part of the measured time that is reported by itself. */
export interface Phase {
  readonly name: string;
  readonly fromSec: number;
  readonly toSec: number;
}

/** Figures of one phase. */
export interface PhaseRow extends Phase {
  readonly duePerSec: number;
  readonly listedPerSec: number;
  readonly clickToList: LatencyRow;
}

/** Resident bytes before the connections were opened, after that, and at the end. */
export interface ServerMemory {
  readonly beforeBytes: number;
  readonly openBytes: number;
  readonly afterBytes: number;
}

/** Result of a load run. Latencies in ms; counts include the warm-up, latencies and rates do not. */
export interface LoadResult {
  /** Clicks of the schedule in the measured time, and those of them that were sent, a second. */
  readonly duePerSec: number;
  readonly offeredPerSec: number;
  /** Measured clicks that got their list, by the time from the first due to the last list (at least the measured time). */
  readonly achievedPerSec: number;
  readonly clickToList: LatencyRow;
  readonly clickToAck: LatencyRow;
  readonly sendLateness: LatencyRow;
  /** Of clicks to lists, to acks, and of how late they were sent. */
  readonly distributions: Readonly<Record<'list' | 'ack' | 'late', readonly LatencyPoint[]>>;
  readonly clicks: number;
  readonly missingLists: number;
  readonly missingAcks: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly closed: Readonly<Record<string, number>>;
  /** The generator's own CPU time by wall time; near 1 it is the generator that was measured. */
  readonly generatorCpuShare: number;
  /** Why the figures are not the server's; absent when they are. */
  readonly limit?: Limit;
  readonly phases: readonly PhaseRow[];
  readonly windowSeconds: number;
  readonly windows: readonly WindowRow[];
  readonly server: readonly ServerSample[];
  readonly connections: number;
  /** The server's resident bytes; NaN where it does not say. */
  readonly memory: ServerMemory;
  /** What the companions did. */
  readonly beside: Readonly<Record<string, number>>;
  /** Where the server says the time went, warm-up included; empty when it does not say. */
  readonly stages: readonly StageRow[];
  /** How long shards left work of lists out because of too much load, all together; 0 when the server does not say. */
  readonly shedSeconds: number;
}

/** What a run was, besides what was recorded of its clicks. */
export interface RunFacts {
  readonly shape: RateShape;
  readonly warmup: number;
  readonly phases?: readonly Phase[];
  readonly connections: number;
  readonly server: readonly ServerSample[];
  /** Of the busiest process. */
  readonly generatorCpuShare: number;
  readonly beside: Readonly<Record<string, number>>;
}

/** The figures of what was recorded. */
export function figuresOf(
  recorder: ClickRecorder,
  facts: RunFacts,
): Omit<LoadResult, 'memory' | 'stages' | 'shedSeconds'> {
  const { shape, warmup, connections, server, generatorCpuShare, beside } = facts;
  const seconds = lengthOf(shape) - warmup;
  const tookSeconds = Math.max(seconds, (recorder.lastListUs - recorder.measuredFromUs) / 1e6);
  const figures = {
    duePerSec: recorder.measuredCount / seconds,
    offeredPerSec: recorder.sentCount / seconds,
    achievedPerSec: recorder.clickToList.count / tookSeconds,
    clickToList: recorder.clickToList.row(),
    clickToAck: recorder.clickToAck.row(),
    sendLateness: recorder.sendLateness.row(),
    distributions: {
      list: recorder.clickToList.distribution(),
      ack: recorder.clickToAck.distribution(),
      late: recorder.sendLateness.distribution(),
    },
    clicks: recorder.dueCount,
    missingLists: recorder.dueCount - recorder.listedCount,
    missingAcks: recorder.dueCount - recorder.ackedCount,
    refused: recorder.refused.toJSON(),
    closed: recorder.closed.toJSON(),
    generatorCpuShare,
  };
  const limit = limitOf(figures);
  const windows = recorder.windows.rows();
  return {
    ...figures,
    ...(limit !== undefined && { limit }),
    phases: (facts.phases ?? []).map((phase) => phaseRow(phase, recorder, windows)),
    windowSeconds: recorder.windows.seconds,
    windows,
    server,
    connections,
    beside,
  };
}

function phaseRow(phase: Phase, recorder: ClickRecorder, windows: readonly WindowRow[]): PhaseRow {
  const own = windows.filter(({ atSec }) => atSec >= phase.fromSec && atSec < phase.toSec);
  const mean = (of: (row: WindowRow) => number): number =>
    own.reduce((sum, row) => sum + of(row), 0) / Math.max(1, own.length);
  return {
    ...phase,
    duePerSec: mean((row) => row.duePerSec),
    listedPerSec: mean((row) => row.listedPerSec),
    clickToList: recorder.windows.between(phase.fromSec, phase.toSec),
  };
}
