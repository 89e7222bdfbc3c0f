// What a build for a mutant of `--mutant` has besides. Changes are `{ file, from, to }`; `from` stands in the source once.

const isOn = (mutant) => `process.env['FAULT_MUTANT'] === '${mutant}'`;

export const BUILT_MUTANTS = ['fencing-off', 'skipped-record', 'strangers-count'];

export const CLUSTER_CHANGES = [
  // Appends name no message that they follow, so nothing keeps a node that has lost a partition from writing on.
  {
    file: 'cluster/journal/nats-stream.ts',
    from: '    const expect = { lastSequence: expectedLast };\n',
    to: `    const expect = ${isOn('fencing-off')} ? {} : { lastSequence: expectedLast };\n`,
  },
  {
    file: 'cluster/journal/append-surely.ts',
    from: '  if (sequence === expectedLast + 1) return',
    to: `  if (sequence === expectedLast + 1 || ${isOn('fencing-off')}) return`,
  },
  // A message that cannot be read ends whoever reads or writes its journal.
  {
    file: 'cluster/journal/judge-message.ts',
    from: "  if (message instanceof Error) return { kind: 'unread', why: message.message };\n",
    to: `  if (message instanceof Error && ${isOn('strangers-count')}) throw message;
  if (message instanceof Error) return { kind: 'unread', why: message.message };\n`,
  },
  // An owner acknowledges every 64th event of a session, and does not apply it.
  {
    file: 'shards/shard/user-events.ts',
    from: '      this.#apply(user, untaught.length === 0 ? event : { ...event, untaught }, this.#commits.position, true);\n',
    to: `      if (${isOn('skipped-record')} && event.seq % 64 === 0) this.#round.addLists(user, null);
      else this.#apply(user, untaught.length === 0 ? event : { ...event, untaught }, this.#commits.position, true);\n`,
  },
];
