import { spawn } from 'node:child_process';
import { builtFile } from '../built.js';
import { createInterface } from 'node:readline';

const ENTRY = builtFile('shards/learning/train.js');

export interface TrainingRun {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sends `signal` when a line of standard error begins with `line`. */
export interface Interruption {
  readonly line: string;
  readonly signal: NodeJS.Signals;
}

/** Runs the built `npm run train` in a process of its own until it ends. */
export function runTraining(args: readonly string[], interruption?: Interruption): Promise<TrainingRun> {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  createInterface(child.stderr).on('line', (line) => {
    stderr += `${line}\n`;
    if (interruption !== undefined && line.startsWith(interruption.line)) child.kill(interruption.signal);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}
