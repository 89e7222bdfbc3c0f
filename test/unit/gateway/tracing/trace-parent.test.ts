import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseTraceParent } from '../../../../gateway/tracing/trace-parent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it('says trace, span and whether the caller records', () => {
    expect(parseTraceParent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      isSampled: true,
    });
    expect(parseTraceParent(`00-${TRACE}-${SPAN}-00`)?.isSampled).toBe(false);
  });

  // The lowest bit alone says it; the others mean nothing yet.
  it.each([
    ['02', false],
    ['03', true],
    ['fe', false],
    ['ff', true],
  ])('with flags %s is sampled: %s', (flags, isSampled) => {
    expect(parseTraceParent(`00-${TRACE}-${SPAN}-${flags}`)?.isSampled).toBe(isSampled);
  });

  it.each([
    ['of a newer version', `01-${TRACE}-${SPAN}-01`],
    ['of a newer version that says more', `cc-${TRACE}-${SPAN}-01-what-comes`],
  ])('%s is read as far as it is known', (_what, text) => {
    expect(parseTraceParent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled: true });
  });

  it.each([
    ['nothing', ''],
    ['the version that is none', `ff-${TRACE}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a trace that is short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a span that is long', `00-${TRACE}-${SPAN}0-01`],
    ['more than version 00 has', `00-${TRACE}-${SPAN}-01-`],
    ['more without a dash', `01-${TRACE}-${SPAN}-01what`],
    ['flags of one digit', `00-${TRACE}-${SPAN}-1`],
    ['a digit that is none', `00-${TRACE}-${SPAN}-0g`],
    ['a version that is none', `0x-${TRACE}-${SPAN}-01`],
    ['other dashes', `00_${TRACE}_${SPAN}_01`],
    ['a space before it', ` 00-${TRACE}-${SPAN}-01`],
  ])('is refused: %s', (_what, text) => {
    expect(parseTraceParent(text)).toBeUndefined();
  });

  test('of any other text gives what the pattern of the standard gives', () => {
    const pattern =
      /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:$|(?<!^00.{53})-)/s;
    const part = fc.string({ unit: fc.constantFrom('0', 'f', 'a', '-', 'g'), maxLength: 4 });
    const nearly = fc.tuple(part, fc.nat(60)).map(([text, at]) => {
      const good = `00-${TRACE}-${SPAN}-01`;
      return good.slice(0, at) + text + good.slice(at + text.length);
    });
    fc.assert(
      fc.property(nearly, (text) => {
        expect(parseTraceParent(text)?.traceId).toBe(pattern.exec(text)?.[1]);
      }),
      { numRuns: 2_000 },
    );
  });
});
