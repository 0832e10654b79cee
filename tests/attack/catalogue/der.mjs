// SPDX-License-Identifier: BSD-2-Clause
// A little DER (X.690): certificates, and signatures as they should not be.

import * as crypto from 'node:crypto';

function element(tag, content) {
  const { length } = content;
  const bytes = length < 128 ? [length]
    : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

export const sequence = (...parts) => element(0x30, Buffer.concat(parts));
const set = (...parts) => element(0x31, Buffer.concat(parts));
export const octets = (bytes) => element(0x04, bytes);
export const oid = (hex) => element(0x06, Buffer.from(hex, 'hex'));
export const nil = element(0x05, Buffer.alloc(0));
const text = (value) => element(0x0c, Buffer.from(value));
const time = (value) => element(0x17, Buffer.from(value));

// Of an unsigned number; `bare` leaves out the zero that keeps it positive.
export function integer(bytes, bare = false) {
  let i = 0;
  while (i < bytes.length - 1 && bytes[i] === 0)
    i++;
  const rest = bytes.subarray(i);
  return element(0x02, rest[0] & 0x80 && !bare
    ? Buffer.concat([Buffer.alloc(1), rest]) : rest);
}

// A self-signed certificate of an RSA key (RFC 5280 4.1).
export function certificate(key) {
  const algorithm = sequence(oid('2a864886f70d01010b'), nil);
  const name = sequence(set(sequence(oid('550403'), text('sso.example.com'))));
  const body = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.from([1])),
    algorithm,
    name,
    sequence(time('230101000000Z'), time('330101000000Z')),
    name,
    crypto.createPublicKey(key).export({ type: 'spki', format: 'der' }));
  const signature = crypto.sign('sha256', body, key);
  return sequence(body, algorithm,
    element(0x03, Buffer.concat([Buffer.alloc(1), signature])));
}
