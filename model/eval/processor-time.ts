/**
 * Milliseconds of processor time that this process has used, on all its threads: what work costs, whatever else the machine
 * does meanwhile.
 */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
