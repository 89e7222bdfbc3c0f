import { expect, test } from 'vitest';
import { PeerAddresses } from '../../../../../gateway/admission/peer-addresses.js';
import { addressBytes } from '../../../../../gateway/server/node/address-bytes.js';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:db8::6', '2001:db8:0:0::'],
  ['fe80::1%eth0', 'fe80:0:0:0::'],
  ['::1', '0:0:0:0::'],
  ['', '0.0.0.0'],
])('%s is counted as %s', (text, name) => {
  expect(new PeerAddresses('').nameOf(addressBytes(text))).toBe(name);
});
