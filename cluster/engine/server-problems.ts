import type { ServerReport } from './server-report.js';

/** The oldest server whose journals keep what they acknowledge, as major and minor version. */
const OLDEST = [2, 12] as const;

/** What is wrong with a server's version, with what to do; undefined when nothing is. */
export function versionProblem(name: string, version: string): string | undefined {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `NATS server ${name} is of version ${version}, and ${OLDEST.join('.')} is the oldest that is taken: replace it, one server after the other`;
}

/** What is wrong with a cluster of which these servers answered, a sentence each; the same server may have answered twice. */
export function serverProblems(reports: readonly ServerReport[]): string[] {
  const servers = [...new Map(reports.map((report) => [report.id, report])).values()];
  return [...servers.flatMap(problemsOf), ...majorityProblems(servers)];
}

function problemsOf({ name, version, hasJetStream, syncsAlways }: ServerReport): string[] {
  const old = versionProblem(name, version);
  if (old !== undefined) return [old];
  if (!hasJetStream) return [`NATS server ${name} has no JetStream: put jetstream {} into its configuration`];
  if (syncsAlways) return [];
  return [
    `NATS server ${name} loses what it acknowledged when the power goes: put sync_interval: always into jetstream {} of its configuration and start it again`,
  ];
}

/** An acknowledgement is a majority's, so a majority has to be known to keep it. */
function majorityProblems(servers: readonly ServerReport[]): string[] {
  const size = Math.max(1, ...servers.map(({ clusterSize }) => clusterSize));
  const seen = servers.length;
  if (2 * seen > size) return [];
  return [
    `${seen} of ${size} NATS servers answered at their monitoring addresses, which is no majority: give the addresses of all, and start those that are down`,
  ];
}
