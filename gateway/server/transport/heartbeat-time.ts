/**
 * How long a connection may be silent before it is pinged, as uWebSockets.js computes it
 * (`calculateIdleTimeoutCompontents`): the idle timeout less a margin of 4, 8 or 16 seconds.
 */
export function heartbeatMs(idleTimeoutMs: number): number {
  const seconds = Math.round(idleTimeoutMs / 1_000);
  let margin = 4;
  while (seconds - margin * 2 >= margin * 2 && margin < 16) margin *= 2;
  return (seconds - margin) * 1_000;
}
