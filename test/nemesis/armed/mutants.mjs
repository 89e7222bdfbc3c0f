// What a build with mutants has besides: in each place a promise is broken when FAULT_MUTANT says so. The suite has to go red with
// every one of them: a suite that finds nothing proves nothing. Changes are `{ file, from, to }`; `from` stands in the source once.

const isOn = (mutant) => `process.env['FAULT_MUTANT'] === '${mutant}'`;

export const MUTANT_CHANGES = [
  // [D1] An event is acknowledged when its record is handed to the journal, whose disk takes its time.
  {
    file: 'shards/shard/commits.ts',
    from: "    faultPoint('commit.handedOver');\n",
    to: `    if (${isOn('ack-early')}) for (const { of, seq } of acks) this.#durable(of.session, seq);\n`,
  },
  {
    file: 'shards/store/journal-file/file-journal.ts',
    from: '    this.#file.write(group, this.#at, this.#written);\n',
    to: `    const at = this.#at;
    if (${isOn('ack-early')}) setTimeout(() => this.#file.write(group, at, this.#written), 20);
    else this.#file.write(group, at, this.#written);\n`,
  },
  // [D2] An event that is sent again is applied again.
  {
    file: 'shards/shard/user-events.ts',
    from: '    if (event.seq === session.applied + 1) return true;\n',
    to: `    if (${isOn('no-duplicate-check')} && event.seq <= session.applied) return true;
    if (event.seq === session.applied + 1) return true;\n`,
  },
  // [D4] A merge leaves the last `seq` of the visitor's session, their tab, behind.
  {
    file: 'shards/shard/user-moves.ts',
    from: '    if (seq > 0) this.#commits.addSession(into, sessionId, seq);\n',
    to: `    if (seq > 0 && !(${isOn('merge-forgets-tab')})) this.#commits.addSession(into, sessionId, seq);\n`,
  },
  // A merge leaves the visitor's graph behind.
  {
    file: 'shards/shard/user-moves.ts',
    from: '    mergeVisitor(this.#context, entry, this.#commits.addEntry(entry));\n',
    to: `    const position = this.#commits.addEntry(entry);
    if (${isOn('merge-forgets-graph')}) model.users.markDirty(into, model.users.load(into));
    else mergeVisitor(this.#context, entry, position);\n`,
  },
  // Who is erased is not said to be in the journal.
  {
    file: 'shards/retention/erase-user.ts',
    from: '  const bytes = store.isEncrypted\n',
    to: `  const bytes = ${isOn('erase-forgets-journal')} || store.isEncrypted\n`,
  },
  // A visitor who is forgotten is not said to be in the journal.
  {
    file: 'shards/shard/user-moves.ts',
    from: "    this.#commits.addEntry({ entry: 'removed', user: visitor });\n",
    to: `    if (!(${isOn('forgetting-forgets-journal')})) this.#commits.addEntry({ entry: 'removed', user: visitor });\n`,
  },
  // What a user does not allow is kept of them.
  {
    file: 'shards/shard/user-events.ts',
    from: '    return (graph.slabs.withheld[users.load(userId)] & WITHHELD.learn) === 0;\n',
    to: `    return ${isOn('keeps-what-is-withheld')} || (graph.slabs.withheld[users.load(userId)] & WITHHELD.learn) === 0;\n`,
  },
  // [D1] Compaction drops what no stored state contains, and what others need.
  {
    file: 'shards/store/compaction/drop-bite.ts',
    from: '  const need = firstNeed(store, bounds.needs);\n',
    to: `  const need = ${isOn('compaction-forgets-recovery')} ? { position: Infinity, by: '' } : firstNeed(store, bounds.needs);\n`,
  },
  {
    file: 'shards/store/batch-check.ts',
    from: '  if (batch.dropBefore !== undefined && ',
    to: `  if (${isOn('compaction-forgets-recovery')}) batch = { ...batch, dropBefore: undefined };
  if (batch.dropBefore !== undefined && `,
  },
  // It drops as soon as a segment is full, and well before states are written.
  {
    file: 'shards/worker/serve-shard.ts',
    from: '  const lookMs = LOOK_EVERY_CHECKPOINTS * data.checkpointMs;\n',
    to: `  const lookMs = ${isOn('compaction-forgets-recovery')} ? 50 : LOOK_EVERY_CHECKPOINTS * data.checkpointMs;\n`,
  },
  {
    file: 'shards/worker/serve-shard.ts',
    from: '  timers.push(setInterval(() => checkpoints.states(), data.checkpointMs));\n',
    to: `  const stateMs = ${isOn('compaction-forgets-recovery')} ? 1_500 : data.checkpointMs;
  timers.push(setInterval(() => checkpoints.states(), stateMs));\n`,
  },
];
