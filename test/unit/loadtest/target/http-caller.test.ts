import fc from 'fast-check';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AnswerReader } from '../../../../loadtest/target/answer-reader.js';
import { HttpCaller } from '../../../../loadtest/target/http-caller.js';

const ANSWERS = [
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde', 200],
  ['HTTP/1.1 204 No Content\r\n\r\n', 204],
  ['HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n', 503],
  ['HTTP/1.1 429 Slow\r\ncontent-length:0\r\nRetry-After: 1\r\n\r\n', 429],
] as const;

describe('AnswerReader', () => {
  it('finds each answer wherever its bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), (cuts) => {
        const heard: number[] = [];
        const reader = new AnswerReader((status) => heard.push(status));
        for (const [text] of ANSWERS) {
          const places = [...new Set(cuts.filter((cut) => cut > 0 && cut < text.length))].sort(
            (a, b) => a - b,
          );
          for (const [i, from] of [0, ...places].entries())
            expect(reader.read(Buffer.from(text.slice(from, places[i] ?? text.length)))).toBeUndefined();
        }
        expect(heard).toEqual(ANSWERS.map(([, status]) => status));
      }),
    );
  });

  it('says what is no answer, and when there is more than one', () => {
    const read = (text: string) => new AnswerReader(() => undefined).read(Buffer.from(text));
    expect(read('SSH-2.0-x\r\n\r\n')).toContain('no HTTP answer');
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc')).toBe('more than one answer');
    expect(read('x'.repeat(70_000))).toBe('a head without an end');
  });
});

describe('HttpCaller', () => {
  it('has one call at a time on each connection, those that wait in order, and opens a lost one again', async () => {
    let opened = 0;
    const bodies: string[] = [];
    const server = createServer((socket) => {
      opened++;
      socket.on('data', (bytes) => {
        const body = bytes.toString().split('\r\n\r\n')[1];
        bodies.push(body);
        if (body === 'break') socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const caller = new HttpCaller(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`), 1);
    const calls = ['a', 'break', 'b', 'c'].map(
      (body) => new Promise((done) => caller.call(body, (status) => done(`${body} ${status}`))),
    );
    expect(caller.waitingCount).toBe(3);
    expect(await Promise.all(calls)).toEqual(['a 200', 'break 0', 'b 200', 'c 200']);
    expect(bodies).toEqual(['a', 'break', 'b', 'c']);
    expect(opened).toBe(2);
    caller.close();
  });
});
