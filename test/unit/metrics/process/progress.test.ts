import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { startProgress } from '../../../../metrics/process/progress.js';

test('a bar leaves the terminal as it is: nothing is left to set right when a signal ends the command', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 60 });
  const bar = startProgress('clicks', 10, terminal as unknown as NodeJS.WriteStream);
  bar.update(5, 'a note');
  const running = String(terminal.read());
  bar.stop();
  const written = running + String(terminal.read());
  expect(running).toMatch(/clicks .* 0%/);
  // DEC private modes: the cursor (25), line wrapping (7).
  // oxlint-disable-next-line no-control-regex
  expect(written).not.toMatch(/\u001b\[\?\d+[hl]/);
});
