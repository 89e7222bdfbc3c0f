// What a build has besides for `--mutant fencing-off`: appends name no message that they follow, so nothing keeps a node that has lost a
// partition from writing on. Changes are `{ file, from, to }`; `from` stands in the source once.

const IS_OFF = "process.env['FAULT_MUTANT'] === 'fencing-off'";

export const FENCING_OFF = [
  {
    file: 'cluster/journal/nats-stream.ts',
    from: '      const expect = { lastSequence: expectedLast };\n',
    to: `      const expect = ${IS_OFF} ? {} : { lastSequence: expectedLast };\n`,
  },
  {
    file: 'cluster/journal/append-surely.ts',
    from: '  if (sequence === expectedLast + 1) return',
    to: `  if (sequence === expectedLast + 1 || ${IS_OFF}) return`,
  },
];
