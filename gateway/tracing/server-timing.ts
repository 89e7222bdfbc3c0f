import { roundMs, type Stage } from './stages.js';

/** The value of a `Server-Timing` header: each stage, and `total`, in ms (W3C Server Timing). */
export function serverTiming(stages: readonly Stage[], totalUs: number): string {
  const parts = stages.map(({ name, fromUs, toUs }) => metric(name, toUs - fromUs));
  return [...parts, metric('total', totalUs)].join(', ');
}

function metric(name: string, us: number): string {
  return `${name};dur=${roundMs(us)}`;
}
