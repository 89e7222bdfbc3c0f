import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorWriter, LOG_KEPT_BYTES, LogSink } from '../../../../metrics/output/log-sink.js';
import { temporaryFolder } from '../../../support/gateway/built-gateway.js';

/** Takes up to `room` bytes, and keeps what it took. */
class FakeReader {
  text = '';
  room = Infinity;

  readonly write = (bytes: Uint8Array): number => {
    const taken = Math.min(this.room, bytes.length);
    this.text += Buffer.from(bytes.subarray(0, taken)).toString();
    this.room -= taken;
    return taken;
  };
}

describe('a log sink', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes each line at once while it is read', () => {
    const reader = new FakeReader();
    const sink = new LogSink(reader.write);
    sink.write('one\n');
    sink.write('two\n');
    expect([reader.text, sink.waitingBytes]).toEqual(['one\ntwo\n', 0]);
  });

  it('keeps lines in order, torn ones as well, until they can be written', () => {
    const reader = new FakeReader();
    const sink = new LogSink(reader.write);
    reader.room = 2;
    sink.write('one\n');
    sink.write('two\n');
    expect([reader.text, sink.waitingBytes]).toEqual(['on', 6]);
    reader.room = Infinity;
    vi.advanceTimersByTime(100);
    expect([reader.text, sink.waitingBytes]).toEqual(['one\ntwo\n', 0]);
  });

  it('loses and counts what comes beyond its bound, and says so when it is read again', () => {
    const reader = new FakeReader();
    const lost = vi.fn<(lines: number) => void>();
    const sink = new LogSink(reader.write, lost);
    reader.room = 0;
    const line = `${'x'.repeat(1023)}\n`;
    const kept = LOG_KEPT_BYTES / line.length;
    for (let i = 0; i < kept + 3; i++) sink.write(line);
    expect([sink.waitingBytes, lost.mock.calls.length]).toEqual([LOG_KEPT_BYTES, 3]);
    reader.room = Infinity;
    sink.write('after\n');
    vi.advanceTimersByTime(100);
    const lines = reader.text.trimEnd().split('\n');
    expect(lines).toHaveLength(kept + 1);
    // The one that came while it was full is lost as well.
    expect(JSON.parse(lines[kept])).toMatchObject({ level: 'warn', lines: 4 });
  });

  it('goes on when writing throws, as it does on a full disk', () => {
    let isFull = true;
    const reader = new FakeReader();
    const sink = new LogSink((bytes) => {
      if (isFull) throw new Error('ENOSPC');
      return reader.write(bytes);
    });
    sink.write('one\n');
    isFull = false;
    vi.advanceTimersByTime(100);
    expect(reader.text).toBe('one\n');
  });

  it('leaves what standard output writes to the same file', () => {
    const path = join(temporaryFolder(), 'log');
    // As a shell opens it for `> FILE 2>&1`: one place for both.
    const file = openSync(path, 'w');
    const write = errorWriter(file);
    writeSync(file, 'building\n');
    write(Buffer.from('starting\n'));
    writeSync(file, 'ready\n');
    closeSync(file);
    expect(readFileSync(path, 'utf8')).toBe('building\nstarting\nready\n');
  });

  it('does not wait for a pipe that nobody reads', () => {
    const path = join(temporaryFolder(), 'log');
    execFileSync('mkfifo', [path]);
    const { O_NONBLOCK, O_RDWR } = constants;
    const pipe = openSync(path, O_RDWR | O_NONBLOCK);
    let lost = 0;
    const sink = new LogSink(
      (bytes) => writeSync(pipe, bytes),
      () => lost++,
    );
    const line = `${'x'.repeat(999)}\n`;
    for (let i = 0; i < 1_000; i++) sink.write(line);
    expect(lost).toBeGreaterThan(0);
    const read = Buffer.alloc(2_000_000);
    let bytes = readSync(pipe, read, 0, read.length, null);
    while (sink.waitingBytes > 0) {
      vi.advanceTimersByTime(100);
      bytes += readSync(pipe, read, bytes, read.length - bytes, null);
    }
    closeSync(pipe);
    const text = read.subarray(0, bytes).toString();
    expect(text).toContain('lines of this log are lost');
    expect(text.match(/x{999}/gu)).toHaveLength(1_000 - lost);
  });
});
